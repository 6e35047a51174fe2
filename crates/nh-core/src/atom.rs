//! Atom entries and feeds: the envelope of registrations, jobs and hub descriptions.

use crate::BuildError;
use bytes::Bytes;
use http::HeaderValue;
use nh_outcome::ParseError;
use nh_outcome::xml::{ATOM, CONNECT, Element, INSTANCE, Reader, decode, push};
use std::borrow::Cow;

/// The content type of an entry that is sent.
pub(crate) const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/atom+xml;type=entry;charset=utf-8");

/// An entry that was read: its title, and what its content was read as.
pub(crate) struct Entry<T> {
    pub(crate) title: Option<String>,
    pub(crate) content: Option<T>,
}

/// The body of a request: an entry with one element of the contract, whose children `write` writes.
pub(crate) fn write(
    element: &str,
    write: impl FnOnce(&mut String) -> Result<(), BuildError>,
) -> Result<Bytes, BuildError> {
    let mut xml = String::with_capacity(512);
    push(
        &mut xml,
        format_args!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><entry xmlns=\"{ATOM}\"><content type=\"application/xml\">\
             <{element} xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">"
        ),
    );
    write(&mut xml)?;
    push(&mut xml, format_args!("</{element}></content></entry>"));
    Ok(xml.into())
}

/// Reads one entry.
pub(crate) fn read_entry<T>(
    body: &[u8],
    content: impl FnMut(&mut Reader<'_>, &Element<'_>) -> Result<T, ParseError>,
) -> Result<Entry<T>, ParseError> {
    document(body, "entry", |reader, root| {
        let (title, content) = entry(reader, root, content)?;
        Ok(Entry { title: title.map(Cow::into_owned), content })
    })
}

/// Reads the content of one entry.
pub(crate) fn read_content<T>(
    body: &[u8],
    content: impl FnMut(&mut Reader<'_>, &Element<'_>) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    document(body, "entry", |reader, root| {
        let (_, content) = entry(reader, root, content)?;
        content.ok_or_else(|| reader.error("the entry has no content"))
    })
}

/// Reads a feed, which may have no entry.
pub(crate) fn read_feed<T>(
    body: &[u8],
    mut content: impl FnMut(&mut Reader<'_>, &Element<'_>) -> Result<T, ParseError>,
) -> Result<Vec<Entry<T>>, ParseError> {
    let mut entries = Vec::new();
    each_entry(body, |reader, element| {
        let (title, content) = entry(reader, element, &mut content)?;
        entries.push(Entry { title: title.map(Cow::into_owned), content });
        Ok(())
    })?;
    Ok(entries)
}

/// Reads the contents of a feed's entries. One without content says nothing and is left out.
pub(crate) fn read_contents<T>(
    body: &[u8],
    mut content: impl FnMut(&mut Reader<'_>, &Element<'_>) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    let mut contents = Vec::new();
    each_entry(body, |reader, element| {
        contents.extend(entry(reader, element, &mut content)?.1);
        Ok(())
    })?;
    Ok(contents)
}

fn each_entry(
    body: &[u8],
    mut read: impl FnMut(&mut Reader<'_>, &Element<'_>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    document(body, "feed", |reader, root| {
        while let Some(child) = reader.child(root)? {
            if child.is(ATOM, "entry") {
                read(reader, &child)?;
            }
        }
        Ok(())
    })
}

/// Is it a feed? What follows the root element is not looked at.
pub(crate) fn is_feed(body: &[u8]) -> bool {
    let is_feed = |text: &str| Reader::new(text).root().is_ok_and(|root| root.is(ATOM, "feed"));
    decode(body).is_ok_and(|text| is_feed(&text))
}

fn document<T>(
    body: &[u8],
    name: &str,
    read: impl FnOnce(&mut Reader<'_>, &Element<'_>) -> Result<T, ParseError>,
) -> Result<T, ParseError> {
    let text = decode(body)?;
    let mut reader = Reader::new(&text);
    let root = reader.root()?;
    if !root.is(ATOM, name) {
        return Err(reader.unexpected(&root, &format!("an Atom {name}")));
    }
    let read = read(&mut reader, &root)?;
    reader.end()?;
    Ok(read)
}

/// The title of an entry, and what its content was read as.
fn entry<'a, T>(
    reader: &mut Reader<'a>,
    entry: &Element<'_>,
    mut content: impl FnMut(&mut Reader<'_>, &Element<'_>) -> Result<T, ParseError>,
) -> Result<(Option<Cow<'a, str>>, Option<T>), ParseError> {
    let (mut title, mut read) = (None, None);
    while let Some(child) = reader.child(entry)? {
        match child.name_in(ATOM) {
            "title" => title = reader.text(&child)?,
            "content" => {
                if let Some(element) = reader.child(&child)? {
                    read = Some(content(reader, &element)?);
                }
            }
            _ => {}
        }
    }
    Ok((title, read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(_: &mut Reader<'_>, element: &Element<'_>) -> Result<String, ParseError> {
        Ok(element.name().to_owned())
    }

    #[test]
    fn what_is_written_is_read() {
        let body = write("Thing", |_| Ok(())).unwrap();
        assert_eq!(read_content(&body, name).unwrap(), "Thing");
    }

    #[test]
    fn prefixes_do_not_matter_and_namespaces_do() {
        let feed = format!(
            "<f:feed xmlns:f='{ATOM}'><f:entry><f:title>t</f:title><f:content><Thing/></f:content></f:entry><entry/></f:feed>"
        );
        let entries = read_feed(feed.as_bytes(), name).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].title.as_deref(), entries[0].content.as_deref()), (Some("t"), Some("Thing")));
        for wrong in ["<feed/>", "<feed xmlns='x'/>", "<feed>", ""] {
            assert!(read_feed(wrong.as_bytes(), name).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_entry_without_content() {
        let entry = format!("<entry xmlns='{ATOM}'/>");
        let feed = format!("<feed xmlns='{ATOM}'>{entry}</feed>");
        assert!(read_entry(entry.as_bytes(), name).unwrap().content.is_none());
        assert!(read_content(entry.as_bytes(), name).unwrap_err().to_string().contains("no content"));
        assert_eq!(read_feed(feed.as_bytes(), name).unwrap().len(), 1);
        assert!(read_contents(feed.as_bytes(), name).unwrap().is_empty());
        assert!(is_feed(feed.as_bytes()) && !is_feed(entry.as_bytes()) && !is_feed(b"x"));
    }
}
