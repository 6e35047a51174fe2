use nh_outcome::Platform;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
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
    /// Its number; they count up.
    pub id: u64,
    /// When, by the emulator's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// Through which hub.
    pub hub: String,
    /// The notification that it is a copy of.
    pub notification_id: String,
    /// The device's platform.
    pub platform: Platform,
    /// The device's handle.
    pub pns_handle: String,
    /// The registration that was reached; a direct send needs none.
    pub registration_id: Option<String>,
    /// The registration's tags.
    pub tags: Vec<String>,
    /// The name of the template that was filled in, if it has one.
    pub template: Option<String>,
    /// The template before it was filled in, for a template notification.
    pub template_body: Option<String>,
    /// The properties that the template asks for, and that neither the notification nor the device has: nothing stands in their
    /// place.
    pub unfilled_properties: Vec<String>,
    /// What was sent to the hub. What is not UTF-8 is replaced.
    pub notification_body: String,
    /// The payload; for a template notification, the rendered template. What is not UTF-8 is replaced.
    pub payload: String,
    /// The platform headers that went with it, in lower case.
    pub headers: BTreeMap<String, String>,
}

/// A delivery as it is kept: copies of one notification share its texts.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Received {
    pub(crate) id: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) time: OffsetDateTime,
    pub(crate) hub: Arc<str>,
    pub(crate) notification_id: Arc<str>,
    pub(crate) platform: Platform,
    pub(crate) pns_handle: String,
    pub(crate) registration_id: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) template: Option<String>,
    pub(crate) template_body: Option<String>,
    pub(crate) unfilled_properties: Vec<String>,
    pub(crate) notification_body: Arc<str>,
    pub(crate) payload: Arc<str>,
    pub(crate) headers: Arc<BTreeMap<String, String>>,
}

impl From<&Received> for Delivery {
    fn from(received: &Received) -> Delivery {
        let received = received.clone();
        Delivery {
            id: received.id,
            time: received.time,
            hub: received.hub.to_string(),
            notification_id: received.notification_id.to_string(),
            platform: received.platform,
            pns_handle: received.pns_handle,
            registration_id: received.registration_id,
            tags: received.tags,
            template: received.template,
            template_body: received.template_body,
            unfilled_properties: received.unfilled_properties,
            notification_body: received.notification_body.to_string(),
            payload: received.payload.to_string(),
            headers: (*received.headers).clone(),
        }
    }
}
