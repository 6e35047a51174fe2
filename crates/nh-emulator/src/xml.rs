//! Is it XML at all?

use nh_outcome::ParseError;
use nh_outcome::xml::Reader;

/// The name of the root of a whole, well-formed document.
pub(crate) fn root(text: &str) -> Result<&str, ParseError> {
    let mut reader = Reader::new(text);
    let root = reader.root()?;
    while reader.child(&root)?.is_some() {}
    reader.end()?;
    Ok(root.name())
}
