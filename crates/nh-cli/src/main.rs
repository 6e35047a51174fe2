//! `nhub`: Azure Notification Hubs from the command line.
//!
//! Data goes to stdout, everything else to stderr. Exit status: 0 done, 1 the service or the network said no, 2 wrong
//! usage (nothing was sent), 3 fate unknown (it may have been sent).

mod args;
mod cancel;
mod connect;
mod document;
mod emulator;
mod failure;
mod feedback;
mod handle;
mod hub;
mod installation;
mod job;
mod outcome;
mod progress;
mod registration;
mod send;
mod terminal;
mod token;
mod told_to_end;

use args::{Args, Command};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = match Args::try_parse() {
        Ok(args) => run(args),
        Err(error) => return usage(&error),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::tell(&failure);
            ExitCode::from(failure.exit_status())
        }
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match args.command {
            Command::Send(send) => send::run(&args.global, send).await,
            Command::Outcome(outcome) => outcome::run(&args.global, outcome).await,
            Command::Cancel { notification_id } => cancel::run(&args.global, notification_id).await,
            Command::Installation(command) => installation::run(&args.global, command).await,
            Command::Registration(command) => registration::run(&args.global, command).await,
            Command::Job(command) => job::run(&args.global, command).await,
            Command::Feedback(command) => feedback::run(&args.global, command).await,
            Command::Hub(command) => hub::run(&args.global, command).await,
            Command::Token => token::run(&args.global).await,
            Command::Emulator(emulator) => emulator::run(&args.global, emulator).await,
            Command::Completions { shell } => completions(shell),
        }
    })
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "nhub", &mut script);
    terminal::print_file(&script)
}

/// Help goes out as clap lays it out; a mistake in one line.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return terminal::print(&error.to_string()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    let text = error.to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        terminal::tell_help(&text);
        return ExitCode::from(2);
    }
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let line: Vec<_> = lines.map(|line| line.trim_start_matches("error: ")).collect();
    terminal::tell(format_args!("{} (see nhub --help)", line.join("; ")));
    ExitCode::from(2)
}
