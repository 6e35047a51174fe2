//! Reads the type of a Windows payload from its XML.

use nh_outcome::ParseError;
use nh_outcome::xml::{self, Reader};
use std::borrow::Cow;

/// The local names of a root element and of its first child.
type Names<T> = (T, Option<T>);

/// The local name of the root element.
pub(super) fn root(payload: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    let (root, _) = read(payload, |text| Ok((Reader::new(text).root()?.name(), None)))?;
    Ok(root)
}

/// The local names of the root element and of its first child.
pub(super) fn root_and_child(payload: &[u8]) -> Result<Names<Cow<'_, str>>, ParseError> {
    read(payload, |text| {
        let mut reader = Reader::new(text);
        let root = reader.root()?;
        let child = reader.child(&root)?;
        Ok((root.name(), child.map(|child| child.name())))
    })
}

/// Names are borrowed from the payload, unless it is UTF-16.
fn read(
    payload: &[u8],
    names: for<'a> fn(&'a str) -> Result<Names<&'a str>, ParseError>,
) -> Result<Names<Cow<'_, str>>, ParseError> {
    Ok(match xml::decode(payload)? {
        Cow::Borrowed(text) => {
            let (root, child) = names(text)?;
            (root.into(), child.map(Cow::from))
        }
        Cow::Owned(text) => {
            let (root, child) = names(&text)?;
            (root.to_owned().into(), child.map(|child| child.to_owned().into()))
        }
    })
}
