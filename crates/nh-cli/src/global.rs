//! What all commands take.

use std::str::FromStr;

// Options of all commands. A doc comment here would take the place of the command's own.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Print JSON, also of errors. `nhub --help` says what each command prints
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Take what the options and the environment leave open from this profile of the configuration file. Stands before the command
    /// or after it
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

/// Reads a number on the command line.
pub(crate) fn whole_number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "it is no whole number from 0 on".to_owned())
}
