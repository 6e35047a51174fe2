//! Sends that wait for their time, which the emulator's clock tells.

use crate::notification::Notification;
use nh_core::TagExpression;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// A send that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) hub: String,
    pub(crate) notification: Notification,
    pub(crate) audience: Option<TagExpression>,
}

/// By time, and the notification's id.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    waiting: Mutex<BTreeMap<(OffsetDateTime, String), Waiting>>,
    /// Held while what is due goes out, so that whoever asks for that next finds it done.
    sending: Mutex<()>,
    /// The next time may be another.
    changed: Notify,
}

impl Schedule {
    pub(crate) fn add(&self, id: &str, at: OffsetDateTime, send: Waiting) {
        self.waiting().insert((at, id.to_owned()), send);
        self.changed.notify_one();
    }

    /// Takes a hub's send back, if it still waits.
    pub(crate) fn cancel(&self, hub: &str, id: &str) -> bool {
        let mut waiting = self.waiting();
        let known = |(key, send): (&(OffsetDateTime, String), &Waiting)| {
            (key.1 == id && send.hub.eq_ignore_ascii_case(hub)).then(|| key.clone())
        };
        let key = waiting.iter().find_map(known);
        key.is_some_and(|key| waiting.remove(&key).is_some())
    }

    /// How many of a hub's wait.
    pub(crate) fn count(&self, hub: &str) -> usize {
        self.waiting().values().filter(|send| send.hub.eq_ignore_ascii_case(hub)).count()
    }

    /// Takes all back. Says which.
    pub(crate) fn clear(&self) -> Vec<String> {
        std::mem::take(&mut *self.waiting()).into_keys().map(|(_, id)| id).collect()
    }

    /// The clock has been moved.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    pub(crate) fn sending(&self) -> MutexGuard<'_, ()> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the next time may be another.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn take_due(&self, now: OffsetDateTime) -> Option<(String, Waiting)> {
        let mut waiting = self.waiting();
        let first = waiting.first_entry().filter(|first| first.key().0 <= now)?;
        let ((_, id), send) = first.remove_entry();
        Some((id, send))
    }

    pub(crate) fn next(&self) -> Option<OffsetDateTime> {
        self.waiting().first_key_value().map(|((at, _), _)| *at)
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<(OffsetDateTime, String), Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
