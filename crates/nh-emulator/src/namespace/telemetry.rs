//! What has become of each notification.

use crate::model::notification_record::{NotificationRecord, Progress};
use crate::model::send::Send;
use crate::model::verdict::{DeviceResult, Verdict};
use nh_outcome::Platform;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::{Duration, OffsetDateTime};

/// So many notifications are remembered, the newest ones.
const MAX_NOTIFICATIONS: usize = 100_000;

/// And so many bytes of their bodies; an older one has telemetry without its body.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// By the notification's id.
pub(crate) struct Telemetry {
    all: Mutex<Notifications>,
    /// How long a notification is on its way, as far as telemetry tells: half of it it waits in the queue.
    processing: Duration,
    /// How many have been sent in all.
    sent: AtomicU64,
}

#[derive(Debug, Default)]
struct Notifications {
    entries: HashMap<String, Entry>,
    oldest_first: VecDeque<String>,
    /// The ids of those that have a body, the oldest first, and how many bytes they have together.
    bodies: VecDeque<String>,
    body_bytes: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    /// In lower case.
    hub: String,
    stage: Stage,
    enqueued: OffsetDateTime,
    body: Option<Arc<str>>,
    tags: Option<String>,
    template: bool,
    counts: BTreeMap<Platform, BTreeMap<&'static str, u64>>,
    platforms: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Scheduled,
    Canceled,
    Sent(OffsetDateTime),
}

impl Notifications {
    fn insert(&mut self, id: &str, entry: Entry) {
        self.body_bytes += entry.body.as_ref().map_or(0, |body| body.len());
        self.entries.insert(id.to_owned(), entry);
        self.oldest_first.push_back(id.to_owned());
        self.bodies.push_back(id.to_owned());
        while self.body_bytes > MAX_BODY_BYTES {
            let Some(oldest) = self.bodies.pop_front() else { break };
            self.forget_body(&oldest);
        }
        if self.oldest_first.len() > MAX_NOTIFICATIONS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.forget_body(&oldest);
            self.entries.remove(&oldest);
        }
        // What has been forgotten altogether has no body to forget.
        while self.bodies.front().is_some_and(|id| !self.entries.contains_key(id)) {
            self.bodies.pop_front();
        }
    }

    fn forget_body(&mut self, id: &str) {
        if let Some(body) = self.entries.get_mut(id).and_then(|entry| entry.body.take()) {
            self.body_bytes -= body.len();
        }
    }
}

impl Telemetry {
    pub(crate) fn new(processing: Duration) -> Telemetry {
        Telemetry { all: Mutex::default(), processing, sent: AtomicU64::new(0) }
    }

    /// A hub's notification that waits for its time.
    pub(crate) fn schedule(&self, hub: &str, id: &str, send: &Send, now: OffsetDateTime) {
        let entry = Entry {
            hub: hub.to_ascii_lowercase(),
            stage: Stage::Scheduled,
            enqueued: now,
            body: Some(String::from_utf8_lossy(&send.notification.body).into()),
            tags: send.target.tags(),
            template: send.notification.platform().is_none(),
            counts: BTreeMap::new(),
            platforms: BTreeSet::new(),
        };
        self.all().insert(id, entry);
    }

    /// A hub's notification that has been sent, at once or when its time had come.
    pub(crate) fn sent(
        &self,
        hub: &str,
        id: &str,
        send: &Send,
        results: &[DeviceResult],
        now: OffsetDateTime,
    ) {
        if !self.all().entries.contains_key(id) {
            self.schedule(hub, id, send, now);
        }
        let mut all = self.all();
        let Some(entry) = all.entries.get_mut(id) else { return };
        entry.stage = Stage::Sent(now);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let template = if entry.template { "template" } else { "" };
        for device in results {
            let counts = entry.counts.entry(device.platform.clone()).or_default();
            *counts.entry(device.verdict.name()).or_default() += 1;
            let platform = format!("{}{template}", device.platform);
            if !entry.platforms.contains(&platform) {
                entry.platforms.insert(platform);
            }
        }
    }

    /// It has been taken back.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(entry) = self.all().entries.get_mut(id) {
            entry.stage = Stage::Canceled;
        }
    }

    /// How many devices a notification was for, and how many of them have it. `None`: it has not been sent, or is forgotten.
    pub(crate) fn reached(&self, id: &str) -> Option<(u64, u64)> {
        let all = self.all();
        let entry = all.entries.get(id).filter(|entry| matches!(entry.stage, Stage::Sent(_)))?;
        let outcomes = entry.counts.values().flatten();
        Some(outcomes.fold((0, 0), |(matched, delivered), (name, count)| match *name {
            name if name == Verdict::Skipped.name() => (matched, delivered),
            name if name == Verdict::Success.name() => (matched + count, delivered + count),
            _ => (matched + count, delivered),
        }))
    }

    /// How many notifications have been sent in all, whatever became of them.
    pub(crate) fn count(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        *self.all() = Notifications::default();
    }

    /// What has become of a hub's notification, if it has such a one.
    pub(crate) fn record(&self, hub: &str, id: &str, now: OffsetDateTime) -> Option<NotificationRecord> {
        let all = self.all();
        let entry = all.entries.get(id).filter(|known| known.hub.eq_ignore_ascii_case(hub))?;
        let (progress, started, ended) = self.progress(entry, now);
        Some(NotificationRecord {
            progress,
            enqueued: entry.enqueued,
            started,
            ended,
            body: entry.body.clone(),
            tags: entry.tags.clone(),
            targets: entry.platforms.clone(),
            counts: if ended.is_some() { entry.counts.clone() } else { BTreeMap::new() },
        })
    }

    /// How far it is, and when it was begun and ended.
    fn progress(
        &self,
        entry: &Entry,
        now: OffsetDateTime,
    ) -> (Progress, Option<OffsetDateTime>, Option<OffsetDateTime>) {
        let sent = match entry.stage {
            Stage::Scheduled => return (Progress::Scheduled, None, None),
            Stage::Canceled => return (Progress::Canceled, None, None),
            Stage::Sent(sent) => sent,
        };
        let (started, ended) =
            (sent.saturating_add(self.processing / 2), sent.saturating_add(self.processing));
        if now < started {
            (Progress::Enqueued, None, None)
        } else if now < ended {
            (Progress::Processing, Some(started), None)
        } else if entry.counts.is_empty() {
            (Progress::NoTargetFound, Some(started), Some(ended))
        } else {
            (Progress::Completed, Some(started), Some(ended))
        }
    }

    fn all(&self) -> MutexGuard<'_, Notifications> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::notification::Notification;
    use crate::model::send::Target;
    use crate::rules::format::Format;

    fn send(bytes: usize) -> Send {
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(bytes));
        let format = Format::Native(Platform::Apple);
        let notification = Notification::new(format, BTreeMap::new(), body.into()).unwrap();
        Send { notification, target: Target::Audience(None), is_test: false }
    }

    #[test]
    fn memory_is_bounded() {
        let telemetry = Telemetry::new(Duration::ZERO);
        let (large, now) = (send(60_000), OffsetDateTime::UNIX_EPOCH);
        for n in 0..1000 {
            telemetry.sent("h", &format!("large-{n}"), &large, &[], now);
        }
        assert!(telemetry.all().body_bytes <= MAX_BODY_BYTES);
        let body = |id: &str| telemetry.record("H", id, now).map(|record| record.body.is_some());
        assert_eq!((body("large-0"), body("large-999")), (Some(false), Some(true)));
        let small = send(1);
        for n in 0..MAX_NOTIFICATIONS {
            telemetry.sent("h", &n.to_string(), &small, &[], now);
        }
        let all = telemetry.all();
        assert_eq!((all.entries.len(), all.oldest_first.len()), (MAX_NOTIFICATIONS, MAX_NOTIFICATIONS));
        let bytes: usize =
            all.entries.values().filter_map(|entry| entry.body.as_ref()).map(|b| b.len()).sum();
        assert_eq!(all.body_bytes, bytes);
        drop(all);
        assert_eq!((body("large-999"), body("0")), (None, Some(true)));
    }

    #[test]
    fn a_notification_is_known_to_its_hub() {
        let telemetry = Telemetry::new(Duration::ZERO);
        let now = OffsetDateTime::UNIX_EPOCH;
        telemetry.sent("One", "id", &send(1), &[], now);
        assert!(telemetry.record("one", "id", now).is_some());
        assert!(telemetry.record("two", "id", now).is_none());
    }
}
