//! Forms that several rules decode: percent-encoding, form data, instants, entity tags.

use percent_encoding::percent_decode_str;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Percent-decodes. A `%` that starts no escape is refused: `100%` is not `100%25`.
pub(crate) fn percent(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('%') {
        if !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(format!("{text:?} has a % that starts no escape"));
        }
    }
    Ok(percent_decode_str(text).collect())
}

/// Decodes form data: `+` is a space.
pub(crate) fn form(text: &str) -> Result<String, String> {
    String::from_utf8(percent(&text.replace('+', " "))?).map_err(|error| format!("{text:?}: {error}"))
}

/// A time with or without a zone; none is UTC.
pub(crate) fn instant(text: &str) -> Option<OffsetDateTime> {
    let utc = || PrimitiveDateTime::parse(&format!("{text}Z"), &Rfc3339).map(PrimitiveDateTime::assume_utc);
    OffsetDateTime::parse(text, &Rfc3339).or_else(|_| utc()).ok()
}

/// Without `W/` and the quotes.
pub(crate) fn entity_tag(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("W/").unwrap_or(text);
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

#[test]
fn escapes_are_whole() {
    assert_eq!(percent("a%2Fb+").unwrap(), b"a/b+");
    assert_eq!(form("a%20b+%2B").unwrap(), "a b +");
    for bad in ["100%", "%2", "%zz", "%é"] {
        assert!(percent(bad).is_err() && form(bad).is_err(), "{bad}");
    }
    assert!(form("%ff").is_err());
}

#[test]
fn instants() {
    let expected = instant("2023-11-16T08:30:00.5Z");
    assert!(expected.is_some());
    for same in ["2023-11-16T08:30:00.5", "2023-11-16T10:30:00.500+02:00"] {
        assert_eq!(instant(same), expected, "{same}");
    }
    assert_eq!(instant("2023-11-16"), None);
}

#[test]
fn entity_tags() {
    for same in ["1", "\"1\"", "W/\"1\""] {
        assert_eq!(entity_tag(same), "1");
    }
    assert_ne!(entity_tag("\"1"), "1");
}
