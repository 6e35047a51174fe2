//! What became of each, one JSON object a line: in a file, and on stdout with `--json`.

use crate::document::wrong_file;
use crate::failure::{Failure, chain, why};
use nh_core::migrate::{FileLine, Migration};
use nh_hyper::migrate::{End, Moved, Subject};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Serialize)]
pub(super) struct Line<'a> {
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation_id: Option<&'a str>,
    /// The id of the registration that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

impl<'a> Line<'a> {
    fn new(event: &'static str) -> Line<'a> {
        Line {
            event,
            line: None,
            registration_id: None,
            installation_id: None,
            successor: None,
            reasons: Vec::new(),
        }
    }

    pub(super) fn of(moved: &'a Moved) -> Line<'a> {
        let mut line = match moved.end() {
            End::Migrated { successor } => Line { successor: successor.as_deref(), ..Line::new("migrated") },
            End::Planned => Line::new("planned"),
            End::AlreadyThere { successor } => {
                Line { successor: successor.as_deref(), ..Line::new("already_there") }
            }
            End::Reported(why) => Line { reasons: texts(why), ..Line::new("reported") },
            End::Failed(why) => Line { reasons: vec![chain(why)], ..Line::new("failed") },
            End::Gone => Line::new("gone"),
            _ => Line::new("changed"),
        };
        match moved.subject() {
            Subject::Registration(id) => line.registration_id = Some(id),
            Subject::Installation(id) => line.installation_id = Some(id),
        }
        line
    }

    /// `None` if it is left alone.
    pub(super) fn of_file(number: u64, line: &'a FileLine) -> Option<Line<'a>> {
        let old = line.registration.as_ref();
        let (event, reasons) = match &line.migration {
            Migration::Migrated(_) => ("migrated", Vec::new()),
            Migration::AlreadyThere if line.to_delete().is_some() => ("already_there", Vec::new()),
            Migration::AlreadyThere | Migration::OtherPlatform => return None,
            Migration::Reported(why) => ("reported", texts(why)),
        };
        let registration_id = old.and_then(|old| old.id());
        Some(Line { line: Some(number), registration_id, reasons, ..Line::new(event) })
    }
}

fn texts(why: &[nh_core::BuildError]) -> Vec<String> {
    why.iter().map(ToString::to_string).collect()
}

/// A file that lines are added to. Each is written before the next is waited for: if the command is killed, it keeps them.
pub(super) struct Report {
    path: PathBuf,
    file: File,
}

impl Report {
    pub(super) fn open(path: &Path) -> Result<Report, Failure> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|error| wrong_file(path, why(&error)))?;
        Ok(Report { path: path.to_owned(), file })
    }

    pub(super) fn add(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let mut text = serde_json::to_string(line).expect("texts and numbers are JSON");
        text.push('\n');
        let written = self.file.write_all(text.as_bytes());
        written
            .map_err(|error| Failure::refused(format!("--report {}: {}", self.path.display(), why(&error))))
    }
}
