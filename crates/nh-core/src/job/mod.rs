//! Jobs import or export many registrations at once. They read and write files in blob storage.

mod import_file;
#[expect(clippy::module_inception, reason = "the file of the type Job")]
pub(crate) mod job;
mod lines;
pub(crate) mod words;

pub use import_file::{ImportFile, import_doubts};
pub use lines::{Line, import_line, lines};
