//! The rules of the README beside the cases, one file each.

pub(crate) mod answer;
mod body;
mod calls;
pub(crate) mod case;
mod multipart;
pub(crate) mod request;
pub(crate) mod sas;
mod xml;
