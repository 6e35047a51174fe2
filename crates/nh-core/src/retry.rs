//! Whether to try again: decisions without a clock, randomness or sockets.
//!
//! ```
//! use nh_core::retry::{Decision, Fate, RetryPolicy};
//! use std::time::Duration;
//!
//! let policy = RetryPolicy::default();
//! let mut retry = policy.start(false);      // a send: not repeatable
//!
//! // The service said no, and when to come back. Nothing was done.
//! let throttled = Fate::NotDone { retry_after: Some(Duration::from_secs(10)) };
//! let Decision::Wait(wait) = retry.after(throttled, Duration::from_secs(60), 0) else { panic!() };
//! assert_eq!(wait, Duration::from_secs(10));
//!
//! // The connection broke. It may have been sent, so it is not sent again.
//! assert!(matches!(retry.after(Fate::Unknown, Duration::from_secs(50), 0), Decision::GiveUp(_)));
//! ```

use crate::error::RetryAfter;
use http::{Method, Request, Response};
use std::time::Duration;

/// The wait after a refusal for now that names none in seconds: what the .NET SDK assumes.
const THROTTLED: Duration = Duration::from_secs(10);

/// What is known of an attempt that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Certainly not carried out: the service refused it for now, or no byte of it left.
    NotDone {
        /// The wait that the service asked for.
        retry_after: Option<Duration>,
    },
    /// It may have been carried out: the connection broke, the time ran out, or the service answered 5xx or 408.
    Unknown,
    /// The service's answer stands.
    Final,
}

impl Fate {
    /// What an answer says of the attempt, or `None` if it is a success.
    ///
    /// Refused for now are: 429; 403 and 503 with `Retry-After`; 409 on writing a registration, which the [reference]
    /// documents as too high a rate. A `Retry-After` that is no number of seconds, such as a date, counts as 10.
    ///
    /// [reference]: https://learn.microsoft.com/rest/api/notificationhubs/create-update-registration
    pub fn of_response<A, B>(request: &Request<A>, response: &Response<B>) -> Option<Fate> {
        let asked = RetryAfter::of(response.headers());
        let wait = asked.map(|asked| asked.seconds().unwrap_or(THROTTLED));
        Some(match response.status().as_u16() {
            200..300 => return None,
            429 => Fate::NotDone { retry_after: wait.or(Some(THROTTLED)) },
            403 | 503 if wait.is_some() => Fate::NotDone { retry_after: wait },
            409 if writes_registration(request) => Fate::NotDone { retry_after: wait },
            408 | 500.. => Fate::Unknown,
            _ => Fate::Final,
        })
    }
}

fn writes_registration<A>(request: &Request<A>) -> bool {
    let written = matches!(*request.method(), Method::POST | Method::PUT);
    // An update under an ETag has a 409 of its own to tell.
    let conditional = request.headers().contains_key(http::header::IF_MATCH);
    written
        && !conditional
        && request.uri().path().split('/').nth(2).is_some_and(|s| s.eq_ignore_ascii_case("registrations"))
}

/// How often and how long to try.
///
/// ```
/// use nh_core::retry::RetryPolicy;
///
/// let once = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. 4 unless set, as the official SDKs.
    pub attempts: u32,
    /// The first wait is up to this long, each further one up to twice the one before. 1 s unless set.
    pub base: Duration,
    /// No wait of its own is longer. 60 s unless set. What the service asks for is waited in full.
    pub cap: Duration,
    /// Is an attempt that may have been carried out repeated, though carrying it out twice is not the same as once? A send then
    /// may arrive twice. False unless set: no push is better than two.
    pub repeat_unknown: bool,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts: 4,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            repeat_unknown: false,
        }
    }
}

impl RetryPolicy {
    /// One attempt, no second.
    pub const NEVER: RetryPolicy = RetryPolicy {
        attempts: 1,
        base: Duration::from_secs(1),
        cap: Duration::from_secs(60),
        repeat_unknown: false,
    };

    /// Begins a call of an operation that is [repeatable](crate::Operation::repeatable) or not.
    pub fn start(&self, repeatable: bool) -> Retry<'_> {
        Retry { policy: self, repeatable, attempts: 0 }
    }
}

/// The state of one call.
#[derive(Clone, Debug)]
pub struct Retry<'a> {
    policy: &'a RetryPolicy,
    repeatable: bool,
    attempts: u32,
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try again after so long.
    Wait(Duration),
    /// Report what the attempt gave.
    GiveUp(GiveUp),
}

/// Why no further attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GiveUp {
    /// The answer stands.
    Final,
    /// It may have been carried out, and carrying it out twice would not be the same as once.
    FateUnknown,
    /// All attempts are used up.
    Attempts,
    /// The wait would end after the time that is left.
    Deadline,
}

impl Retry<'_> {
    /// After an attempt of that `fate`, with so much time `left` for the whole call. `random` spreads the waits of many
    /// clients; any uniform number will do.
    pub fn after(&mut self, fate: Fate, left: Duration, random: u32) -> Decision {
        let asked = match fate {
            Fate::Final => return Decision::GiveUp(GiveUp::Final),
            Fate::Unknown if !self.repeatable && !self.policy.repeat_unknown => {
                return Decision::GiveUp(GiveUp::FateUnknown);
            }
            Fate::Unknown => None,
            Fate::NotDone { retry_after } => retry_after,
        };
        self.attempts += 1;
        if self.attempts >= self.policy.attempts {
            return Decision::GiveUp(GiveUp::Attempts);
        }
        let doubled = self.policy.base.saturating_mul(1 << (self.attempts - 1).min(16)).min(self.policy.cap);
        let jitter = doubled.mul_f64(f64::from(random) / f64::from(u32::MAX));
        // Never earlier than asked for, and not all at the same moment.
        let wait = asked.map_or(jitter, |asked| asked.saturating_add(jitter.min(asked / 10)));
        if wait >= left { Decision::GiveUp(GiveUp::Deadline) } else { Decision::Wait(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_repeated_for_who_asks() {
        let policy = RetryPolicy { repeat_unknown: true, attempts: 2, ..RetryPolicy::default() };
        let mut send = policy.start(false);
        assert!(matches!(send.after(Fate::Unknown, LONG, 0), Decision::Wait(_)));
        assert_eq!(send.after(Fate::Unknown, LONG, 0), Decision::GiveUp(GiveUp::Attempts));
        let mut send = RetryPolicy { repeat_unknown: false, ..policy.clone() };
        send.attempts = 9;
        assert_eq!(send.start(false).after(Fate::Unknown, LONG, 0), Decision::GiveUp(GiveUp::FateUnknown));
    }

    fn fate(method: Method, path: &str, status: u16, retry_after: Option<&str>) -> Option<Fate> {
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        let mut response = Response::builder().status(status);
        if let Some(value) = retry_after {
            response = response.header("Retry-After", value);
        }
        Fate::of_response(&request, &response.body(()).unwrap())
    }

    const LONG: Duration = Duration::from_secs(1000);

    #[test]
    fn fates() {
        let send = |status, retry_after| fate(Method::POST, "/news/messages", status, retry_after);
        let not_done = |seconds| Some(Fate::NotDone { retry_after: Some(Duration::from_secs(seconds)) });
        assert_eq!(send(201, None), None);
        assert_eq!(send(429, None), not_done(10));
        assert_eq!(send(429, Some("3")), not_done(3));
        assert_eq!(send(403, Some("60")), not_done(60));
        assert_eq!(send(503, Some("60")), not_done(60));
        for status in [403, 429, 503] {
            assert_eq!(send(status, Some("Wed, 21 Oct 2026 07:28:00 GMT")), not_done(10));
            assert_eq!(send(status, Some("soon")), not_done(10));
        }
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(send(status, None), Some(Fate::Unknown), "{status}");
        }
        for status in [302, 400, 401, 403, 404, 409, 410, 412, 413] {
            assert_eq!(send(status, None), Some(Fate::Final), "{status}");
        }
        assert_eq!(
            fate(Method::PUT, "/news/registrations/1-2-3", 409, None),
            Some(Fate::NotDone { retry_after: None })
        );
        assert_eq!(fate(Method::GET, "/news/registrations", 409, None), Some(Fate::Final));
    }

    #[test]
    fn a_send_of_unknown_fate_is_not_repeated() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.start(false).after(Fate::Unknown, LONG, 0), Decision::GiveUp(GiveUp::FateUnknown));
        assert_eq!(
            policy.start(true).after(Fate::Unknown, LONG, u32::MAX),
            Decision::Wait(Duration::from_secs(1))
        );
    }

    #[test]
    fn waits_grow_up_to_the_cap_and_end() {
        let policy = RetryPolicy { attempts: 10, cap: Duration::from_secs(5), ..RetryPolicy::default() };
        let mut retry = policy.start(true);
        let waits: Vec<_> = std::iter::from_fn(|| match retry.after(Fate::Unknown, LONG, u32::MAX) {
            Decision::Wait(wait) => Some(wait.as_secs()),
            Decision::GiveUp(why) => {
                assert_eq!(why, GiveUp::Attempts);
                None
            }
        })
        .collect();
        assert_eq!(waits, [1, 2, 4, 5, 5, 5, 5, 5, 5]);
    }

    #[test]
    fn what_the_service_asks_for_is_waited_in_full_or_not_at_all() {
        let asked = Fate::NotDone { retry_after: Some(Duration::from_secs(60)) };
        let retry = RetryPolicy { base: Duration::ZERO, ..RetryPolicy::default() };
        assert_eq!(retry.start(false).after(asked, LONG, 7), Decision::Wait(Duration::from_secs(60)));
        assert_eq!(
            retry.start(false).after(asked, Duration::from_secs(60), 7),
            Decision::GiveUp(GiveUp::Deadline)
        );
    }

    #[test]
    fn huge_numbers_do_not_overflow() {
        let policy = RetryPolicy { attempts: u32::MAX, base: Duration::MAX, cap: LONG, ..RetryPolicy::NEVER };
        let asked = Fate::NotDone { retry_after: Some(Duration::from_secs(u64::MAX)) };
        assert_eq!(policy.start(true).after(asked, LONG, u32::MAX), Decision::GiveUp(GiveUp::Deadline));
    }
}
