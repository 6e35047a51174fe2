//! Reads the type of a Windows payload from its XML.

use nh_outcome::ParseError;
use nh_outcome::xml::{self, Reader};

/// The local name of the root element.
pub(super) fn root(payload: &[u8]) -> Result<String, ParseError> {
    Ok(Reader::new(&xml::decode(payload)?)?.root()?.name().to_owned())
}

/// The local names of the root element and of its first child.
pub(super) fn root_and_child(payload: &[u8]) -> Result<(String, Option<String>), ParseError> {
    let text = xml::decode(payload)?;
    let mut reader = Reader::new(&text)?;
    let root = reader.root()?;
    let child = reader.child(&root)?;
    Ok((root.name().to_owned(), child.map(|child| child.name().to_owned())))
}
