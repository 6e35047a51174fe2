use nh_outcome::{Outcome, Platform};

/// What became of a notification on one device.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) platform: Platform,
    pub(crate) pns_handle: String,
    pub(crate) registration_id: Option<String>,
    pub(crate) outcome: Outcome,
}
