use crate::ParseError;
use std::borrow::Cow;

/// A document's bytes as text: UTF-8, or UTF-16 of either order, told by a byte order mark or the first character. The
/// encoding in the XML declaration is ignored: the service declares UTF-16 and sends UTF-8.
///
/// # Errors
/// Bytes that are neither UTF-8 nor UTF-16.
pub fn decode(document: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    match document {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf_16(document, u16::from_le_bytes),
        [0, b'<', ..] => utf_16(document, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf_8(rest),
        _ => utf_8(document),
    }
}

fn utf_8(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(ParseError::new(error.valid_up_to() as u64, "neither UTF-8 nor UTF-16")),
    }
}

fn utf_16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'a, str>, ParseError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(Cow::Owned(text)),
        _ => Err(ParseError::new(0, "not well-formed UTF-16")),
    }
}
