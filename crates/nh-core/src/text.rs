//! Small checks of text that comes from outside.

use crate::BuildError;
use http::HeaderValue;

/// How much of a refused value an error repeats.
const SHOWN: usize = 60;

/// `text` on one line, cut after so many characters. What could drive a terminal is escaped: control characters, and those that
/// change the direction of text or are invisible.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(4 * most));
    for c in text.chars().take(most) {
        match c {
            _ if c.is_control() || is_invisible(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// Marks of direction, joiners, and line separators (Unicode, general categories Cf, Zl and Zp, as far as terminals heed them).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

/// `text` in quotes, on one line, cut when long: how a refused value appears in an error.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text, SHOWN))
}

/// An id that becomes a segment of a path. An empty one would address the collection, `.` and `..` what is above it.
pub(crate) fn id(subject: &str, id: impl Into<String>) -> Result<String, BuildError> {
    let id = id.into();
    if matches!(id.as_str(), "" | "." | "..") {
        let problem = if id.is_empty() { "is empty" } else { "would address something else" };
        return Err(BuildError::new(
            format_args!("{subject} {}", quoted(&id)),
            problem,
            "give the id that the service knows it by",
        ));
    }
    Ok(id)
}

/// A header value of visible ASCII and spaces. CR, LF and other control characters would let the value write
/// headers of its own; bytes beyond ASCII have no agreed meaning in a header (RFC 9110, 5.5).
pub(crate) fn header_value(subject: &str, value: &str) -> Result<HeaderValue, BuildError> {
    check_header_value(value).map_err(|(problem, remedy)| {
        BuildError::new(format_args!("{subject} {}", quoted(value)), problem, remedy)
    })
}

/// The same for a value that no error may repeat. It is marked sensitive.
pub(crate) fn secret_header_value(subject: &str, value: &str) -> Result<HeaderValue, BuildError> {
    let mut checked =
        check_header_value(value).map_err(|(problem, remedy)| BuildError::new(subject, problem, remedy))?;
    checked.set_sensitive(true);
    Ok(checked)
}

fn check_header_value(value: &str) -> Result<HeaderValue, (String, &'static str)> {
    if value.is_empty() {
        return Err(("is empty".into(), "leave it out or give it a value"));
    }
    if let Some((at, found)) = value.char_indices().find(|(_, c)| !matches!(c, ' '..='~')) {
        let what = if found.is_control() { "control character" } else { "non-ASCII character" };
        return Err((
            format!("has the {what} {} at byte {at}", found.escape_unicode()),
            "use visible ASCII only",
        ));
    }
    if value.starts_with(' ') || value.ends_with(' ') {
        return Err(("begins or ends with a space".into(), "trim it"));
    }
    HeaderValue::from_str(value).map_err(|_| ("is no header value".into(), "use visible ASCII only"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_cannot_write_headers() {
        for bad in ["a\r\nX-Evil: 1", "a\nb", "a\0b", "é", "", " a", "a "] {
            let error = header_value("apns-topic", bad).expect_err(bad).to_string();
            assert!(error.starts_with("apns-topic") && !error.contains('\n'), "{error}");
        }
        assert_eq!(header_value("apns-topic", "com.contoso app").unwrap(), "com.contoso app");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 60 + 3);
    }
}
