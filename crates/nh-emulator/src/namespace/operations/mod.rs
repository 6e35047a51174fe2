//! What can be done in a namespace, one file for each kind of thing: typed requests in, typed results out.

pub(crate) mod device;
pub(crate) mod devices;
mod hints;
pub(crate) mod hubs;
mod installations;
mod jobs;
pub(crate) mod new_device;
mod registrations;
pub(crate) mod schedule;
mod send;
