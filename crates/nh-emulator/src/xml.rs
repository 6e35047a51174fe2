//! Is it XML at all, and can XML hold it?

use crate::breach::Breach;
use nh_outcome::ParseError;
use nh_outcome::xml::Reader;
use std::borrow::Cow;

/// The name of the root of a whole, well-formed document.
pub(crate) fn root(text: &str) -> Result<&str, ParseError> {
    let mut reader = Reader::new(text);
    let root = reader.root()?;
    while reader.child(&root)?.is_some() {}
    reader.end()?;
    Ok(root.name())
}

/// May it stand in a document (XML 1.0, 2.2)? No reference helps the others.
fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A text that is to stand in a document: a list of registrations with another one could be read by nobody.
///
/// # Errors
/// A character that XML cannot hold.
pub(crate) fn check_text(text: &str) -> Result<(), Breach> {
    let Some(c) = text.chars().find(|c| !is_legal(*c)) else { return Ok(()) };
    Err(Breach::new(format!("XML cannot hold the character U+{:04X}.", u32::from(c))))
}

/// A text of the client's that an answer repeats: what XML cannot hold is replaced.
pub(crate) fn legal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) {
        return text.into();
    }
    text.chars().map(|c| if is_legal(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        assert_eq!(check_text("a\t\r\nß\u{7f}\u{fffd}\u{1f600}"), Ok(()));
        for (text, says) in
            [("a\0", "U+0000"), ("\u{1f}", "U+001F"), ("x\u{fffe}", "U+FFFE"), ("\u{ffff}", "U+FFFF")]
        {
            let words = check_text(text).unwrap_err().to_string();
            assert!(words.contains(says), "{words}");
        }
        assert_eq!(legal("a\0b\u{fffe}"), "a\u{fffd}b\u{fffd}");
        assert!(matches!(legal("a\tß"), Cow::Borrowed("a\tß")));
    }
}
