//! How many sends a minute a hub takes. The real numbers are not published, so none is the default.

use crate::reply::Refusal;
use http::StatusCode;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use time::OffsetDateTime;

/// Test sends that a hub takes in a minute (documented).
const TEST_SENDS: u32 = 10;

#[derive(Debug)]
pub(crate) struct Throttle {
    /// Sends that a hub takes in a minute; without a number nothing is throttled.
    sends: Option<u32>,
    /// By hub, and whether they are test sends: the minute, and how many there were in it.
    counts: Mutex<HashMap<(String, bool), (i64, u32)>>,
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
        let minute = now.unix_timestamp().div_euclid(60);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((hub.to_ascii_lowercase(), test)).or_insert((minute, 0));
        if count.0 != minute {
            *count = (minute, 0);
        }
        if count.1 < most {
            count.1 += 1;
            return Ok(());
        }
        let status =
            if api_version < "2020-06" { StatusCode::FORBIDDEN } else { StatusCode::TOO_MANY_REQUESTS };
        let wait = 60 - now.unix_timestamp().rem_euclid(60);
        let detail = format!("SubCode=42900. The hub takes {most} of these a minute");
        Err(Refusal { retry_after: Some(wait.unsigned_abs()), ..Refusal::new(status, detail) })
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
            assert_eq!((refusal.status.as_u16(), refusal.retry_after), (429, Some(18)));
            assert_eq!(throttle.take("h", test, "2015-01", now).unwrap_err().status, 403);
            throttle.take("other", test, "2020-06", now).unwrap();
            throttle.take("h", test, "2020-06", now + time::Duration::seconds(18)).unwrap();
        }
        assert!((0..1000).all(|_| Throttle::new(None).take("h", true, "2020-06", now).is_ok()));
    }
}
