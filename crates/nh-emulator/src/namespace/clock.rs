//! The emulator's time: the system's, moved. The expiry of tokens does not go by it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use time::{Duration, OffsetDateTime};

#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Duration>);

/// A time that not all of the service's documents can tell.
#[derive(Debug)]
pub(crate) struct OutOfRange;

impl OutOfRange {
    pub(crate) const MESSAGE: &'static str = "the clock goes from 1970 to 9999";
}

impl Clock {
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc().saturating_add(self.offset())
    }

    /// How far it is ahead of the system's.
    pub(crate) fn offset(&self) -> Duration {
        *self.lock()
    }

    pub(crate) fn advance(&self, by: Duration) -> Result<(), OutOfRange> {
        let mut offset = self.lock();
        *offset = checked(offset.checked_add(by).ok_or(OutOfRange)?)?;
        Ok(())
    }

    pub(crate) fn set_offset(&self, offset: Duration) -> Result<(), OutOfRange> {
        *self.lock() = checked(offset)?;
        Ok(())
    }

    pub(crate) fn set(&self, now: OffsetDateTime) -> Result<(), OutOfRange> {
        check(now)?;
        *self.lock() = now - OffsetDateTime::now_utc();
        Ok(())
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Duration::ZERO;
    }

    fn lock(&self) -> MutexGuard<'_, Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn checked(offset: Duration) -> Result<Duration, OutOfRange> {
    check(OffsetDateTime::now_utc().checked_add(offset).ok_or(OutOfRange)?)?;
    Ok(offset)
}

fn check(now: OffsetDateTime) -> Result<(), OutOfRange> {
    // Whatever the zone, it can be told in UTC.
    let now = now.checked_to_utc().ok_or(OutOfRange)?;
    if now >= OffsetDateTime::UNIX_EPOCH && now.year() <= 9999 { Ok(()) } else { Err(OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn it_moves_and_comes_back() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::days(1)).unwrap();
        assert!(clock.now() - before >= Duration::days(1));
        clock.set(datetime!(2030-01-01 00:00 +1)).unwrap();
        assert_eq!(clock.now().year(), 2029);
        for by in [Duration::MAX, Duration::MIN, Duration::days(365 * 9000), Duration::days(-365 * 100)] {
            assert!(clock.advance(by).is_err(), "{by}");
        }
        assert!(clock.set(datetime!(1969-12-31 23:59 UTC)).is_err());
        assert!(clock.set(datetime!(9999-12-31 23:59 -1)).is_err());
        assert_eq!(clock.now().year(), 2029);
        clock.reset();
        assert!(clock.now() - before < Duration::days(1));
    }
}
