//! The one way to the terminal. What a service, a file or a device sends may hold characters that move the cursor, change colours or
//! turn the direction of text. They are shown as `\u{1b}`, and never obeyed. No other file writes; [`crate::progress`] takes its
//! texts from here.

use crate::failure::{Failure, why};
use clap::builder::StyledStr;
use nh_core::looks_secret;
use serde::Serialize;
use serde_json::json;
use std::env;
use std::fmt::{Display, Write as _};
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Lines on stdout. Line breaks stay: what others send is in it as [`shown`], or is a message of HTTP that is looked at.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(visible(text).as_bytes())
}

/// A line on stdout.
pub(crate) fn print_line(text: &str) -> Result<(), Failure> {
    print(&(shown(text) + "\n"))
}

/// One line of JSON on stdout.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    write(json_line(value).as_bytes())
}

/// One line of JSON. It means the same with what is special to a terminal escaped: only texts can have it.
fn json_line(value: &impl Serialize) -> String {
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
    line
}

/// A file on stdout: as it is, unless a person looks at it.
pub(crate) fn print_file(bytes: &[u8]) -> Result<(), Failure> {
    match io::stdout().is_terminal() {
        true => print(&String::from_utf8_lossy(bytes)),
        false => write(bytes),
    }
}

/// A page of help on stdout, with the styles that clap gives it if a person looks at it.
pub(crate) fn print_help(page: &StyledStr) -> Result<(), Failure> {
    // The console of Windows shows the styles as signs. Its successor, and the shells that come from Unix, name themselves.
    let knows_colours =
        !cfg!(windows) || ["WT_SESSION", "TERM"].iter().any(|name| env::var_os(name).is_some());
    let wants_colours = knows_colours
        && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|value| value != "dumb");
    // Help repeats nothing of others.
    match io::stdout().is_terminal() && wants_colours {
        true => write(page.ansi().to_string().as_bytes()),
        false => print(&page.to_string()),
    }
}

/// Whether stderr has JSON, too.
static JSON: AtomicBool = AtomicBool::new(false);

/// From now on, each line on stderr is JSON, too. [`VisibleStderr`] stays text.
pub(crate) fn speak_json() {
    JSON.store(true, Ordering::Relaxed);
}

/// A line on stderr. It repeats no connection string and no token.
pub(crate) fn tell(text: impl Display) {
    let text = redacted(text.to_string(), args());
    match JSON.load(Ordering::Relaxed) {
        true => say(&json_line(&json!({ "note": { "message": text } }))),
        false => say(&format!("nhub: {}\n", shown(&text))),
    }
}

/// Several lines on stderr, as clap lays them out. What the command line says stays in its line.
pub(crate) fn tell_page(text: &str) {
    let mut text = redacted(text.to_owned(), args());
    for arg in args().filter(|arg| arg.chars().any(char::is_control)) {
        let value = arg.split_once('=').map_or("", |(_, value)| value).to_owned();
        for part in [arg, value].iter().filter(|part| !part.is_empty()) {
            // clap leaves out sequences of escape.
            let plain = StyledStr::from(part.clone()).to_string();
            text = text.replace(&plain, &shown(part));
        }
    }
    say(&visible(&text));
}

/// Why the command ends, on stderr.
pub(crate) fn tell_failure(failure: Failure) {
    if !JSON.load(Ordering::Relaxed) {
        return tell(failure);
    }
    let message = redacted(failure.to_string(), args());
    say(&json_line(&json!({ "error": failure.with_message(message) })));
}

/// Writes to stderr. Who has closed it hears nothing; the exit status still tells.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn args() -> impl Iterator<Item = String> {
    env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned())
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

/// People put connection strings and tokens into the wrong place. The arguments tell of those that are written oddly: with spaces
/// in them, or percent-encoded.
fn redacted(mut text: String, args: impl Iterator<Item = String>) -> String {
    const NOT_SHOWN: &str = "(not shown: it looks like a connection string)";
    for arg in args {
        // As it is, from `--option=value`, and from `@FILE`.
        let value = arg.split_once('=').map_or("", |(_, value)| value);
        for part in [&*arg, value, arg.trim_start_matches('@')] {
            if looks_secret(part) {
                text = text.replace(part, NOT_SHOWN);
            }
        }
    }
    // `..` stands for a value where help says how to write one.
    let is_secret = |word: &str| looks_secret(word) && looks_secret(&word.replace("=..", ""));
    let words = text.split_inclusive(char::is_whitespace).map(|word| match is_secret(word) {
        true => NOT_SHOWN.to_owned() + &word[word.trim_end().len()..],
        false => word.to_owned(),
    });
    words.collect()
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
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A reader that has seen enough (`| head`) is no failure.
fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| {
            Failure::refused(format!("standard output could not be written: {}", why(&error)))
        }),
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
        let special =
            (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| is_special(*c)).collect::<String>();
        for c in ('\u{80}'..='\u{9f}').chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').chain(
            "\u{7f}\u{61c}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{2060}\u{feff}"
                .chars(),
        ) {
            assert!(special.contains(c), "{c:?}");
        }
        assert!(shown(&special).is_ascii() && visible(&special).is_ascii());
    }

    /// A second way to the terminal would be one that obeys.
    #[test]
    fn there_is_no_other_way() {
        let mut files = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/src").into()];
        let mut seen = 0;
        while let Some(path) = files.pop() {
            let path: std::path::PathBuf = path;
            if path.is_dir() {
                files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            seen += 1;
            for way in ["print!(", "println!(", "dbg!(", "panic!(", "io::stdout", "io::stderr", "/dev/"] {
                assert!(name == "terminal.rs" || !text.contains(way), "{way} in {name}");
            }
            assert!(matches!(name, "terminal.rs" | "progress.rs") || !text.contains("indicatif"), "{name}");
        }
        assert!(seen > 15);
    }

    #[test]
    fn no_line_repeats_a_connection_string() {
        let secret = "Endpoint=sb://c.net/;SharedAccessKeyName=Full;SharedAccessKey=sesame";
        let torn = "sharedaccesskey = sesame";
        let encoded = "Shared%41ccessKey%3Dsesame";
        let said =
            |text: &str, args: &[&str]| redacted(text.to_owned(), args.iter().map(|&arg| arg.to_owned()));
        for arg in [secret, torn, encoded, "SharedAccessSignature sr=x&sig=sesame"] {
            for given in [arg.to_owned(), format!("--hub={arg}"), format!("@{arg}")] {
                let text = said(&format!("unexpected argument '{given}' found: {arg}: no such"), &[&given]);
                assert!(!text.contains("sesame") && text.contains("not shown"), "{text}");
                assert!(text.starts_with("unexpected argument '") && text.ends_with(": no such"), "{text}");
            }
        }
        // From elsewhere: a file, or what the service says.
        for word in [secret, encoded, "https://a.test/c?sv=1&sig=sesame"] {
            assert_eq!(
                said(&format!("no {word}\tthere"), &[]),
                "no (not shown: it looks like a connection string)\tthere"
            );
        }
        let help = "copy all of it: Endpoint=sb://..;SharedAccessKeyName=..;SharedAccessKey=..";
        assert_eq!(said(help, &["send"]), help);
        assert_eq!(
            said("sig=1 of RootManageSharedAccessKey", &["sig=1"]),
            "sig=1 of RootManageSharedAccessKey"
        );
    }
}
