//! Checks of text that comes from outside.

use crate::BuildError;
use http::HeaderValue;

/// An error repeats at most this many characters of a refused value.
const MAX_SHOWN_CHARS: usize = 60;

/// Returns `text` on one line, cut after `max_chars` characters. Escapes the characters that could control a terminal: control
/// characters, invisible characters, and characters that change the direction of text.
pub(crate) fn shown(text: &str, max_chars: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(4 * max_chars));
    for c in text.chars().take(max_chars) {
        match c {
            _ if c.is_control() || is_invisible(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    if text.chars().nth(max_chars).is_some() {
        shown.push('…');
    }
    shown
}

/// Marks of direction, joiners, and line separators: the characters of the Unicode categories Cf, Zl and Zp that have an effect
/// in terminals.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

/// Returns `text` in quotes, on one line, cut if it is long. Errors show a refused value in this form. A text that looks like a
/// connection string or a token is not shown: people put them into the wrong place.
pub(crate) fn quoted(text: &str) -> String {
    if looks_secret(text) {
        return "(not shown: it looks like a connection string)".to_owned();
    }
    format!("\"{}\"", shown(text, MAX_SHOWN_CHARS))
}

/// Does the text have a name that goes before a key or a signature? Case, spaces and percent-encoding do not hide it. For the
/// crates of this workspace.
#[doc(hidden)]
pub fn looks_secret(text: &str) -> bool {
    let plain: String = percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    ["sharedaccesskey=", "sharedaccesskeyname=", "sharedaccesssignatures", "accountkey=", "&sig=", "?sig="]
        .iter()
        .any(|name| plain.contains(name))
}

/// What a reader of JSON says, without its jargon.
pub(crate) fn json_problem(why: &serde_json::Error) -> String {
    why.to_string().replace("EOF while parsing", "it ends within")
}

/// Checks an id that becomes a segment of a path. An empty id would address the collection. `.` and `..` would address other
/// parts of the hub.
pub(crate) fn id(subject: &str, id: impl Into<String>) -> Result<String, BuildError> {
    let id = id.into();
    if matches!(id.as_str(), "" | "." | "..") {
        let problem = if id.is_empty() { "is empty" } else { "has a special meaning in a URL" };
        return Err(BuildError::new(
            format_args!("{subject} {}", quoted(&id)),
            problem,
            "give the id that the service uses",
        ));
    }
    Ok(id)
}

/// Makes a header value of visible ASCII and spaces. A value with CR, LF or other control characters could add headers. Bytes
/// outside ASCII have no defined meaning in a header (RFC 9110, 5.5).
pub(crate) fn header_value(subject: &str, value: &str) -> Result<HeaderValue, BuildError> {
    check_header_value(value).map_err(|(problem, remedy)| {
        BuildError::new(format_args!("{subject} {}", quoted(value)), problem, remedy)
    })
}

/// Makes the same for a secret value. No error repeats it. It is marked sensitive.
pub(crate) fn secret_header_value(subject: &str, value: &str) -> Result<HeaderValue, BuildError> {
    let mut checked =
        check_header_value(value).map_err(|(problem, remedy)| BuildError::new(subject, problem, remedy))?;
    checked.set_sensitive(true);
    Ok(checked)
}

fn check_header_value(value: &str) -> Result<HeaderValue, (String, &'static str)> {
    if value.is_empty() {
        return Err(("is empty".into(), "give a value, or leave the header out"));
    }
    if let Some((at, found)) = value.char_indices().find(|(_, c)| !matches!(c, ' '..='~')) {
        let what = if found.is_control() { "control character" } else { "non-ASCII character" };
        return Err((
            format!("has the {what} {} at byte {at}", found.escape_unicode()),
            "use visible ASCII characters only",
        ));
    }
    if value.starts_with(' ') || value.ends_with(' ') {
        return Err(("begins or ends with a space".into(), "remove the space"));
    }
    HeaderValue::from_str(value)
        .map_err(|_| ("is not a header value".into(), "use visible ASCII characters only"))
}

/// A name from outside in a sentence: in quotes, on one line, cut if it is long.
pub(crate) fn named(text: &str) -> String {
    format!("'{}'", shown(text, 120))
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
    fn what_looks_like_a_connection_string_is_not_shown() {
        let key = "c2VjcmV0LXNlY3JldA==";
        for text in [
            format!("Endpoint=sb://c.net/;SharedAccessKeyName=Full;SharedAccessKey={key}"),
            format!("sharedaccesskey = {key}"),
            format!("Shared%41ccess%4Bey%3D{key}"),
            format!("SharedAccessSignature sr=x&sig={key}"),
            format!("https://a.blob.core.windows.net/c?sv=1&sig={key}"),
            format!("AccountName=a;AccountKey={key}"),
        ] {
            let shown = quoted(&text);
            assert!(!shown.contains("c2Vj") && shown.contains("connection string"), "{shown}");
        }
        for harmless in [
            "news",
            "RootManageSharedAccessKey",
            "DefaultFullSharedAccessSignature",
            "sig=1",
            "breaking news",
            "endpoint=x",
        ] {
            assert_eq!(quoted(harmless), format!("\"{harmless}\""));
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 60 + 3);
    }
}
