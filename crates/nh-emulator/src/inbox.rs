use crate::event::{Event, Events};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// The newest so many deliveries are kept.
const KEPT: usize = 100_000;

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
    /// The device's platform: `apple`, `windows`, ..
    pub platform: String,
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
    pub(crate) platform: String,
    pub(crate) pns_handle: String,
    pub(crate) registration_id: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) template: Option<String>,
    pub(crate) template_body: Option<String>,
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
            notification_body: received.notification_body.to_string(),
            payload: received.payload.to_string(),
            headers: (*received.headers).clone(),
        }
    }
}

/// The newest deliveries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    kept: Mutex<Kept>,
    events: Events,
}

#[derive(Debug, Default)]
struct Kept {
    deliveries: VecDeque<Arc<Received>>,
    last: u64,
}

impl Inbox {
    pub(crate) fn new(events: Events) -> Inbox {
        Inbox { kept: Mutex::default(), events }
    }

    /// Numbers and keeps what devices have received.
    pub(crate) fn add(&self, deliveries: Vec<Received>) {
        let mut kept = self.kept();
        for mut received in deliveries {
            kept.last += 1;
            received.id = kept.last;
            let received = Arc::new(received);
            self.events.tell(Event::Delivery(received.clone()));
            if kept.deliveries.len() == KEPT {
                kept.deliveries.pop_front();
            }
            kept.deliveries.push_back(received);
        }
    }

    pub(crate) fn all(&self) -> Vec<Delivery> {
        self.kept().deliveries.iter().map(|received| Delivery::from(&**received)).collect()
    }

    /// The newest `limit` of those that fit and are older than `before`; oldest first.
    pub(crate) fn newest(
        &self,
        limit: usize,
        before: Option<u64>,
        fits: impl Fn(&Received) -> bool,
    ) -> Vec<Arc<Received>> {
        let kept = self.kept();
        let older = kept.deliveries.iter().rev().filter(|received| before.is_none_or(|id| received.id < id));
        let mut found: Vec<_> = older.filter(|received| fits(received)).take(limit).cloned().collect();
        found.reverse();
        found
    }

    /// How many there have been.
    pub(crate) fn count(&self) -> u64 {
        self.kept().last
    }

    pub(crate) fn clear(&self) {
        self.kept().deliveries.clear();
        self.events.tell(Event::Inbox);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
