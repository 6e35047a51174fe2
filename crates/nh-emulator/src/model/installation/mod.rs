//! Installations: JSON documents, and the registrations that each of them stands for.

#[expect(clippy::module_inception, reason = "a file has the name of the idea in it")]
mod installation;
mod patch;
mod schema;

pub(crate) use installation::{Document, checked, read};
pub(crate) use patch::patch;
