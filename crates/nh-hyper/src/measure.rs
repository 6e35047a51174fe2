//! Metrics of calls and their attempts, at the places where the spans are written and with their words. Without the feature `metrics`
//! all of this is empty, and no instruction is left of it.

#[cfg(not(feature = "metrics"))]
mod nothing;
#[cfg(feature = "metrics")]
mod recorded;

#[cfg(not(feature = "metrics"))]
pub(crate) use nothing::{Attempt, bulk, call, waited};
#[cfg(feature = "metrics")]
pub use recorded::describe_metrics;
#[cfg(feature = "metrics")]
pub(crate) use recorded::{Attempt, bulk, call, waited};
