//! What has become of each notification: `NotificationDetails`.

use crate::delivered::Delivered;
use crate::notification::Notification;
use nh_outcome::Platform;
use quick_xml::escape::escape;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// So many notifications are remembered, the newest ones.
const MOST: usize = 100_000;

/// And so many bytes of their bodies; an older one has telemetry without its body.
const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;

/// By the notification's id.
pub(crate) struct Telemetry {
    all: Mutex<All>,
    /// How long a notification is on its way, as far as telemetry tells: half of it it waits in the queue.
    processing: Duration,
    /// How many have been sent in all.
    sent: AtomicU64,
}

#[derive(Debug, Default)]
struct All {
    details: HashMap<String, Details>,
    oldest_first: VecDeque<String>,
    /// The ids of those that have a body, the oldest first, and how many bytes they have together.
    bodies: VecDeque<String>,
    body_bytes: usize,
}

#[derive(Clone, Debug)]
struct Details {
    /// In lower case.
    hub: String,
    state: State,
    enqueued: OffsetDateTime,
    body: Option<Arc<str>>,
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

impl All {
    fn insert(&mut self, id: &str, details: Details) {
        self.body_bytes += details.body.as_ref().map_or(0, |body| body.len());
        self.details.insert(id.to_owned(), details);
        self.oldest_first.push_back(id.to_owned());
        self.bodies.push_back(id.to_owned());
        while self.body_bytes > MOST_BODY_BYTES {
            let Some(oldest) = self.bodies.pop_front() else { break };
            self.forget_body(&oldest);
        }
        if self.oldest_first.len() > MOST
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.forget_body(&oldest);
            self.details.remove(&oldest);
        }
        // What has been forgotten altogether has no body to forget.
        while self.bodies.front().is_some_and(|id| !self.details.contains_key(id)) {
            self.bodies.pop_front();
        }
    }

    fn forget_body(&mut self, id: &str) {
        if let Some(body) = self.details.get_mut(id).and_then(|details| details.body.take()) {
            self.body_bytes -= body.len();
        }
    }
}

impl Telemetry {
    pub(crate) fn new(processing: Duration) -> Telemetry {
        Telemetry { all: Mutex::default(), processing, sent: AtomicU64::new(0) }
    }

    /// A hub's notification that waits for its time.
    pub(crate) fn schedule(
        &self,
        hub: &str,
        id: &str,
        notification: &Notification,
        tags: Option<String>,
        now: OffsetDateTime,
    ) {
        let details = Details {
            hub: hub.to_ascii_lowercase(),
            state: State::Scheduled,
            enqueued: now,
            body: Some(String::from_utf8_lossy(&notification.body).into()),
            tags,
            template: notification.platform().is_none(),
            counts: BTreeMap::new(),
            platforms: BTreeSet::new(),
        };
        self.all().insert(id, details);
    }

    /// A hub's notification that has been sent, at once or when its time had come.
    pub(crate) fn sent(
        &self,
        hub: &str,
        id: &str,
        notification: &Notification,
        tags: Option<String>,
        delivered: &[Delivered],
        now: OffsetDateTime,
    ) {
        if !self.all().details.contains_key(id) {
            self.schedule(hub, id, notification, tags, now);
        }
        let mut all = self.all();
        let Some(details) = all.details.get_mut(id) else { return };
        details.state = State::Sent(now);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let template = if details.template { "template" } else { "" };
        for device in delivered {
            let counts = details.counts.entry(element(&device.platform)).or_default();
            *counts.entry(device.verdict.name()).or_default() += 1;
            let platform = format!("{}{template}", device.platform);
            if !details.platforms.contains(&platform) {
                details.platforms.insert(platform);
            }
        }
    }

    /// It has been taken back.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(details) = self.all().details.get_mut(id) {
            details.state = State::Canceled;
        }
    }

    /// How many notifications have been sent in all, whatever became of them.
    pub(crate) fn count(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        *self.all() = All::default();
    }

    /// The document, if the hub has such a notification. Its elements are in the order of the .NET SDK's contract.
    pub(crate) fn document(
        &self,
        hub: &str,
        id: &str,
        location: &str,
        now: OffsetDateTime,
    ) -> Option<String> {
        let details = self.all().details.get(id).filter(|known| known.hub.eq_ignore_ascii_case(hub))?.clone();
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
        if let Some(body) = &details.body {
            element("NotificationBody", body);
        }
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

    fn all(&self) -> std::sync::MutexGuard<'_, All> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;

    fn notification(bytes: usize) -> Notification {
        let headers = [("servicebusnotification-format", "apple"), ("content-type", "application/json")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(bytes));
        Notification::read(&HeaderMap::from_iter(headers), Bytes::from(body)).unwrap()
    }

    #[test]
    fn memory_is_bounded() {
        let telemetry = Telemetry::new(Duration::ZERO);
        let (large, now) = (notification(60_000), OffsetDateTime::UNIX_EPOCH);
        for n in 0..1000 {
            telemetry.sent("h", &format!("large-{n}"), &large, None, &[], now);
        }
        assert!(telemetry.all().body_bytes <= MOST_BODY_BYTES);
        let body =
            |id: &str| telemetry.document("H", id, "", now).map(|xml| xml.contains("NotificationBody"));
        assert_eq!((body("large-0"), body("large-999")), (Some(false), Some(true)));
        let small = notification(1);
        for n in 0..MOST {
            telemetry.sent("h", &n.to_string(), &small, None, &[], now);
        }
        let all = telemetry.all();
        assert_eq!((all.details.len(), all.oldest_first.len()), (MOST, MOST));
        let bytes: usize =
            all.details.values().filter_map(|details| details.body.as_ref()).map(|b| b.len()).sum();
        assert_eq!(all.body_bytes, bytes);
        drop(all);
        assert_eq!((body("large-999"), body("0")), (None, Some(true)));
    }

    #[test]
    fn a_notification_is_known_to_its_hub() {
        let telemetry = Telemetry::new(Duration::ZERO);
        let now = OffsetDateTime::UNIX_EPOCH;
        telemetry.sent("One", "id", &notification(1), None, &[], now);
        assert!(telemetry.document("one", "id", "", now).is_some());
        assert!(telemetry.document("two", "id", "", now).is_none());
    }
}
