//! The REST face: what the service's clients talk to.

mod asked;
mod call;
mod data_plane;
mod error_answer;
pub(crate) mod fault;
pub(crate) mod front;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing;
mod handle_filter;
mod if_match;
mod multipart;
mod operation;
mod operations;
mod read_send;
mod reply;
pub(crate) mod request_counts;
mod request_log;
pub(crate) mod sas;

pub(crate) use asked::Asked;
pub(crate) use data_plane::longest_body;
pub(crate) use error_answer::ErrorAnswer;
