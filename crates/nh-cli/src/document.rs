//! Documents that commands read, and lines that they print.

use crate::failure::{Failure, why};
use crate::terminal::{print, shown, tell};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::convert::Infallible;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// More than any document that the service takes, and than any blob of feedback that is read whole.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What a person gives on the command line.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// The text itself.
    Text(String),
    /// `@FILE`
    File(PathBuf),
    /// `-`
    Stdin,
}

// The document that a command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Document {
    /// The document itself, @FILE, or - for standard input
    #[arg(value_name = "DOCUMENT", default_value = "-")]
    document: Given,
}

impl FromStr for Given {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Given, Infallible> {
        Ok(match text.strip_prefix('@') {
            Some(path) => Given::File(path.into()),
            None if text == "-" => Given::Stdin,
            None => Given::Text(text.to_owned()),
        })
    }
}

impl Given {
    pub(crate) fn is_stdin(&self) -> bool {
        matches!(self, Given::Stdin)
    }

    /// What it holds, and at most so many bytes of it. `what` it is stands in errors.
    pub(crate) fn bytes(&self, what: &str, limit: u64) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = match self {
            Given::Text(text) => return Ok(text.as_bytes().to_vec()),
            Given::File(path) => File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
            Given::Stdin => {
                let stdin = io::stdin();
                if stdin.is_terminal() {
                    let end = if cfg!(windows) { "Ctrl-Z and Enter end" } else { "Ctrl-D ends" };
                    tell(format_args!("waiting for the {what} on standard input; {end} it"));
                }
                stdin.lock().take(limit).read_to_end(&mut bytes)
            }
        };
        match read {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.wrong(what, why(&error))),
        }
    }

    /// A document in JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, Failure> {
        let bytes = self.whole(what)?;
        if bytes.trim_ascii().is_empty() {
            let remedy = format!("it is empty; give the {what} itself, @FILE, or - for standard input");
            return Err(self.wrong(what, remedy));
        }
        serde_json::from_slice(&bytes).map_err(|error| match error.classify() {
            Category::Data => self.wrong(what, json_problem(&error)),
            _ => self.name_of_a_file(what).unwrap_or_else(|| self.wrong(what, json_problem(&error))),
        })
    }

    /// What is wrong with a text that is no JSON, and looks like the name of a file.
    fn name_of_a_file(&self, what: &str) -> Option<Failure> {
        let Given::Text(text) = self else { return None };
        let is_json = text.trim_start().is_empty() || text.trim_start().starts_with(['{', '[']);
        let remedy = "it is no JSON; give a JSON object, or a file that has one as @FILE";
        (!is_json).then(|| self.wrong(what, remedy))
    }

    fn whole(&self, what: &str) -> Result<Vec<u8>, Failure> {
        let bytes = self.bytes(what, MAX_BYTES + 1)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(self.wrong(what, format_args!("it has more than {MAX_BYTES} bytes")));
        }
        Ok(bytes)
    }

    pub(crate) fn wrong(&self, what: &str, problem: impl Display) -> Failure {
        match self {
            Given::Text(_) => Failure::usage(format!("the {what}: {problem}")),
            Given::File(path) => wrong_file(path, problem),
            Given::Stdin => Failure::usage(format!("standard input: {problem}")),
        }
    }
}

impl Document {
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        self.document.whole("document")
    }

    pub(crate) fn text(&self) -> Result<String, Failure> {
        String::from_utf8(self.bytes()?).map_err(|error| self.document.wrong("document", error))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        self.document.json("document")
    }

    /// JSON, one object a line, which the caller reads.
    pub(crate) fn json_lines(&self) -> Result<String, Failure> {
        self.document.name_of_a_file("document").map_or_else(|| self.text(), Err)
    }
}

/// What is wrong with JSON.
pub(crate) fn json_problem(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => in_plain_words(error),
        _ => format!("it is no JSON: {}", in_plain_words(error)),
    }
}

/// What a reader of JSON says, without the words of Rust.
fn in_plain_words(why: &serde_json::Error) -> String {
    [
        ("EOF while parsing", "it ends within"),
        ("expected ident", "expected a value"),
        ("expected value", "expected a value"),
        ("invalid type: sequence", "invalid type: array"),
        ("invalid type: map", "invalid type: object"),
        ("expected a sequence", "expected an array"),
        ("trailing characters", "more stands behind its end"),
        ("missing field", "missing member"),
        ("unknown field", "unknown member"),
    ]
    .iter()
    .fold(why.to_string(), |why, (rust, plain)| why.replace(rust, plain))
}

/// A time, as `--at` takes it.
pub(crate) fn time_text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// What is wrong with a file.
pub(crate) fn wrong_file(path: &Path, problem: impl Display) -> Failure {
    Failure::usage(format!("{}: {problem}", path.display()))
}

/// The same; `-` is standard input.
pub(crate) fn wrong(path: &Path, problem: impl Display) -> Failure {
    match path.to_str() {
        Some("-") => Failure::usage(format!("standard input: {problem}")),
        _ => wrong_file(path, problem),
    }
}

/// Names and values, one a line, for people. What has no value is left out.
pub(crate) fn print_fields(fields: &[(&str, Option<&str>)]) -> Result<(), Failure> {
    let fields: Vec<_> =
        fields.iter().filter_map(|(name, value)| Some((shown(name), shown((*value)?)))).collect();
    let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().max(16);
    let lines =
        fields.iter().map(|(name, value)| format!("{name:<width$} {value}").trim_end().to_owned() + "\n");
    print(&lines.collect::<String>())
}

/// A row of columns that are at least so wide; what is longer than its column is kept whole.
pub(crate) fn row<const N: usize>(widths: [usize; N], cells: [&str; N]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{:<width$}", shown(cell)));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
}

/// The beginning of a long text, as it is shown.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let text = shown(text);
    if text.chars().count() <= width {
        return text;
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_where_they_are() {
        let odd = "ab\u{1b}\u{202e}\n";
        assert_eq!(row([20, 0], [odd, "next"]), "ab\\u{1b}\\u{202e}\\u{a}  next\n");
        assert_eq!(row([22, 0], [odd, "next"]), "ab\\u{1b}\\u{202e}\\u{a}   next\n");
        // What is escaped is longer.
        assert_eq!(row([8, 0], [&cut(odd, 8), "next"]), "ab\\u{1b…  next\n");
        assert_eq!(row([8, 0], [&cut("Grüße 日本", 8), "next"]), "Grüße 日本  next\n");
        assert_eq!(cut("123456789", 8), "1234567…");
    }
}
