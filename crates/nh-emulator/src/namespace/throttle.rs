//! How many sends a minute a hub takes. The real numbers are not published, so none is the default.

use crate::model::refusal::{Reason, Refusal};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use time::{Duration, OffsetDateTime};

/// Test sends that a hub takes in a minute (documented).
const TEST_SENDS: u32 = 10;

const MINUTE: Duration = Duration::MINUTE;

#[derive(Debug)]
pub(crate) struct Throttle {
    /// Sends that a hub takes in a minute; without a number nothing is throttled.
    sends: Option<u32>,
    /// By hub, and whether they are test sends: when their minute began, and how many there were in it. A minute begins with the
    /// first send, so that how long to wait does not depend on the clock's.
    counts: Mutex<HashMap<(String, bool), (OffsetDateTime, u32)>>,
}

impl Throttle {
    pub(crate) fn new(sends: Option<u32>) -> Throttle {
        Throttle { sends, counts: Mutex::default() }
    }

    /// Nothing has been sent.
    pub(crate) fn clear(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// One more send. Over the limit it is refused until the minute is over.
    pub(crate) fn take(&self, hub: &str, test: bool, now: OffsetDateTime) -> Result<(), Refusal> {
        let Some(sends) = self.sends else { return Ok(()) };
        let most = if test { TEST_SENDS.min(sends) } else { sends };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((hub.to_ascii_lowercase(), test)).or_insert((now, 0));
        // The clock may be moved back, too.
        if now < count.0 || now - count.0 >= MINUTE {
            *count = (now, 0);
        }
        if count.1 < most {
            count.1 += 1;
            return Ok(());
        }
        let wait = (MINUTE - (now - count.0)).as_seconds_f64().ceil().max(1.0);
        let words = format!("SubCode=42900. The hub takes {most} of these a minute");
        Err(Refusal::new(Reason::Throttled { seconds: wait as u64 }, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_is_over_the_limit_waits_for_the_next_minute() {
        let throttle = Throttle::new(Some(20));
        let now = datetime!(2026-01-01 00:00:42 UTC);
        for test in [false, true] {
            let most = if test { 10 } else { 20 };
            for _ in 0..most {
                throttle.take("h", test, now).unwrap();
            }
            let refusal = throttle.take("H", test, now).unwrap_err();
            assert_eq!(refusal.reason, Reason::Throttled { seconds: 60 });
            let later = now + Duration::milliseconds(17_500);
            let refusal = throttle.take("h", test, later).unwrap_err();
            assert_eq!(refusal.reason, Reason::Throttled { seconds: 43 });
            throttle.take("other", test, now).unwrap();
            throttle.take("h", test, now + Duration::MINUTE).unwrap();
        }
        assert!((0..1000).all(|_| Throttle::new(None).take("h", true, now).is_ok()));
    }
}
