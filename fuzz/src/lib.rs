//! The fuzz targets of nh-core and nh-outcome. Each is a function of bytes that stands here once. libFuzzer calls it with bytes
//! of its own (`fuzz_targets/`), and a test of nh-core with the files in `corpus/` (`crates/nh-core/tests/corpus.rs`).
//!
//! No target may panic, whatever the bytes are. Where the crates can write what they read, a target compares both.

mod client;
mod outcome;
mod resource_manager;

pub mod request;

pub use client::*;
pub use outcome::*;
pub use resource_manager::*;

/// A target.
pub type Target = fn(&[u8]);

/// All of them by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("blob_list", blob_list),
    ("connection_string", connection_string),
    ("error_document", error_document),
    ("feedback", feedback),
    ("hub_description", hub_description),
    ("installation", installation),
    ("job", job),
    ("job_lines", job_lines),
    ("keys", keys),
    ("notification_details", notification_details),
    ("notification_outcome", notification_outcome),
    ("patch", patch),
    ("payload", payload),
    ("receipt", receipt),
    ("registration_entry", registration_entry),
    ("registration_feed", registration_feed),
    ("registration_json", registration_json),
    ("requests", requests),
    ("resource_id", resource_id),
    ("retry_after", retry_after),
    ("sas_uri", sas_uri),
    ("tag", tag),
    ("tag_expression", tag_expression),
    ("template", template),
];

/// Text for parsers of text. Bytes that are none become U+FFFD, so that no input is lost.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The first lines of an input, for targets with several arguments. The last argument is the rest, with its line breaks.
fn arguments<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut parts = bytes.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
