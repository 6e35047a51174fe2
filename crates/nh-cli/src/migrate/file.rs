//! The file of a job.

use super::report::{Line, Report};
use crate::document::{print_fields, wrong_file};
use crate::failure::{Failure, why};
use crate::long_run::Reasons;
use crate::terminal::{print_json, tell};
use nh_core::migrate::{FileMigration, Migration};
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

// What a job file is read from and written to.
#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// Migrate this file instead of a hub: one that an export job wrote
    #[arg(
        long,
        value_name = "FILE",
        requires = "output",
        conflicts_with_all = ["yes", "limit", "in_flight", "connection_string", "hub", "ca", "profile", "dump", "emulator"]
    )]
    job_file: Option<PathBuf>,
    /// Write the successors to this file: for `nhub job import create`
    #[arg(long, value_name = "FILE", requires = "job_file")]
    output: Option<PathBuf>,
    /// Write the old registrations to this file: for `nhub job import delete`, after the successors were imported
    #[arg(long, value_name = "FILE", requires = "job_file")]
    delete_output: Option<PathBuf>,
}

#[derive(Default)]
struct Counts {
    lines: u64,
    migrated: u64,
    already_there: u64,
    reported: u64,
}

impl Files {
    pub(super) fn are_given(&self) -> bool {
        self.job_file.is_some()
    }

    pub(super) fn run(&self, json: bool, mut report: Option<Report>) -> Result<(), Failure> {
        let (Some(input), Some(output)) = (&self.job_file, &self.output) else {
            return Err(Failure::usage("--job-file needs --output"));
        };
        self.check()?;
        let mut migration = FileMigration::new();
        each_line(input, |_, line| {
            migration.note(line);
            Ok(())
        })?;
        let mut create = Writing::begin(output)?;
        let mut delete = self.delete_output.as_deref().map(Writing::begin).transpose()?;
        let (mut counts, mut reasons) = (Counts::default(), Reasons::default());
        each_line(input, |number, text| {
            let Some(line) = migration.migrate(text) else { return Ok(()) };
            counts.lines += 1;
            if let Some(new) = line.to_create() {
                create.line(&new?)?;
            }
            if let (Some(delete), Some(old)) = (&mut delete, line.to_delete()) {
                delete.line(&old?)?;
            }
            let Some(said) = Line::of_file(number, &line) else { return Ok(()) };
            if let Some(report) = &mut report {
                report.add(&said)?;
            }
            match &line.migration {
                Migration::Migrated(_) => counts.migrated += 1,
                Migration::Reported(why) => {
                    counts.reported += 1;
                    for why in why.iter().filter(|_| !json) {
                        reasons.tell(&format!("line {number}: {why}"));
                    }
                }
                _ => counts.already_there += 1,
            }
            if json { print_json(&said) } else { Ok(()) }
        })?;
        create.finish()?;
        delete.map(Writing::finish).transpose()?;
        reasons.end();
        self.summary(json, &counts)?;
        match counts.reported {
            0 => Ok(()),
            count => Err(Failure::refused(format!(
                "{count} lines cannot be migrated by a rule, and are not written"
            ))),
        }
    }

    /// A file that is read is not written.
    fn check(&self) -> Result<(), Failure> {
        let same = |one: &Path, other: &Path| {
            one == other
                || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
        };
        let all: Vec<_> = [&self.job_file, &self.output, &self.delete_output].into_iter().flatten().collect();
        let twice = all
            .iter()
            .enumerate()
            .find(|(place, path)| all.iter().skip(place + 1).any(|other| same(path, other)));
        match twice {
            Some((_, path)) => Err(wrong_file(
                path,
                "it is named twice; --job-file, --output and --delete-output are three files",
            )),
            None => Ok(()),
        }
    }

    fn summary(&self, json: bool, counts: &Counts) -> Result<(), Failure> {
        let Counts { lines, migrated, already_there, reported } = *counts;
        if json {
            return print_json(&serde_json::json!({
                "event": "summary", "lines": lines, "migrated": migrated, "already_there": already_there, "reported": reported,
            }));
        }
        let all = [
            ("lines", lines),
            ("migrated", migrated),
            ("already there", already_there),
            ("need a person", reported),
        ];
        let all = all.into_iter().enumerate().filter(|(place, (_, count))| *place < 2 || *count > 0);
        let all: Vec<_> = all.map(|(_, (name, count))| (name, count.to_string())).collect();
        let fields: Vec<_> = all.iter().map(|(name, count)| (*name, Some(count.as_str()))).collect();
        print_fields(&fields)?;
        if self.delete_output.is_none() && migrated + already_there > 0 {
            tell("the old registrations stay on the hub; --delete-output FILE writes what deletes them");
        }
        Ok(())
    }
}

/// Reads a file line by line: an export may be larger than the memory.
fn each_line(path: &Path, mut look: impl FnMut(u64, &str) -> Result<(), Failure>) -> Result<(), Failure> {
    let wrong = |error: &std::io::Error| wrong_file(path, why(error));
    let mut file = BufReader::new(File::open(path).map_err(|error| wrong(&error))?);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if file.read_line(&mut line).map_err(|error| wrong(&error))? == 0 {
            break;
        }
        look(number, &line)?;
    }
    Ok(())
}

/// A file that takes its name when it is whole.
struct Writing {
    path: PathBuf,
    file: BufWriter<tempfile::NamedTempFile>,
}

impl Writing {
    fn begin(path: &Path) -> Result<Writing, Failure> {
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file =
            tempfile::NamedTempFile::new_in(directory).map_err(|error| wrong_file(path, why(&error)))?;
        Ok(Writing { path: path.to_owned(), file: BufWriter::new(file) })
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| failed(&self.path, &error))
    }

    fn finish(self) -> Result<(), Failure> {
        let Writing { path, file } = self;
        let file = file.into_inner().map_err(|error| failed(&path, error.error()))?;
        file.persist(&path).map(drop).map_err(|error| failed(&path, &error.error))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::refused(format!("{}: {}", path.display(), why(error)))
}
