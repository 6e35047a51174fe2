//! Reads and writes XML. The reader matches by namespace, never by prefix, and holds the limits.
//!
//! ```
//! use nh_outcome::xml::{CONNECT, Reader};
//!
//! let mut reader = Reader::new("<a:Job xmlns:a='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
//!     <a:New><a:Type>no</a:Type></a:New><a:Type>Export &amp; more</a:Type></a:Job>");
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
//! Names, namespaces and plain text are borrowed from the document. What is skipped allocates nothing.
//!
//! A document type declaration is an error: the service sends none, and its entities could grow without end. The reader
//! knows the five predefined entities and character references, and no other entity.
//!
//! No limit counts bytes. The caller has the whole document in memory already and decides how large it may be.

mod decode;
mod element;
mod namespaces;
mod reader;
mod short;
mod time;
mod write;

pub use decode::decode;
pub use element::Element;
pub use reader::Reader;
pub use time::parse_time;
pub use write::{IllegalChar, push, push_attribute, push_cdata, push_element};

/// The namespace of the service's own documents.
pub const CONNECT: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
/// The namespace of Atom.
pub const ATOM: &str = "http://www.w3.org/2005/Atom";
/// The namespace of `i:nil` and `i:type`.
pub const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Elements are nested at most so deep.
pub const MAX_DEPTH: usize = 64;
/// A document has at most so many elements, or one per [`MIN_BYTES_PER_ELEMENT`] bytes if that is more.
pub const MAX_ELEMENTS: usize = 200_000;
/// A document with more than [`MAX_ELEMENTS`] elements has on average at least so many bytes per element. The shortest
/// element of the service has more.
pub const MIN_BYTES_PER_ELEMENT: usize = 10;
/// An element has at most so many attributes.
pub const MAX_ATTRIBUTES: usize = 64;
/// At one place in a document, at most so many namespaces are declared.
pub const MAX_NAMESPACES: usize = 128;
/// A namespace that is used has at most so many bytes.
pub const MAX_NAMESPACE_BYTES: usize = 1024;

#[cfg(test)]
mod tests;
