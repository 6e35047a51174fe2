use super::{Feedback, document};
use crate::ParseError;
use crate::xml::Reader;
use std::borrow::Cow;
use std::iter::FusedIterator;

/// An iterator over the documents of a feedback blob. [`Feedback::documents`] returns it.
#[derive(Clone, Debug)]
pub struct Documents<'a> {
    text: Cow<'a, str>,
    /// The document that came out last begins here.
    began: usize,
    at: usize,
    /// The position of the next `<?xml` after `at`. A broken document ends there.
    end: usize,
    blob: Blob,
}

/// How the text lies in the blob.
#[derive(Clone, Copy, Debug)]
struct Blob {
    len: usize,
    is_utf_16: bool,
    /// The text up to this byte has been counted.
    text: usize,
    /// The same place in the blob.
    at: usize,
}

/// Stands for a byte of a blob in UTF-8 that is no text, and for two of one in UTF-16. XML cannot hold it.
const NO_TEXT: char = '\0';

const BYTE_ORDER_MARK: char = '\u{feff}';

impl<'a> Documents<'a> {
    pub(super) fn new(blob: &'a [u8]) -> Documents<'a> {
        let mark = match blob {
            [0xEF, 0xBB, 0xBF, ..] => 3,
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => 2,
            _ => 0,
        };
        let content = blob.get(mark..).unwrap_or_default();
        let unit = utf_16(blob);
        let text = unit.map_or_else(|| text_of_utf_8(content), |unit| text_of_utf_16(content, unit).into());
        let blob = Blob { len: blob.len(), is_utf_16: unit.is_some(), text: 0, at: mark };
        Documents { text, began: 0, at: 0, end: 0, blob }
    }

    /// Returns how many bytes of the blob have been read: the documents that came out so far, and what lies between them. When the
    /// iterator has ended, it is the length of the blob.
    ///
    /// ```
    /// use nh_outcome::Feedback;
    ///
    /// let one = r#"<?xml version="1.0"?>
    ///     <PnsFeedback xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"/>"#;
    /// let blob = one.repeat(2);
    /// let mut documents = Feedback::documents(blob.as_bytes());
    /// documents.next().expect("there are two")?;
    /// assert_eq!(documents.position(), one.len() as u64);
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    pub fn position(&self) -> u64 {
        self.blob.at as u64
    }

    /// Does the document that came out last reach to the end of the blob, without an end of its own? In a blob that grows it may go on.
    pub(super) fn is_cut_off(&self) -> bool {
        let last = self.text.get(self.began..).unwrap_or_default();
        let is_closed =
            last.rsplit_once("</").and_then(|(_, end)| end.split_once('>')).is_some_and(|(name, _)| {
                let name = name.trim_end();
                name.rsplit_once(':').map_or(name, |(_, name)| name) == "PnsFeedback"
            });
        self.at == self.text.len() && !is_closed
    }

    fn read_up_to(&mut self, at: usize) {
        self.at = at;
        let Blob { len, is_utf_16, text, at: before } = self.blob;
        let read = self.text.get(text..at).unwrap_or_default();
        let bytes = if is_utf_16 { 2 * read.chars().map(char::len_utf16).sum::<usize>() } else { read.len() };
        self.blob.text = at;
        // The last byte of an odd number stands for two.
        self.blob.at = before.saturating_add(bytes).min(len);
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Feedback, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            if self.at == self.end {
                self.end = next_declaration(&self.text, self.at);
            }
            // The reader does not count a byte order mark.
            let Some(rest) = self.text.get(self.at..self.end) else { break };
            if rest.starts_with(BYTE_ORDER_MARK) {
                self.read_up_to(self.at + BYTE_ORDER_MARK.len_utf8());
                continue;
            }
            let began = self.at;
            let mut reader = Reader::new(rest);
            let read = document(&mut reader);
            let end = match read {
                Ok(Some(_)) => {
                    let read = usize::try_from(reader.position()).unwrap_or(usize::MAX);
                    began.saturating_add(read).min(self.end)
                }
                Ok(None) | Err(_) => self.end,
            };
            let no_text = rest.get(..end - began).and_then(|read| read.find(NO_TEXT));
            self.began = began;
            self.read_up_to(end);
            let read = match (read, no_text) {
                (Ok(None), None) => continue,
                (_, Some(place)) => Err(ParseError::new(place as u64, "neither UTF-8 nor UTF-16")),
                (Ok(Some(feedback)), None) => Ok(feedback),
                (Err(error), None) => Err(error),
            };
            return Some(read.map_err(|error| error.after(began as u64)));
        }
        None
    }
}

impl FusedIterator for Documents<'_> {}

/// Returns the position of the next XML declaration after `at`. The word can also stand in comments and CDATA, but the service
/// sends neither.
fn next_declaration(text: &str, at: usize) -> usize {
    const DECLARATION: &str = "<?xml";
    let is_declaration = |found: &usize| {
        let after = text.get(found + DECLARATION.len()..).unwrap_or_default();
        after.starts_with(|next: char| next.is_ascii_whitespace())
    };
    let rest = text.get(at..).unwrap_or_default();
    let mut all = rest.match_indices(DECLARATION).map(|(found, _)| at + found);
    all.find(|found| *found > at && is_declaration(found)).unwrap_or(text.len())
}

/// How two bytes make a unit, if this is UTF-16. A part of a blob can begin with the white space between two documents.
fn utf_16(blob: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let begins = |byte: u8| byte == b'<' || byte.is_ascii_whitespace();
    match blob {
        [0xFF, 0xFE, ..] => Some(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => Some(u16::from_be_bytes),
        [first, 0, ..] if begins(*first) => Some(u16::from_le_bytes),
        [0, second, ..] if begins(*second) => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn text_of_utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(NO_TEXT));
    text.chain(rest.iter().map(|_| NO_TEXT)).collect()
}

/// As many bytes as there are in the blob, so that a place in one is the same place in the other.
fn text_of_utf_8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| NO_TEXT));
    }
    text.into()
}
