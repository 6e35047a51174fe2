//! Decides whether a call is tried again. It has no clock, no randomness and no sockets: those are arguments.
//!
//! ```
//! use nh_core::retry::{Decision, Fate, RetryPolicy};
//! use std::time::Duration;
//!
//! let policy = RetryPolicy::new();
//! let mut retry = policy.start(false);      // a send: not repeatable
//!
//! // The service refused, and said when to come back. Nothing was done.
//! let throttled = Fate::NotDone { retry_after: Some(Duration::from_secs(10)) };
//! let Decision::Wait(wait) = retry.after(throttled, Duration::from_secs(60), 0) else { panic!() };
//! assert_eq!(wait, Duration::from_secs(10));
//!
//! // The connection broke. The request may have been carried out, so it is not sent again.
//! assert!(matches!(retry.after(Fate::Unknown, Duration::from_secs(50), 0), Decision::GiveUp(_)));
//! ```

pub use crate::brake::Brake;
pub use crate::pace::{Pace, Turn};

use crate::retry_after::RetryAfter;
use http::Response;
use std::time::Duration;

/// The wait after a refusal for now that names no time that can be read: what the .NET SDK assumes.
const THROTTLED: Duration = Duration::from_secs(10);

/// What is known of a request that did not succeed. A queue worker decides by it:
///
/// ```
/// use nh_core::retry::Fate;
/// use std::time::Duration;
///
/// /// When to send the message again, or `None` to take it off the queue.
/// fn again(fate: Fate) -> Option<Duration> {
///     match fate {
///         Fate::NotDone { retry_after } => Some(retry_after.unwrap_or(Duration::from_secs(30))),
///         // It may have arrived. A second push would be worse than none.
///         Fate::Unknown => None,
///         _ => None,
///     }
/// }
/// assert_eq!(again(Fate::NotDone { retry_after: Some(Duration::from_secs(7)) }), Some(Duration::from_secs(7)));
/// assert_eq!(again(Fate::Unknown), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// The request was certainly not carried out: the service refused it for now, or no byte of it left.
    NotDone {
        /// The wait that the service asked for.
        retry_after: Option<Duration>,
    },
    /// The request may have been carried out: the connection broke, the time ran out, or the service answered 5xx, 408 or 101.
    Unknown,
    /// The service's answer stands. Another attempt would get the same one.
    Final,
}

impl Fate {
    /// What an answer says of any request, or `None` if the answer is a success (2xx).
    /// [`Operation::fate`](crate::Operation::fate) begins with this and adds what only the operation knows.
    ///
    /// - 429, and 403 or 503 with `Retry-After`: not done. The wait is what `Retry-After` asks for. A date is read against the
    ///   answer's own `Date`. A 429 without `Retry-After`, and a `Retry-After` that cannot be read, count as 10 seconds.
    /// - 408 and all other 5xx: unknown. So is 101, after which no answer comes.
    /// - Everything else is final.
    ///
    /// ```
    /// use nh_core::{http::Response, retry::Fate};
    /// use std::time::Duration;
    ///
    /// let throttled = Response::builder().status(403).header("Retry-After", "60").body(())?;
    /// assert_eq!(Fate::of_response(&throttled), Some(Fate::NotDone { retry_after: Some(Duration::from_secs(60)) }));
    /// let busy = Response::builder().status(503).body(())?;
    /// assert_eq!(Fate::of_response(&busy), Some(Fate::Unknown));
    /// # Ok::<(), nh_core::http::Error>(())
    /// ```
    pub fn of_response<B>(response: &Response<B>) -> Option<Fate> {
        let asked = RetryAfter::of(response.headers());
        let wait = asked.map(|asked| asked.wait().unwrap_or(THROTTLED));
        Some(match response.status().as_u16() {
            200..300 => return None,
            429 => Fate::NotDone { retry_after: wait.or(Some(THROTTLED)) },
            403 | 503 if wait.is_some() => Fate::NotDone { retry_after: wait },
            100..200 | 408 | 500.. => Fate::Unknown,
            _ => Fate::Final,
        })
    }

    /// The same for a write of a registration: 409 is a refusal for now too. The [reference] documents it as a request rate that
    /// is too high.
    ///
    /// [reference]: https://learn.microsoft.com/rest/api/notificationhubs/create-update-registration
    pub(crate) fn of_registration_write<B>(response: &Response<B>) -> Option<Fate> {
        if response.status() != http::StatusCode::CONFLICT {
            return Fate::of_response(response);
        }
        let asked = RetryAfter::of(response.headers());
        Some(Fate::NotDone { retry_after: asked.map(|asked| asked.wait().unwrap_or(THROTTLED)) })
    }

    /// Is it certain that the request was not carried out? It can be sent again without harm.
    pub fn is_not_done(self) -> bool {
        matches!(self, Fate::NotDone { .. })
    }

    /// Is it open whether the request was carried out? Sent again, it may be done twice.
    pub fn is_unknown(self) -> bool {
        self == Fate::Unknown
    }

    /// Is the answer the last word?
    pub fn is_final(self) -> bool {
        self == Fate::Final
    }
}

/// How often a call is tried, and how long it waits in between.
///
/// ```
/// use nh_core::retry::RetryPolicy;
/// use std::time::Duration;
///
/// let patient = RetryPolicy::new().attempts(6).base(Duration::from_secs(2));
/// let once = RetryPolicy::NEVER;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    base: Duration,
    cap: Duration,
    repeat_unknown: bool,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy::new()
    }
}

impl RetryPolicy {
    /// One attempt, no second.
    pub const NEVER: RetryPolicy = RetryPolicy::new().attempts(1);

    /// The defaults: 4 attempts as in the official SDKs, waits that begin at 1 s and double up to 60 s, and no repetition of what
    /// may have been carried out.
    pub const fn new() -> RetryPolicy {
        RetryPolicy {
            attempts: 4,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            repeat_unknown: false,
        }
    }

    /// Sets how many attempts a call has, the first one included: 4 unless set. 0 counts as 1.
    pub const fn attempts(mut self, attempts: u32) -> RetryPolicy {
        self.attempts = attempts;
        self
    }

    /// Sets the longest first wait: 1 s unless set. Each further wait may be twice as long as the one before. A random wait
    /// between half of it and the whole is taken.
    pub const fn base(mut self, wait: Duration) -> RetryPolicy {
        self.base = wait;
        self
    }

    /// Sets where waits stop to grow: 60 s unless set. If the service asks for a longer wait, the longer one is kept.
    pub const fn cap(mut self, wait: Duration) -> RetryPolicy {
        self.cap = wait;
        self
    }

    /// Repeats attempts that may have been carried out, also of operations that are not
    /// [repeatable](crate::Operation::repeatable): false unless set. A send may then arrive twice.
    pub const fn repeat_unknown(mut self, repeat: bool) -> RetryPolicy {
        self.repeat_unknown = repeat;
        self
    }

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
#[non_exhaustive]
pub enum Decision {
    /// Try again after this time.
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
    /// The request may have been carried out, and doing it twice is not the same as doing it once.
    FateUnknown,
    /// All attempts are used up.
    Attempts,
    /// The wait would end after the time that is left.
    Deadline,
}

impl Retry<'_> {
    /// Decides after an attempt with this `fate`. `left` is the time that is left for the whole call. `random` spreads the
    /// waits of many clients: give it any uniform number.
    ///
    /// The wait is never shorter than the service asks for, and never shorter than half of the policy's own wait: `Retry-After: 0`
    /// does not make many attempts within milliseconds.
    pub fn after(&mut self, fate: Fate, left: Duration, random: u32) -> Decision {
        let asked = match fate {
            Fate::Final => return Decision::GiveUp(GiveUp::Final),
            Fate::Unknown if !self.repeatable && !self.policy.repeat_unknown => {
                return Decision::GiveUp(GiveUp::FateUnknown);
            }
            Fate::Unknown => Duration::ZERO,
            Fate::NotDone { retry_after } => retry_after.unwrap_or_default(),
        };
        self.attempts += 1;
        if self.attempts >= self.policy.attempts {
            return Decision::GiveUp(GiveUp::Attempts);
        }
        let doubled = self.policy.base.saturating_mul(1 << (self.attempts - 1).min(16)).min(self.policy.cap);
        let share = f64::from(random) / f64::from(u32::MAX);
        let own = doubled / 2 + (doubled / 2).mul_f64(share);
        // Not all clients at the same moment.
        let spread = doubled.min(asked / 10).mul_f64(share);
        let wait = own.max(asked.saturating_add(spread));
        if wait >= left { Decision::GiveUp(GiveUp::Deadline) } else { Decision::Wait(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_repeated_for_who_asks() {
        let policy = RetryPolicy::new().repeat_unknown(true).attempts(2);
        let mut send = policy.start(false);
        assert!(matches!(send.after(Fate::Unknown, LONG, 0), Decision::Wait(_)));
        assert_eq!(send.after(Fate::Unknown, LONG, 0), Decision::GiveUp(GiveUp::Attempts));
        let send = policy.repeat_unknown(false).attempts(9);
        assert_eq!(send.start(false).after(Fate::Unknown, LONG, 0), Decision::GiveUp(GiveUp::FateUnknown));
    }

    fn answer(status: u16, headers: &[(&str, &str)]) -> Response<()> {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(()).unwrap()
    }

    const LONG: Duration = Duration::from_secs(1000);

    #[test]
    fn fates() {
        let fate = |status, headers: &[(&str, &str)]| Fate::of_response(&answer(status, headers));
        let not_done = |seconds| Some(Fate::NotDone { retry_after: Some(Duration::from_secs(seconds)) });
        assert_eq!(fate(201, &[]), None);
        assert_eq!(fate(429, &[]), not_done(10));
        for status in [403, 429, 503] {
            assert_eq!(fate(status, &[("Retry-After", "0")]), not_done(0));
            assert_eq!(fate(status, &[("Retry-After", "60")]), not_done(60));
            assert_eq!(fate(status, &[("Retry-After", "soon")]), not_done(10));
            assert_eq!(fate(status, &[("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")]), not_done(10));
            let date = ("Date", "Wed, 21 Oct 2026 07:27:30 GMT");
            assert_eq!(fate(status, &[("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"), date]), not_done(30));
            assert_eq!(fate(status, &[("Retry-After", "Wed, 21 Oct 2026 07:27:00 GMT"), date]), not_done(0));
        }
        for status in [101, 408, 500, 502, 503, 504] {
            assert_eq!(fate(status, &[]), Some(Fate::Unknown), "{status}");
        }
        for status in [302, 400, 401, 403, 404, 409, 410, 412, 413] {
            assert_eq!(fate(status, &[]), Some(Fate::Final), "{status}");
        }
    }

    #[test]
    fn a_409_of_a_registration_write_is_a_refusal_for_now() {
        let fate = |status, headers: &[(&str, &str)]| Fate::of_registration_write(&answer(status, headers));
        assert_eq!(fate(409, &[]), Some(Fate::NotDone { retry_after: None }));
        let seconds = |seconds| Some(Fate::NotDone { retry_after: Some(Duration::from_secs(seconds)) });
        assert_eq!(fate(409, &[("Retry-After", "4")]), seconds(4));
        assert_eq!((fate(200, &[]), fate(410, &[]), fate(429, &[])), (None, Some(Fate::Final), seconds(10)));
    }

    #[test]
    fn no_refusal_makes_many_attempts_within_milliseconds() {
        let policy = RetryPolicy::new();
        for (asked, waits) in [(0, [500, 1000, 2000]), (1, [1000, 1000, 2000]), (3, [3000; 3])] {
            let mut retry = policy.start(false);
            let fate = Fate::NotDone { retry_after: Some(Duration::from_secs(asked)) };
            for wait in waits {
                assert_eq!(retry.after(fate, LONG, 0), Decision::Wait(Duration::from_millis(wait)));
            }
        }
        let none = Fate::NotDone { retry_after: None };
        assert_eq!(policy.start(false).after(none, LONG, 0), Decision::Wait(Duration::from_millis(500)));
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
        let policy = RetryPolicy::new().attempts(10).cap(Duration::from_secs(5));
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
        let retry = RetryPolicy::new().base(Duration::ZERO);
        assert_eq!(retry.start(false).after(asked, LONG, 7), Decision::Wait(Duration::from_secs(60)));
        assert_eq!(
            retry.start(false).after(asked, Duration::from_secs(60), 7),
            Decision::GiveUp(GiveUp::Deadline)
        );
    }

    #[test]
    fn huge_numbers_do_not_overflow() {
        let policy = RetryPolicy::new().attempts(u32::MAX).base(Duration::MAX).cap(LONG);
        let asked = Fate::NotDone { retry_after: Some(Duration::from_secs(u64::MAX)) };
        assert_eq!(policy.start(true).after(asked, LONG, u32::MAX), Decision::GiveUp(GiveUp::Deadline));
    }
}
