use crate::retry::Fate;
use std::time::{Duration, Instant};

/// Holds back all calls to a namespace while the service throttles it. The service counts the requests to a namespace together.
/// If each call waits for itself, the others go on and are refused, too.
///
/// It has no clock: the time is an argument. A transport has one for each namespace.
///
/// | what happens | the brake |
/// |---|---|
/// | an answer refuses for now and asks for a wait | holds for that time, at most [`MAX`](Brake::MAX) |
/// | a second refusal asks for a longer time | holds until the later end |
/// | a second refusal asks for a shorter time | still holds until the later end |
/// | another call succeeds | does not change: that call may have been on its way before |
/// | an attempt ends in another way | does not change |
/// | the time is over | lets go |
///
/// ```
/// use nh_core::retry::{Brake, Fate};
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// let mut brake = Brake::default();
/// assert_eq!(brake.wait(now), Duration::ZERO);
/// brake.after(Some(Fate::NotDone { retry_after: Some(Duration::from_secs(10)) }), now);
/// assert_eq!(brake.wait(now + Duration::from_secs(4)), Duration::from_secs(6));
/// assert_eq!(brake.wait(now + Duration::from_secs(10)), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brake {
    until: Option<Instant>,
}

impl Brake {
    /// A brake holds at most this long: 5 minutes. One answer cannot stop a program for a day.
    pub const MAX: Duration = Duration::from_secs(300);

    /// Takes note of what an answer says of an attempt: `None` is a success, as in [`Fate::of_response`]. Returns true if the
    /// brake holds longer than before.
    ///
    /// ```
    /// use nh_core::retry::{Brake, Fate};
    /// use std::time::Instant;
    ///
    /// let mut brake = Brake::default();
    /// assert!(!brake.after(None, Instant::now()));
    /// assert!(!brake.after(Some(Fate::Unknown), Instant::now()));
    /// ```
    pub fn after(&mut self, answer: Option<Fate>, now: Instant) -> bool {
        let Some(Fate::NotDone { retry_after: Some(wait) }) = answer else { return false };
        let Some(until) = now.checked_add(wait.min(Brake::MAX)).filter(|&until| until > now) else {
            return false;
        };
        let longer = self.until.is_none_or(|held| until > held);
        if longer {
            self.until = Some(until);
        }
        longer
    }

    /// Returns how long a call that comes now waits: zero if the brake does not hold.
    pub fn wait(&self, now: Instant) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Returns when the brake lets go, if it has held. A call that has waited until then need not look at the clock again.
    pub fn until(&self) -> Option<Instant> {
        self.until
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an `Instant` comes from the clock only")]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn refused(wait: u64) -> Option<Fate> {
        Some(Fate::NotDone { retry_after: Some(seconds(wait)) })
    }

    fn held(wait: u64) -> (Brake, Instant) {
        let (mut brake, now) = (Brake::default(), Instant::now());
        assert!(brake.after(refused(wait), now));
        (brake, now)
    }

    #[test]
    fn a_refusal_for_now_holds_for_its_time() {
        let (brake, now) = held(10);
        for (passed, wait) in [(0, 10), (4, 6), (10, 0), (99, 0)] {
            assert_eq!(brake.wait(now + seconds(passed)), seconds(wait));
        }
    }

    #[test]
    fn a_longer_refusal_holds_longer() {
        let (mut brake, now) = held(10);
        assert!(brake.after(refused(10), now + seconds(1)));
        assert_eq!(brake.wait(now), seconds(11));
    }

    #[test]
    fn a_shorter_refusal_lets_nobody_go_earlier() {
        let (mut brake, now) = held(10);
        assert!(!brake.after(refused(2), now + seconds(1)));
        assert_eq!(brake.wait(now), seconds(10));
    }

    #[test]
    fn a_success_in_between_changes_nothing() {
        let (mut brake, now) = held(10);
        assert!(!brake.after(None, now + seconds(1)));
        assert_eq!(brake.wait(now), seconds(10));
    }

    #[test]
    fn what_is_no_refusal_for_now_holds_nobody() {
        let mut brake = Brake::default();
        let now = Instant::now();
        for answer in [
            Some(Fate::Unknown),
            Some(Fate::Final),
            Some(Fate::NotDone { retry_after: None }),
            refused(0),
            None,
        ] {
            assert!(!brake.after(answer, now));
            assert_eq!(brake.wait(now), Duration::ZERO);
        }
    }

    #[test]
    fn after_its_time_it_can_hold_again() {
        let (mut brake, now) = held(10);
        assert!(brake.after(refused(3), now + seconds(20)));
        assert_eq!(brake.wait(now + seconds(21)), seconds(2));
    }

    #[test]
    fn no_answer_stops_a_program_for_a_day() {
        for wait in [301, 86_400, u64::MAX] {
            let (brake, now) = held(wait);
            assert_eq!(brake.wait(now), Brake::MAX);
        }
    }
}
