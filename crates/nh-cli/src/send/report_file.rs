//! What became of each line of a list, in a file.

use super::events::Fate;
use crate::document::wrong;
use crate::failure::Failure;
use nh_hyper::bulk::PartEnd;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// A report that is being written. It takes its name when it is whole, so a run that is killed leaves the one before as it was.
pub(super) struct ReportFile {
    path: PathBuf,
    /// What it is called until then; `None` for what is no file, such as a pipe.
    unfinished: Option<PathBuf>,
    file: BufWriter<File>,
}

/// A line of the report: these lines of the list came to this end.
#[derive(Serialize)]
struct Range<'a> {
    first_line: u64,
    /// `null` stands for the last line of the list.
    last_line: Option<u64>,
    #[serde(flatten)]
    end: Fate<'a>,
}

impl ReportFile {
    pub(super) fn create(path: &Path) -> Result<ReportFile, Failure> {
        let is_special = fs::metadata(path).is_ok_and(|about| !about.is_file());
        let unfinished = (!is_special).then(|| {
            let mut name = path.as_os_str().to_owned();
            name.push(".unfinished");
            PathBuf::from(name)
        });
        let file = File::create(unfinished.as_deref().unwrap_or(path)).map_err(|why| wrong(path, why))?;
        Ok(ReportFile { path: path.to_owned(), unfinished, file: BufWriter::new(file) })
    }

    pub(super) fn add(&mut self, part: &PartEnd) -> Result<(), Failure> {
        let ends = part.end().into_iter().flat_map(|end| part.ranges().map(|range| (range, Fate::of(end))));
        for (range, end) in ends {
            self.write(*range.start(), Some(*range.end()), end)?;
        }
        for refused in part.refused() {
            let reason = refused.why().to_string();
            self.write(refused.place(), Some(refused.place()), Fate::Refused { reason: &reason })?;
        }
        Ok(())
    }

    fn write(&mut self, first_line: u64, last_line: Option<u64>, end: Fate<'_>) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.file, &Range { first_line, last_line, end })
            .map_err(io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|why| self.failed(&why))
    }

    fn failed(&self, why: &io::Error) -> Failure {
        Failure::refused(format!("--report {}: {why}", self.path.display()))
    }

    /// The report is whole. `last` is the last line that was sent to, if others stand after it.
    pub(super) fn finish(mut self, last: Option<u64>) -> Result<(), Failure> {
        if let Some(last) = last {
            self.write(last + 1, None, Fate::NotSent { reason: "the run ended before" })?;
        }
        let flushed = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        let renamed = flushed.and_then(|()| match self.unfinished.take() {
            Some(unfinished) => fs::rename(unfinished, &self.path),
            None => Ok(()),
        });
        renamed.map_err(|why| self.failed(&why))
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if let Some(unfinished) = &self.unfinished {
            // What is left of it does no harm.
            let _ = fs::remove_file(unfinished);
        }
    }
}
