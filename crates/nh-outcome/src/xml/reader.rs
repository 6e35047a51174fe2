use super::element::{Element, Tag, parts};
use super::namespaces::{Namespaces, declared_prefix};
use super::short::short;
use super::{INSTANCE, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MIN_BYTES_PER_ELEMENT, parse_time};
use crate::ParseError;
use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesCData, BytesRef, BytesStart, BytesText, Event};
use std::borrow::Cow;
use std::fmt;
use time::OffsetDateTime;

/// Reads a document from front to back.
pub struct Reader<'a> {
    document: &'a str,
    inner: quick_xml::Reader<&'a [u8]>,
    namespaces: Namespaces<'a>,
    /// How many elements are open.
    depth: usize,
    /// The element that was read last is `<name/>`: its end comes next.
    ends_at_once: bool,
    elements: usize,
    most_elements: usize,
    /// The attributes of the element that was read last: kept here so that they are allocated for once.
    attributes: Vec<Attribute<'a>>,
}

/// What a document consists of.
enum Piece<'a> {
    Start(Tag<'a>),
    End,
    Text(BytesText<'a>),
    CData(BytesCData<'a>),
    Reference(BytesRef<'a>),
    /// A comment, a processing instruction or the declaration.
    Aside,
    Eof,
}

impl<'a> Reader<'a> {
    /// Begins to read a text. [`decode`](super::decode) makes a text of bytes.
    pub fn new(document: &'a str) -> Reader<'a> {
        let document = document.strip_prefix('\u{feff}').unwrap_or(document);
        Reader {
            document,
            inner: quick_xml::Reader::from_str(document),
            namespaces: Namespaces::default(),
            depth: 0,
            ends_at_once: false,
            elements: 0,
            most_elements: MAX_ELEMENTS.max(document.len() / MIN_BYTES_PER_ELEMENT),
            attributes: Vec::new(),
        }
    }

    /// The root element. What follows it has not been looked at yet.
    ///
    /// # Errors
    /// Anything else than a declaration, comments, processing instructions and white space before it.
    pub fn root(&mut self) -> Result<Element<'a>, ParseError> {
        self.next_root()?.ok_or_else(|| self.error("no element"))
    }

    /// The root element of the first or a further document, or `None` at the end.
    pub(crate) fn next_root(&mut self) -> Result<Option<Element<'a>>, ParseError> {
        loop {
            match self.next()? {
                Piece::Start(tag) => return self.element(tag).map(Some),
                Piece::Text(text) if !is_blank(&text) => {
                    return Err(ParseError::new(0, "text before the first element"));
                }
                Piece::CData(_) | Piece::Reference(_) => {
                    return Err(self.error("text before the first element"));
                }
                Piece::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// The next child element of `parent`, or `None` at its end. What was not read of the child before is skipped.
    ///
    /// # Errors
    /// What is not well-formed, and more than the limits.
    pub fn child(&mut self, parent: &Element<'_>) -> Result<Option<Element<'a>>, ParseError> {
        while self.depth >= parent.depth {
            match self.next()? {
                Piece::Start(tag) if self.depth == parent.depth + 1 => {
                    return self.element(tag).map(Some);
                }
                Piece::Eof => return Err(self.truncated(parent)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The text of an element up to its end, without that of its children; `None` if it is marked as absent. Text in one
    /// piece is borrowed from the document.
    ///
    /// # Errors
    /// What is not well-formed, undeclared entities, and more than the limits.
    pub fn text(&mut self, element: &Element<'_>) -> Result<Option<Cow<'a, str>>, ParseError> {
        let mut all = Cow::Borrowed("");
        while self.depth >= element.depth {
            let here = self.depth == element.depth;
            match self.next()? {
                Piece::Text(text) if here => append(&mut all, text.xml10_content()),
                Piece::CData(text) if here => append(&mut all, text.xml10_content()),
                Piece::Reference(reference) if here => {
                    all.to_mut().push(character(&reference).map_err(|why| self.error(why))?);
                }
                Piece::Eof => return Err(self.truncated(element)),
                _ => {}
            }
        }
        Ok((!element.is_nil()).then_some(all))
    }

    /// The text of an element as [`text`](Reader::text) reads it, owned.
    ///
    /// # Errors
    /// Those of [`Reader::text`].
    pub fn string(&mut self, element: &Element<'_>) -> Result<Option<String>, ParseError> {
        Ok(self.text(element)?.map(Cow::into_owned))
    }

    /// The text of an element as a number; `None` if it is marked as absent.
    ///
    /// ```
    /// use nh_outcome::xml::Reader;
    ///
    /// let mut reader = Reader::new("<Success>3</Success>");
    /// let success = reader.root()?;
    /// assert_eq!(reader.number(&success)?, Some(3));
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Reader::text`], and text that is no whole number from 0 to 2^64 - 1.
    pub fn number(&mut self, element: &Element<'_>) -> Result<Option<u64>, ParseError> {
        let Some(text) = self.text(element)? else { return Ok(None) };
        match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.error(format!("{} is no number", short(element.name())))),
        }
    }

    /// The text of an element as an `xs:boolean`: `true`, `false`, `1` or `0`; `None` if it is marked as absent or empty.
    ///
    /// ```
    /// use nh_outcome::xml::Reader;
    ///
    /// let mut reader = Reader::new("<Status>1</Status>");
    /// let status = reader.root()?;
    /// assert_eq!(reader.boolean(&status)?, Some(true));
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Reader::text`], and any other text.
    pub fn boolean(&mut self, element: &Element<'_>) -> Result<Option<bool>, ParseError> {
        let text = self.text(element)?.unwrap_or_default();
        match text.trim() {
            "" => Ok(None),
            "1" => Ok(Some(true)),
            "0" => Ok(Some(false)),
            word if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
            word if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(self.error(format!("{} is neither true nor false", short(element.name())))),
        }
    }

    /// The text of an element as a time, UTC unless it names a zone; `None` if it is marked as absent or empty.
    ///
    /// # Errors
    /// Those of [`Reader::text`], and text that is no time as `2015-11-02T21:19:43.9926996Z`.
    pub fn time(&mut self, element: &Element<'_>) -> Result<Option<OffsetDateTime>, ParseError> {
        let text = self.text(element)?.unwrap_or_default();
        match parse_time(&text) {
            Some(time) => Ok(Some(time)),
            None if text.trim().is_empty() => Ok(None),
            None => Err(self.error(format!("{} is no time", short(element.name())))),
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
                Piece::Eof if outside => return Ok(()),
                Piece::Eof => return Err(self.error("the document ends before its root element")),
                Piece::Text(text) if outside && is_blank(&text) => {}
                Piece::Text(_) | Piece::CData(_) | Piece::Reference(_) | Piece::Start(_) if outside => {
                    return Err(self.error("content after the root element"));
                }
                _ => {}
            }
        }
    }

    /// The byte up to which the document has been read.
    pub fn position(&self) -> u64 {
        self.at() as u64
    }

    fn at(&self) -> usize {
        self.document.len() - self.inner.get_ref().len()
    }

    /// The error that `found` stands where `expected` should.
    pub fn unexpected(&self, found: &Element<'_>, expected: &str) -> ParseError {
        let name = short(found.name());
        self.error(match found.namespace() {
            Some(namespace) => {
                format!("found {name} in the namespace {}, expected {expected}", short(namespace))
            }
            None => format!("found {name} in no namespace, expected {expected}"),
        })
    }

    /// The error that there is a `problem` here.
    pub fn error(&self, problem: impl Into<String>) -> ParseError {
        ParseError::new(self.position(), problem)
    }

    fn truncated(&self, element: &Element<'_>) -> ParseError {
        self.error(format!("the document ends within {}", short(element.name())))
    }

    fn next(&mut self) -> Result<Piece<'a>, ParseError> {
        if std::mem::take(&mut self.ends_at_once) {
            return Ok(self.close());
        }
        let event = self
            .inner
            .read_event()
            .map_err(|error| ParseError::new(self.inner.error_position(), error.to_string()))?;
        Ok(match event {
            Event::Start(start) => Piece::Start(self.open(&start, ">".len())?),
            Event::Empty(start) => {
                // quick-xml can end it by itself, but allocates for that.
                self.ends_at_once = true;
                Piece::Start(self.open(&start, "/>".len())?)
            }
            Event::End(_) => self.close(),
            Event::Text(text) => Piece::Text(text),
            Event::CData(text) => Piece::CData(text),
            Event::GeneralRef(reference) => Piece::Reference(reference),
            Event::DocType(_) => {
                return Err(self.error("a document type declaration, which the service never sends"));
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Piece::Aside,
            Event::Eof => Piece::Eof,
        })
    }

    /// Counts an element that begins. quick-xml lends what stands in its tag for a shorter time than the document lasts,
    /// so this cuts it out of the document anew.
    fn open(&mut self, start: &BytesStart<'_>, closing: usize) -> Result<Tag<'a>, ParseError> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("elements nested more than {MAX_DEPTH} deep")));
        }
        if self.elements > self.most_elements {
            return Err(self.error(format!("more than {} elements", self.most_elements)));
        }
        let end = self.at().saturating_sub(closing);
        match self.document.get(end.saturating_sub(start.len())..end) {
            Some(content) => Ok(Tag { content, name_end: start.name().as_ref().len() }),
            None => Err(self.error("a tag that is no part of the document")),
        }
    }

    fn close(&mut self) -> Piece<'a> {
        // quick-xml has matched it with its start.
        self.depth = self.depth.saturating_sub(1);
        self.namespaces.close(self.depth);
        Piece::End
    }

    fn element(&mut self, tag: Tag<'a>) -> Result<Element<'a>, ParseError> {
        let (is_nil, type_name) = self.attributes(tag).map_err(|why| self.error(why))?;
        let (prefix, name) = tag.name();
        let namespace = self.namespaces.resolve(prefix).map_err(|why| self.error(why))?;
        Ok(Element { tag, name, namespace, is_nil, type_name, depth: self.depth })
    }

    /// Checks all attributes and notes the namespaces that they declare. Returns what `i:nil` and `i:type` say.
    fn attributes(&mut self, tag: Tag<'a>) -> Result<(bool, Option<Cow<'a, str>>), String> {
        let (mut is_nil, mut type_name) = (false, None);
        if tag.content.len() == tag.name_end {
            return Ok((is_nil, type_name));
        }
        self.attributes.clear();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = attribute.key.into_inner();
            if self.attributes.iter().any(|known| known.key == attribute.key) {
                return Err(format!("the attribute {} stands twice in one element", short(name)));
            }
            if self.attributes.len() == MAX_ATTRIBUTES {
                return Err(format!("more than {MAX_ATTRIBUTES} attributes"));
            }
            check_references(&attribute.value)?;
            if let (Some(prefix), Cow::Borrowed(namespace)) = (declared_prefix(name), &attribute.value) {
                self.namespaces.declare(prefix, namespace, self.depth)?;
            }
            self.attributes.push(attribute);
        }
        for attribute in &self.attributes {
            let (prefix, name) = parts(attribute.key.into_inner());
            if prefix.is_none() || self.namespaces.resolve(prefix)? != Some(INSTANCE) {
                continue;
            }
            let value = || attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|why| why.to_string());
            match name {
                "nil" => is_nil = matches!(&*value()?, "true" | "1"),
                "type" => type_name = Some(value()?),
                _ => {}
            }
        }
        Ok((is_nil, type_name))
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("position", &self.position()).finish_non_exhaustive()
    }
}

fn append<'a>(all: &mut Cow<'a, str>, piece: Cow<'a, str>) {
    if all.is_empty() {
        *all = piece;
    } else {
        all.to_mut().push_str(&piece);
    }
}

/// The character that a reference stands for. `reference` is what stands between `&` and `;`.
fn character(reference: &BytesRef<'_>) -> Result<char, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character);
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        other => Err(format!("the entity {} is not declared", short(other))),
    }
}

/// Can each reference in the value of an attribute be resolved?
fn check_references(value: &str) -> Result<(), String> {
    if !value.as_bytes().contains(&b'&') {
        return Ok(());
    }
    for after in value.split('&').skip(1) {
        let (reference, _) = after.split_once(';').ok_or("a reference in an attribute has no end")?;
        character(&BytesRef::new(reference))?;
    }
    Ok(())
}

fn is_blank(text: &str) -> bool {
    text.trim_matches([' ', '\t', '\r', '\n', '\u{feff}']).is_empty()
}
