//! What outlives the process: hubs and what they hold, the namespace's keys, and the sends that wait.
//!
//! A change is handed over while what it changes is locked, so that changes come in their order. A thread of its own takes
//! whatever has come and commits it in one transaction. No answer leaves before all that was handed over until then is
//! committed, so that nobody is told what a crash could take back.

mod cautious;
mod change;
mod committer;
#[expect(clippy::module_inception, reason = "a file has the name of the type in it")]
mod data;
mod database;
mod kept;

pub(crate) use change::Change;
pub(crate) use data::Data;
pub(crate) use kept::{Kept, KeptHub, KeptSend};

#[cfg(test)]
mod tests;
