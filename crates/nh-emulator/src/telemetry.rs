//! What has become of each notification: `NotificationDetails`.

use crate::delivered::Delivered;
use crate::notification::Notification;
use nh_outcome::Platform;
use quick_xml::escape::escape;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// By the notification's id.
pub(crate) struct Telemetry {
    all: Mutex<HashMap<String, Details>>,
    /// How long a notification is on its way, as far as telemetry tells: half of it it waits in the queue.
    processing: Duration,
    /// How many have been sent in all.
    sent: AtomicU64,
}

#[derive(Clone, Debug)]
struct Details {
    state: State,
    enqueued: OffsetDateTime,
    body: String,
    tags: Option<String>,
    template: bool,
    counts: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    platforms: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Scheduled,
    Canceled,
    Sent(OffsetDateTime),
}

impl Telemetry {
    pub(crate) fn new(processing: Duration) -> Telemetry {
        Telemetry { all: Mutex::default(), processing, sent: AtomicU64::new(0) }
    }

    /// A notification that waits for its time.
    pub(crate) fn schedule(
        &self,
        id: &str,
        notification: &Notification,
        tags: Option<String>,
        now: OffsetDateTime,
    ) {
        let details = Details {
            state: State::Scheduled,
            enqueued: now,
            body: String::from_utf8_lossy(&notification.body).into_owned(),
            tags,
            template: notification.platform().is_none(),
            counts: BTreeMap::new(),
            platforms: BTreeSet::new(),
        };
        self.all().insert(id.to_owned(), details);
    }

    /// A notification that has been sent, at once or when its time had come.
    pub(crate) fn sent(
        &self,
        id: &str,
        notification: &Notification,
        tags: Option<String>,
        delivered: &[Delivered],
        now: OffsetDateTime,
    ) {
        if !self.all().contains_key(id) {
            self.schedule(id, notification, tags, now);
        }
        let mut all = self.all();
        let Some(details) = all.get_mut(id) else { return };
        details.state = State::Sent(now);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let template = if details.template { "template" } else { "" };
        for device in delivered {
            let counts = details.counts.entry(element(&device.platform)).or_default();
            *counts.entry(device.verdict.name()).or_default() += 1;
            details.platforms.insert(format!("{}{template}", device.platform));
        }
    }

    /// It has been taken back.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(details) = self.all().get_mut(id) {
            details.state = State::Canceled;
        }
    }

    /// How many notifications have been sent in all, whatever became of them.
    pub(crate) fn count(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    /// The document, if there is such a notification. Its elements are in the order of the .NET SDK's contract.
    pub(crate) fn document(&self, id: &str, location: &str, now: OffsetDateTime) -> Option<String> {
        let details = self.all().get(id)?.clone();
        let (state, started, ended) = self.progress(&details, now);
        let mut xml = String::from(
            "<NotificationDetails xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\" \
             xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">",
        );
        let mut element = |name: &str, text: &str| {
            write!(xml, "<{name}>{}</{name}>", escape(text)).expect("a String takes every write");
        };
        let time =
            |time: OffsetDateTime| time.format(&Rfc3339).expect("the system's time is within RFC 3339");
        element("NotificationId", id);
        element("Location", location);
        element("State", state);
        element("EnqueueTime", &time(details.enqueued));
        if let Some(started) = started {
            element("StartTime", &time(started));
        }
        if let Some(ended) = ended {
            element("EndTime", &time(ended));
        }
        element("NotificationBody", &details.body);
        if let Some(tags) = &details.tags {
            element("Tags", tags);
        }
        let platforms: Vec<_> = details.platforms.into_iter().collect();
        element("TargetPlatforms", &platforms.join(","));
        for platform in ELEMENTS {
            let Some(counts) = details.counts.get(platform).filter(|_| ended.is_some()) else { continue };
            write!(xml, "<{platform}OutcomeCounts>").expect("a String takes every write");
            for (name, count) in counts {
                write!(xml, "<Outcome><Name>{name}</Name><Count>{count}</Count></Outcome>")
                    .expect("a String takes every write");
            }
            write!(xml, "</{platform}OutcomeCounts>").expect("a String takes every write");
        }
        Some(xml + "</NotificationDetails>")
    }

    /// The state, and when it was begun and ended.
    fn progress(
        &self,
        details: &Details,
        now: OffsetDateTime,
    ) -> (&'static str, Option<OffsetDateTime>, Option<OffsetDateTime>) {
        let sent = match details.state {
            State::Scheduled => return ("Scheduled", None, None),
            State::Canceled => return ("Canceled", None, None),
            State::Sent(sent) => sent,
        };
        let (started, ended) =
            (sent.saturating_add(self.processing / 2), sent.saturating_add(self.processing));
        if now < started {
            ("Enqueued", None, None)
        } else if now < ended {
            ("Processing", Some(started), None)
        } else if details.counts.is_empty() {
            ("NoTargetFound", Some(started), Some(ended))
        } else {
            ("Completed", Some(started), Some(ended))
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Details>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How counts are named, in their order.
const ELEMENTS: [&str; 9] = ["Apns", "Mpns", "Wns", "Gcm", "Adm", "FcmV1", "Baidu", "Browser", "Xiaomi"];

fn element(platform: &Platform) -> &'static str {
    match platform {
        Platform::Apple => "Apns",
        Platform::WindowsPhone => "Mpns",
        Platform::Windows => "Wns",
        Platform::Gcm => "Gcm",
        Platform::Adm => "Adm",
        Platform::Baidu => "Baidu",
        Platform::Browser => "Browser",
        Platform::Xiaomi => "Xiaomi",
        _ => "FcmV1",
    }
}
