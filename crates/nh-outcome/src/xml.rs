//! The one reader of XML: matches by namespace, never by prefix, and holds the limits.
//!
//! ```
//! use nh_outcome::xml::{CONNECT, Reader};
//!
//! let mut reader = Reader::new("<a:Job xmlns:a='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
//!     <a:New><a:Type>no</a:Type></a:New><a:Type>Export &amp; more</a:Type></a:Job>")?;
//! let job = reader.root()?;
//! assert!(job.is(CONNECT, "Job"));
//! while let Some(child) = reader.child(&job)? {
//!     if child.is(CONNECT, "Type") {
//!         assert_eq!(reader.text(&child)?.as_deref(), Some("Export & more"));
//!     }
//! }
//! reader.end()?;
//! # Ok::<(), nh_outcome::ParseError>(())
//! ```
//!
//! A document type declaration is refused: the service sends none, and its entities could grow without end. Besides the
//! five predefined entities and character references, none is known.

use crate::ParseError;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};
use std::borrow::Cow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The namespace of the service's own documents.
pub const CONNECT: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
/// The namespace of Atom.
pub const ATOM: &str = "http://www.w3.org/2005/Atom";
/// The namespace of `i:nil` and `i:type`.
pub const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A document has at most so many bytes.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Elements are nested at most so deep.
pub const DEEPEST: usize = 64;
/// A document has at most so many elements.
pub const MOST_ELEMENTS: usize = 200_000;
/// An element has at most so many attributes.
pub const MOST_ATTRIBUTES: usize = 64;
/// A namespace has at most so many bytes: every element and attribute read carries a copy of its own.
pub const LONGEST_NAMESPACE: usize = 1024;

/// A document's bytes as text: UTF-8, or UTF-16 of either order, told by a byte order mark or the first character. What the
/// XML declaration says of the encoding is not asked: the service declares UTF-16 and sends UTF-8.
///
/// # Errors
/// Bytes that are neither, and more than [`MOST_BYTES`].
pub fn decode(document: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    check_size(document.len())?;
    decode_any_size(document)
}

fn check_size(bytes: usize) -> Result<(), ParseError> {
    if bytes <= MOST_BYTES {
        return Ok(());
    }
    Err(ParseError::new(0, format!("document of {bytes} bytes, {MOST_BYTES} are the most")))
}

pub(crate) fn decode_any_size(document: &[u8]) -> Result<Cow<'_, str>, ParseError> {
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

/// Reads a document from front to back.
#[derive(Debug)]
pub struct Reader<'a> {
    inner: NsReader<&'a [u8]>,
    /// How many elements are open.
    depth: usize,
    elements: usize,
}

/// The beginning of an element.
#[derive(Clone, Debug)]
pub struct Element {
    namespace: Option<String>,
    name: String,
    attributes: Vec<(Option<String>, String, String)>,
    /// How many elements were open, this one included.
    depth: usize,
}

impl Element {
    /// The local name: without a prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace that it is in.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Is it this one?
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace() == Some(namespace) && self.name == name
    }

    /// The local name, if it is in `namespace`; otherwise nothing, which no element is called.
    pub fn name_in(&self, namespace: &str) -> &str {
        if self.namespace() == Some(namespace) { &self.name } else { "" }
    }

    /// Is it marked as absent, by `i:nil="true"`?
    pub fn is_nil(&self) -> bool {
        matches!(self.attribute(Some(INSTANCE), "nil"), Some("true" | "1"))
    }

    /// The value of an attribute. One without a prefix is in no namespace.
    pub fn attribute(&self, namespace: Option<&str>, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(ns, n, _)| ns.as_deref() == namespace && n == name).map(|(_, _, value)| value.as_str())
    }
}

impl<'a> Reader<'a> {
    /// Begins to read a text ([`decode`] makes one of bytes).
    ///
    /// # Errors
    /// More than [`MOST_BYTES`].
    pub fn new(document: &'a str) -> Result<Reader<'a>, ParseError> {
        check_size(document.len())?;
        Ok(Reader::within(document.strip_prefix('\u{feff}').unwrap_or(document)))
    }

    /// Reads a part of a longer text. What is read of it has the limits of a document, however long the text is.
    pub(crate) fn within(document: &'a str) -> Reader<'a> {
        let mut inner = NsReader::from_str(document);
        inner.config_mut().expand_empty_elements = true;
        Reader { inner, depth: 0, elements: 0 }
    }

    /// The root element. What follows it has not been looked at yet.
    ///
    /// # Errors
    /// Anything else than a declaration, comments, processing instructions and white space before it.
    pub fn root(&mut self) -> Result<Element, ParseError> {
        self.next_root()?.ok_or_else(|| self.error("no element"))
    }

    /// The root element of the first or a further document, or `None` at the end.
    pub(crate) fn next_root(&mut self) -> Result<Option<Element>, ParseError> {
        loop {
            match self.next()? {
                Event::Start(start) => return self.element(&start).map(Some),
                Event::Text(text) if !is_blank(&text.xml10_content()) => {
                    return Err(ParseError::new(0, "text before the first element"));
                }
                Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.error("text before the first element"));
                }
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// The next child element of `parent`, or `None` at its end. What was not read of the child before is skipped.
    ///
    /// # Errors
    /// What is not well-formed, and more than the limits.
    pub fn child(&mut self, parent: &Element) -> Result<Option<Element>, ParseError> {
        while self.depth >= parent.depth {
            match self.next()? {
                Event::Start(start) if self.depth == parent.depth + 1 => {
                    return self.element(&start).map(Some);
                }
                Event::Eof => return Err(self.truncated(parent)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The text of an element up to its end, without that of its children; `None` if it is marked as absent.
    ///
    /// # Errors
    /// What is not well-formed, undeclared entities, and more than the limits.
    pub fn text(&mut self, element: &Element) -> Result<Option<String>, ParseError> {
        let mut all = String::new();
        while self.depth >= element.depth {
            let here = self.depth == element.depth;
            match self.next()? {
                Event::Text(text) if here => all.push_str(&text.xml10_content()),
                Event::CData(text) if here => all.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if here => all.push(self.reference(&reference)?),
                Event::Eof => return Err(self.truncated(element)),
                _ => {}
            }
        }
        Ok((!element.is_nil()).then_some(all))
    }

    /// The text of an element as a number; `None` if it is marked as absent.
    ///
    /// ```
    /// use nh_outcome::xml::Reader;
    ///
    /// let mut reader = Reader::new("<Success>3</Success>")?;
    /// let success = reader.root()?;
    /// assert_eq!(reader.number(&success)?, Some(3));
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Reader::text`], and text that is no whole number from 0 to 2^64 - 1.
    pub fn number(&mut self, element: &Element) -> Result<Option<u64>, ParseError> {
        let Some(text) = self.text(element)? else { return Ok(None) };
        match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.error(format!("{} is no number", element.name))),
        }
    }

    /// The text of an element as an `xs:boolean`: `true`, `false`, `1` or `0`; `None` if it is marked as absent or empty.
    ///
    /// ```
    /// use nh_outcome::xml::Reader;
    ///
    /// let mut reader = Reader::new("<Status>1</Status>")?;
    /// let status = reader.root()?;
    /// assert_eq!(reader.boolean(&status)?, Some(true));
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Reader::text`], and any other text.
    pub fn boolean(&mut self, element: &Element) -> Result<Option<bool>, ParseError> {
        let text = self.text(element)?.unwrap_or_default();
        match text.trim() {
            "" => Ok(None),
            "1" => Ok(Some(true)),
            "0" => Ok(Some(false)),
            word if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
            word if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(self.error(format!("{} is neither true nor false", element.name))),
        }
    }

    /// The text of an element as a time, UTC unless it names a zone; `None` if it is marked as absent or empty.
    ///
    /// # Errors
    /// Those of [`Reader::text`], and text that is no time as `2015-11-02T21:19:43.9926996Z`.
    pub fn time(&mut self, element: &Element) -> Result<Option<OffsetDateTime>, ParseError> {
        let text = self.text(element)?.unwrap_or_default();
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match parse_time(text) {
            Some(time) => Ok(Some(time)),
            None => Err(self.error(format!("{} is no time", element.name))),
        }
    }

    /// Reads to the end of the document.
    ///
    /// # Errors
    /// A document that ends too early, or has more than white space, comments and processing instructions after its root
    /// element.
    pub fn end(&mut self) -> Result<(), ParseError> {
        loop {
            let outside = self.depth == 0;
            match self.next()? {
                Event::Eof if outside => return Ok(()),
                Event::Eof => return Err(self.error("the document ends before its root element")),
                Event::Text(text) if outside && is_blank(&text.xml10_content()) => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Start(_) if outside => {
                    return Err(self.error("content after the root element"));
                }
                _ => {}
            }
        }
    }

    /// The byte up to which the document has been read.
    pub fn position(&self) -> u64 {
        self.inner.buffer_position()
    }

    /// The error that `found` stands where `expected` should.
    pub fn unexpected(&self, found: &Element, expected: &str) -> ParseError {
        let name: String = found.name.chars().take(60).collect();
        let namespace = match found.namespace() {
            Some(namespace) => {
                format!("in the namespace {}", namespace.chars().take(120).collect::<String>())
            }
            None => "in no namespace".to_owned(),
        };
        self.error(format!("found {name} {namespace}, expected {expected}"))
    }

    /// The error that there is a `problem` here.
    pub fn error(&self, problem: impl Into<String>) -> ParseError {
        ParseError::new(self.position(), problem)
    }

    fn truncated(&self, element: &Element) -> ParseError {
        self.error(format!("the document ends within {}", element.name))
    }

    fn next(&mut self) -> Result<Event<'a>, ParseError> {
        let event = self
            .inner
            .read_event()
            .map_err(|error| ParseError::new(self.inner.error_position(), error.to_string()))?;
        if self.position() > MOST_BYTES as u64 {
            return Err(ParseError::new(0, format!("document of more than {MOST_BYTES} bytes")));
        }
        match &event {
            Event::Start(_) => {
                self.depth += 1;
                self.elements += 1;
                if self.depth > DEEPEST {
                    return Err(self.error(format!("elements nested more than {DEEPEST} deep")));
                }
                if self.elements > MOST_ELEMENTS {
                    return Err(self.error(format!("more than {MOST_ELEMENTS} elements")));
                }
            }
            // quick-xml has matched it with its start.
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => {
                return Err(self.error("a document type declaration, which the service never sends"));
            }
            _ => {}
        }
        Ok(event)
    }

    fn element(&self, start: &BytesStart<'_>) -> Result<Element, ParseError> {
        let resolver = self.inner.resolver();
        let (namespace, name) = resolver.resolve_element(start.name());
        let mut element = Element {
            namespace: self.namespace(namespace)?,
            name: name.as_ref().to_owned(),
            attributes: Vec::new(),
            depth: self.depth,
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.error(error.to_string()))?;
            if element.attributes.len() == MOST_ATTRIBUTES {
                return Err(self.error(format!("more than {MOST_ATTRIBUTES} attributes")));
            }
            let (namespace, name) = resolver.resolve_attribute(attribute.key);
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| self.error(error.to_string()))?;
            element.attributes.push((
                self.namespace(namespace)?,
                name.as_ref().to_owned(),
                value.into_owned(),
            ));
        }
        Ok(element)
    }

    fn namespace(&self, found: ResolveResult<'_>) -> Result<Option<String>, ParseError> {
        match found {
            ResolveResult::Bound(namespace) if namespace.0.len() > LONGEST_NAMESPACE => {
                Err(self.error(format!("a namespace of more than {LONGEST_NAMESPACE} bytes")))
            }
            ResolveResult::Bound(namespace) => Ok(Some(namespace.0.to_owned())),
            ResolveResult::Unbound => Ok(None),
            ResolveResult::Unknown(prefix) => Err(self.error(format!("the prefix {prefix} is not declared"))),
        }
    }

    fn reference(&self, reference: &BytesRef<'_>) -> Result<char, ParseError> {
        if let Some(character) =
            reference.resolve_char_ref().map_err(|error| self.error(error.to_string()))?
        {
            return Ok(character);
        }
        match &*reference.xml10_content() {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            other => Err(self
                .error(format!("the entity {} is not declared", other.chars().take(60).collect::<String>()))),
        }
    }
}

/// A time as the service writes it: `2015-11-02T21:19:43.9926996Z`, in UTC if it names no zone, up to
/// `9999-12-31T23:59:59.9999999`. `None` if it is none.
///
/// ```
/// use nh_outcome::xml::parse_time;
///
/// assert_eq!(parse_time("9999-12-31T23:59:59.9999999"), parse_time("9999-12-31T23:59:59.9999999Z"));
/// assert_eq!(parse_time("soon"), None);
/// ```
pub fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()
}

fn is_blank(text: &str) -> bool {
    text.trim_matches([' ', '\t', '\r', '\n', '\u{feff}']).is_empty()
}

#[cfg(test)]
mod tests;
