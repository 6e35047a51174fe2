//! What a shell and `man` want to know of the command.

use crate::document::wrong_file;
use crate::failure::{Failure, why};
use crate::terminal::print_file;
use clap::Command;
use clap_complete::Shell;
use std::fs;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// For which shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write the pages of all commands to this directory
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

impl Completions {
    pub(crate) fn run(self, mut nhub: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut nhub, "nhub", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        print_file(with_words(script, self.shell, &nhub).as_bytes())
    }
}

/// The script, with the words that stand without an option, such as platforms. clap offers them to bash and zsh only.
fn with_words(mut script: String, shell: Shell, nhub: &Command) -> String {
    for Words { path, words, name } in words(nhub, &[]) {
        let (place, line): (_, fn(&str, &str) -> String) = match shell {
            Shell::Fish => {
                let (first, rest) =
                    path.split_first().map_or((String::new(), &[][..]), |(a, b)| (a.clone(), b));
                let inner: String =
                    rest.iter().map(|name| format!("; and __fish_seen_subcommand_from {name}")).collect();
                let words = words.join(" ");
                script += &format!(
                    "complete -c nhub -n \"__fish_nhub_using_subcommand {first}{inner}; and not \
                     __fish_seen_subcommand_from {words}\" -f -a \"{words}\" -d '{name}'\n"
                );
                continue;
            }
            Shell::PowerShell => (format!("        'nhub;{}' {{\n", path.join(";")), |word, name| {
                format!(
                    "            [CompletionResult]::new('{word}', '{word}', \
                     [CompletionResultType]::ParameterValue, '{name}')\n"
                )
            }),
            Shell::Elvish => (format!("        &'nhub;{}'= {{\n", path.join(";")), |word, name| {
                format!("            cand {word} '{name}'\n")
            }),
            _ => continue,
        };
        let lines: String = words.iter().map(|word| line(word, &name)).collect();
        script = script.replacen(&place, &format!("{place}{lines}"), 1);
    }
    script
}

/// What an argument without an option may be.
struct Words {
    /// The names of the command that takes it.
    path: Vec<String>,
    words: Vec<String>,
    name: String,
}

fn words(command: &Command, path: &[String]) -> Vec<Words> {
    let mut found = Vec::new();
    for arg in command.get_positionals() {
        let words: Vec<_> =
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if !words.is_empty() {
            let name = arg.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
            found.push(Words { path: path.to_vec(), words, name: name.to_owned() });
        }
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        found.extend(words(inner, &[path, &[inner.get_name().to_owned()]].concat()));
    }
    found
}

impl Man {
    pub(crate) fn run(self, nhub: Command) -> Result<(), Failure> {
        if let Some(directory) = self.directory {
            let written = fs::create_dir_all(&directory);
            let written = written.and_then(|()| clap_mangen::generate_to(nhub, &directory));
            return written.map_err(|error| wrong_file(&directory, why(&error)));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(nhub).render(&mut page)?;
        print_file(&page)
    }
}
