//! The rules of the README beside the cases, one file each.

pub(crate) mod answer;
mod body;
mod calls;
pub(crate) mod case;
mod compare_answer;
mod multipart;
mod pages;
pub(crate) mod request;
pub(crate) mod sas;
mod wire;
mod xml;
