//! The emulator's time: the system's, moved. The expiry of tokens does not go by it.

use std::sync::{Mutex, PoisonError};
use time::{Duration, OffsetDateTime};

#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Duration>);

impl Clock {
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc().saturating_add(self.offset())
    }

    /// How far it is ahead of the system's.
    pub(crate) fn offset(&self) -> Duration {
        *self.lock()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut offset = self.lock();
        *offset = offset.saturating_add(by);
    }

    pub(crate) fn set(&self, now: OffsetDateTime) {
        *self.lock() = now - OffsetDateTime::now_utc();
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Duration::ZERO;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
