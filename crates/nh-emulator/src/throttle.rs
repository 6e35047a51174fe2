//! How many sends a minute a hub takes. The real numbers are not published, so none is the default.

use crate::reply::Refusal;
use http::StatusCode;
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

    /// One more send. Over the limit it is refused until the minute is over: with 429, before api-version 2020-06 with 403.
    pub(crate) fn take(
        &self,
        hub: &str,
        test: bool,
        api_version: &str,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
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
        let status =
            if api_version < "2020-06" { StatusCode::FORBIDDEN } else { StatusCode::TOO_MANY_REQUESTS };
        let wait = (MINUTE - (now - count.0)).as_seconds_f64().ceil().max(1.0);
        let detail = format!("SubCode=42900. The hub takes {most} of these a minute");
        Err(Refusal { retry_after: Some(wait as u64), ..Refusal::new(status, detail) })
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
                throttle.take("h", test, "2020-06", now).unwrap();
            }
            let refusal = throttle.take("H", test, "2020-06", now).unwrap_err();
            assert_eq!((refusal.status.as_u16(), refusal.retry_after), (429, Some(60)));
            let later = now + Duration::milliseconds(17_500);
            assert_eq!(throttle.take("h", test, "2020-06", later).unwrap_err().retry_after, Some(43));
            assert_eq!(throttle.take("h", test, "2015-01", now).unwrap_err().status, 403);
            throttle.take("other", test, "2020-06", now).unwrap();
            throttle.take("h", test, "2020-06", now + Duration::MINUTE).unwrap();
        }
        assert!((0..1000).all(|_| Throttle::new(None).take("h", true, "2020-06", now).is_ok()));
    }
}
