//! Jobs: imports and exports of many registrations by way of blob storage, and the files that they read and write.

#[expect(clippy::module_inception, reason = "the file of the type Job")]
pub(crate) mod job;
mod lines;
pub(crate) mod words;

pub use lines::{Line, import_line, lines};
