//! Sends that wait for their time, which the emulator's clock tells.

use crate::model::send::Send;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// A send that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) hub: String,
    pub(crate) send: Send,
}

#[derive(Debug, Default)]
pub(crate) struct Schedule {
    waiting: Mutex<AllWaiting>,
    /// Held while what is due goes out, so that whoever asks for that next finds it done.
    sending: Mutex<()>,
    /// The next time may be another.
    changed: Notify,
}

#[derive(Debug, Default)]
struct AllWaiting {
    /// By time, and the notification's id.
    sends: BTreeMap<(OffsetDateTime, String), Waiting>,
    times: HashMap<String, OffsetDateTime>,
}

impl Schedule {
    pub(crate) fn add(&self, id: &str, at: OffsetDateTime, send: Waiting) {
        let mut waiting = self.waiting();
        waiting.times.insert(id.to_owned(), at);
        waiting.sends.insert((at, id.to_owned()), send);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Takes a hub's send back, if it still waits.
    pub(crate) fn cancel(&self, hub: &str, id: &str) -> bool {
        let mut waiting = self.waiting();
        let AllWaiting { sends, times } = &mut *waiting;
        let Some(at) = times.get(id) else { return false };
        let key = (*at, id.to_owned());
        let is_hubs = sends.get(&key).is_some_and(|send| send.hub.eq_ignore_ascii_case(hub));
        is_hubs && times.remove(id).is_some() && sends.remove(&key).is_some()
    }

    /// All that wait: when, under which id, and what. The next one comes first.
    pub(crate) fn all(&self) -> Vec<(OffsetDateTime, String, Waiting)> {
        let waiting = self.waiting();
        waiting.sends.iter().map(|((at, id), send)| (*at, id.clone(), send.clone())).collect()
    }

    /// The hub of a send that waits.
    pub(crate) fn hub_of(&self, id: &str) -> Option<String> {
        let waiting = self.waiting();
        let at = waiting.times.get(id)?;
        waiting.sends.get(&(*at, id.to_owned())).map(|send| send.hub.clone())
    }

    /// How many of a hub's wait.
    pub(crate) fn count(&self, hub: &str) -> usize {
        self.waiting().sends.values().filter(|send| send.hub.eq_ignore_ascii_case(hub)).count()
    }

    /// Takes a deleted hub's back. Says which.
    pub(crate) fn forget_hub(&self, hub: &str) -> Vec<String> {
        let mut waiting = self.waiting();
        let AllWaiting { sends, times } = &mut *waiting;
        let gone = sends.extract_if(.., |_, send| send.hub.eq_ignore_ascii_case(hub));
        let gone: Vec<String> = gone.map(|((_, id), _)| id).collect();
        for id in &gone {
            times.remove(id);
        }
        gone
    }

    /// Takes all back. Says which.
    pub(crate) fn clear(&self) -> Vec<String> {
        std::mem::take(&mut *self.waiting()).times.into_keys().collect()
    }

    /// The clock has been moved.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Waits until the next time may be another.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What is going out has gone out, and until this is dropped nobody else sends.
    pub(crate) fn sending(&self) -> MutexGuard<'_, ()> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_due(&self, now: OffsetDateTime) -> Option<(String, Waiting)> {
        let mut waiting = self.waiting();
        let first = waiting.sends.first_entry().filter(|first| first.key().0 <= now)?;
        let ((_, id), send) = first.remove_entry();
        waiting.times.remove(&id);
        Some((id, send))
    }

    pub(crate) fn next(&self) -> Option<OffsetDateTime> {
        self.waiting().sends.first_key_value().map(|((at, _), _)| *at)
    }

    fn waiting(&self) -> MutexGuard<'_, AllWaiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::notification::Notification;
    use crate::model::send::Target;
    use crate::rules::format::Format;
    use bytes::Bytes;
    use nh_outcome::Platform;
    use std::collections::BTreeMap;
    use time::Duration;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn waiting(hub: &str) -> Waiting {
        let (format, body) = (Format::Native(Platform::Apple), Bytes::from_static(b"{}"));
        let notification = Notification::new(format, BTreeMap::new(), body).unwrap();
        let send = Send { notification, target: Target::Audience(None), is_test: false };
        Waiting { hub: hub.to_owned(), send }
    }

    #[test]
    fn what_is_due_comes_in_the_order_of_its_time() {
        let schedule = Schedule::default();
        for (id, seconds) in [("c", 3), ("a", 1), ("d", 9), ("b", 1)] {
            schedule.add(id, START + Duration::seconds(seconds), waiting("Hub"));
        }
        schedule.add("other", START, waiting("other"));
        assert_eq!((schedule.count("hub"), schedule.next()), (4, Some(START)));
        assert!(!schedule.cancel("other", "a"));
        assert!(schedule.cancel("hub", "a") && !schedule.cancel("hub", "a"));
        assert_eq!(schedule.forget_hub("OTHER"), ["other"]);
        let now = START + Duration::seconds(3);
        let due: Vec<_> = std::iter::from_fn(|| schedule.take_due(now)).map(|(id, _)| id).collect();
        assert_eq!(due, ["b", "c"]);
        assert_eq!(schedule.clear(), ["d"]);
        assert_eq!(schedule.next(), None);
    }
}
