//! The namespace: hubs and what they hold, and what can be done with them. It knows no HTTP: the REST face, the control API, the
//! page and the Rust API are four skins over it.

pub(crate) mod blobs;
pub(crate) mod clock;
pub(crate) mod counts;
pub(crate) mod data;
mod delivery_round;
pub(crate) mod events;
pub(crate) mod feedback;
mod gone;
pub(crate) mod hub;
mod installations;
#[expect(clippy::module_inception, reason = "a file has the name of the type in it")]
pub(crate) mod namespace;
pub(crate) mod operations;
pub(crate) mod registrations;
pub(crate) mod rejections;
pub(crate) mod ring;
pub(crate) mod schedule;
pub(crate) mod telemetry;
pub(crate) mod throttle;
