//! The one way to the terminal. What a service, a file or a device sends may hold characters that move the cursor, change colours or
//! turn the direction of text. They are shown as `\u{1b}`, and never obeyed.

use crate::failure::Failure;
use serde::Serialize;
use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal as _, Write};

/// Text on stdout. Line breaks stay.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(visible(text).as_bytes())
}

/// One line of JSON on stdout. It means the same with what is special to a terminal escaped: only texts can have it.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string(value).expect("texts, numbers and times are JSON");
    let mut line = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if is_special(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(line, "\\u{unit:04x}").expect("a String takes every write");
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    write(line.as_bytes())
}

/// A file on stdout: as it is, unless a person looks at it.
pub(crate) fn print_file(bytes: &[u8]) -> Result<(), Failure> {
    match io::stdout().is_terminal() {
        true => print(&String::from_utf8_lossy(bytes)),
        false => write(bytes),
    }
}

/// A line on stderr.
pub(crate) fn tell(text: impl Display) {
    eprintln!("nhub: {}", visible(&text.to_string()));
}

/// What a service sent, on one line.
pub(crate) fn shown(text: &str) -> String {
    escaped(text, |c| is_special(c) || c.is_control())
}

/// Stderr, for what is dumped.
pub(crate) struct VisibleStderr;

impl Write for VisibleStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(visible(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Line breaks stay, also those of HTTP.
fn visible(text: &str) -> String {
    let lines = text
        .split("\r\n")
        .map(|line| escaped(line, |c| is_special(c) || (c.is_control() && c != '\n' && c != '\t')));
    lines.collect::<Vec<_>>().join("\r\n")
}

fn escaped(text: &str, hides: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match hides(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// What changes how a terminal shows the rest, and is allowed in JSON: DEL and C1, marks of direction, what has no width, and line
/// breaks of Unicode.
fn is_special(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A reader that has seen enough (`| head`) is no failure.
fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_others_is_obeyed() {
        for (text, seen) in [
            ("\u{1b}[2Jid", "\\u{1b}[2Jid"),
            ("a\u{9b}31m", "a\\u{9b}31m"),
            ("abc\u{202e}gpj", "abc\\u{202e}gpj"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("bell\u{7}\u{8}\u{7f}", "bell\\u{7}\\u{8}\\u{7f}"),
            ("Grüße 👋🏽 日本", "Grüße 👋🏽 日本"),
        ] {
            assert_eq!((visible(text).as_str(), shown(text).as_str()), (seen, seen));
        }
        assert_eq!(visible("one\ntwo\tthree\r\nfour\rfive"), "one\ntwo\tthree\r\nfour\\u{d}five");
        assert_eq!(shown("one\ntwo"), "one\\u{a}two");
    }
}
