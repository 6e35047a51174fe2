//! What to do with the handles that feedback calls dead, and where a reading of feedback stands.

mod dead_handle;
mod feedback_position;
mod prunable;

pub use dead_handle::{DeadHandle, Holder, Remedy};
pub use feedback_position::FeedbackPosition;
pub use prunable::{Deletion, Kept, KeptBecause, Prunable};
