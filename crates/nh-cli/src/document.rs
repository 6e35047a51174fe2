//! Documents that commands read, and lines that they print.

use crate::failure::Failure;
use crate::terminal::{print, shown};
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::io::Read as _;
use std::path::Path;

/// More than any document that the service takes, and than any blob of feedback that is read whole.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The content of a file; `-` is standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => {
            Err(wrong(path, format_args!("more than {MAX_BYTES} bytes")))
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(wrong(path, error)),
    }
}

/// What is wrong with a document.
pub(crate) fn wrong(path: &Path, why: impl Display) -> Failure {
    match path.to_str() {
        Some("-") => Failure::Usage(format!("standard input: {why}")),
        _ => Failure::Usage(format!("{}: {why}", path.display())),
    }
}

/// A file as text.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|error| wrong(path, error))
}

/// A document in JSON.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = read(path)?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(path, error))
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
