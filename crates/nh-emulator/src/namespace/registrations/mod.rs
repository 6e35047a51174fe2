//! The registrations of a hub, found by what is asked for.

mod posting;
mod record;
#[expect(clippy::module_inception, reason = "a file has the name of the type in it")]
mod registrations;
mod slots;
mod tags;
#[cfg(test)]
mod tests;

pub(crate) use registrations::{Census, Listing, Registrations};
