//! What has become of each notification: `NotificationDetails`.

use crate::delivered::Delivered;
use crate::notification::Notification;
use nh_outcome::{Outcome, Platform};
use quick_xml::escape::escape;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// By the notification's id.
#[derive(Default)]
pub(crate) struct Telemetry(Mutex<HashMap<String, Details>>);

#[derive(Clone, Debug)]
struct Details {
    state: &'static str,
    enqueued: OffsetDateTime,
    started: Option<OffsetDateTime>,
    body: String,
    tags: Option<String>,
    template: bool,
    counts: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    platforms: BTreeSet<String>,
}

impl Telemetry {
    /// A notification that waits for its time, or is sent at once.
    pub(crate) fn enqueue(
        &self,
        id: &str,
        notification: &Notification,
        tags: Option<String>,
        state: &'static str,
    ) {
        let details = Details {
            state,
            enqueued: OffsetDateTime::now_utc(),
            started: None,
            body: String::from_utf8_lossy(&notification.body).into_owned(),
            tags,
            template: notification.platform().is_none(),
            counts: BTreeMap::new(),
            platforms: BTreeSet::new(),
        };
        self.all().insert(id.to_owned(), details);
    }

    /// It has been sent.
    pub(crate) fn complete(&self, id: &str, delivered: &[Delivered]) {
        let mut all = self.all();
        let Some(details) = all.get_mut(id) else { return };
        details.started = Some(OffsetDateTime::now_utc());
        details.state = if delivered.is_empty() { "NoTargetFound" } else { "Completed" };
        for device in delivered {
            let outcome = if device.outcome == Outcome::Success { "Success" } else { "UnknownError" };
            *details.counts.entry(element(&device.platform)).or_default().entry(outcome).or_default() += 1;
            let template = if details.template { "template" } else { "" };
            details.platforms.insert(format!("{}{template}", device.platform));
        }
    }

    /// It has been taken back.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(details) = self.all().get_mut(id) {
            details.state = "Canceled";
        }
    }

    /// The document, if there is such a notification. Its elements are in the order of the .NET SDK's contract.
    pub(crate) fn document(&self, id: &str, location: &str) -> Option<String> {
        let details = self.all().get(id)?.clone();
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
        element("State", details.state);
        element("EnqueueTime", &time(details.enqueued));
        if let Some(started) = details.started {
            element("StartTime", &time(started));
            element("EndTime", &time(started));
        }
        element("NotificationBody", &details.body);
        if let Some(tags) = &details.tags {
            element("Tags", tags);
        }
        let platforms: Vec<_> = details.platforms.into_iter().collect();
        element("TargetPlatforms", &platforms.join(","));
        for platform in ELEMENTS {
            let Some(counts) = details.counts.get(platform) else { continue };
            write!(xml, "<{platform}OutcomeCounts>").expect("a String takes every write");
            for (name, count) in counts {
                write!(xml, "<Outcome><Name>{name}</Name><Count>{count}</Count></Outcome>")
                    .expect("a String takes every write");
            }
            write!(xml, "</{platform}OutcomeCounts>").expect("a String takes every write");
        }
        Some(xml + "</NotificationDetails>")
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Details>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
