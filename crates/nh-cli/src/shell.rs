//! What a shell and `man` want to know of the command.

use crate::args::Args;
use crate::document::wrong_file;
use crate::failure::Failure;
use crate::terminal::print_file;
use clap::CommandFactory as _;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// For which shell
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write the pages of all commands to this directory
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Completions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "nhub", &mut script);
        print_file(&script)
    }
}

impl Man {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if let Some(directory) = self.directory {
            return clap_mangen::generate_to(Args::command(), &directory)
                .map_err(|why| wrong_file(&directory, why));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(Args::command()).render(&mut page)?;
        print_file(&page)
    }
}
