//! `nhub`: Azure Notification Hubs from the command line.
//!
//! Data goes to stdout, everything else to stderr. Exit status: 0 done, 1 the service or the network said no, 2 wrong
//! usage (nothing was sent), 3 fate unknown (it may have been sent), 4 a test send reached
//! nobody or failed, a diagnosis says that a push will not arrive, or `hub apply --diff` found a difference.

mod args;
mod cancel;
mod connect;
mod doctor;
mod document;
mod emulator;
mod emulator_probe;
mod failure;
mod feedback;
mod global;
mod handle;
mod hub;
mod in_flight;
mod installation;
mod job;
mod long_run;
mod migrate;
mod outcome;
mod profile;
mod progress;
mod prune;
mod registration;
mod send;
mod shell;
mod terminal;
mod token;
mod told_to_end;

use args::Args;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches as _};
use failure::Failure;
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    if wants_json() {
        terminal::speak_json();
    }
    let result = match parse() {
        Ok(args) => run(args),
        Err(error) => usage(&error),
    };
    result.unwrap_or_else(|failure| {
        let status = ExitCode::from(failure.exit_status());
        terminal::tell_failure(failure);
        status
    })
}

fn parse() -> Result<Args, clap::Error> {
    let mut root = Args::command();
    let matches = root.try_get_matches_from_mut(env::args_os())?;
    if matches.contains_id("profile") {
        let (mut command, mut found) = (&root, &matches);
        while let Some((name, inner)) = found.subcommand() {
            let Some(next) = command.find_subcommand(name) else { break };
            (command, found) = (next, inner);
        }
        if !command.get_arguments().any(|arg| arg.get_id() == "profile") {
            let problem = format!("--profile means nothing to '{}'", command.get_name());
            return Err(root.error(ErrorKind::ArgumentConflict, problem));
        }
    }
    Args::from_arg_matches(&matches).map_err(|error| error.format(&mut root))
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(args.command.run(&args.global)).map(|()| ExitCode::SUCCESS)
}

/// Whether the command line asks for JSON, also if it cannot be read.
fn wants_json() -> bool {
    env::args_os().skip(1).take_while(|arg| arg != "--").any(|arg| arg == "--json")
}

/// Help goes to stdout, and a mistake to stderr, as clap lays them out.
fn usage(error: &clap::Error) -> Result<ExitCode, Failure> {
    if !error.use_stderr() {
        return terminal::print_help(&error.render()).map(|()| ExitCode::SUCCESS);
    }
    let text = error.to_string();
    if wants_json() {
        let message = text.split("\n\nUsage:").next().unwrap_or_default().trim_start_matches("error: ");
        let lines: Vec<_> = message.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        return Err(Failure::usage(lines.join("; ")));
    }
    terminal::tell_page(&text);
    Ok(ExitCode::from(2))
}
