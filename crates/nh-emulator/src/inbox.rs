use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use time::OffsetDateTime;

/// What one device received.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::start_blocking()?;
/// assert!(emulator.inbox().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// Through which hub.
    pub hub: String,
    /// The notification that it is a copy of.
    pub notification_id: String,
    /// The device's platform: `apple`, `windows`, ..
    pub platform: String,
    /// The device's handle.
    pub pns_handle: String,
    /// The registration that was reached; a direct send needs none.
    pub registration_id: Option<String>,
    /// The registration's tags.
    pub tags: Vec<String>,
    /// The template that was filled in, for a template notification.
    pub template: Option<String>,
    /// The payload; for a template notification, the rendered template. What is not UTF-8 is replaced.
    pub payload: String,
    /// The platform headers that went with it, in lower case.
    pub headers: BTreeMap<String, String>,
}

/// All deliveries, oldest first.
#[derive(Default)]
pub(crate) struct Inbox(Mutex<Vec<Delivery>>);

impl Inbox {
    pub(crate) fn add(&self, deliveries: Vec<Delivery>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(deliveries);
    }

    pub(crate) fn all(&self) -> Vec<Delivery> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
