use crate::retry::{Brake, Fate};
use std::time::{Duration, Instant};

/// The pace of a long run of sends: how many may be in flight, and when the next one goes out. It finds out how much the service
/// takes: the number rises slowly, and a refusal by throttling halves it.
///
/// It has no clock: the time is an argument.
///
/// | what happens | the pace |
/// |---|---|
/// | the run begins | [`FIRST`](Pace::FIRST) in flight |
/// | a request is answered, and the service has never throttled | one more in flight: twice as many in each round |
/// | a request is answered, and the service has throttled before | one more in each round |
/// | the service throttles and asks for a wait | half as many in flight; nobody goes out during the wait |
/// | the same for a request that went out before the latest slowdown | the longer wait counts; not slower again |
/// | no connection, or an unknown fate | one in flight; waits of 1, 2, 4, .. 60 seconds |
/// | so [`ROUNDS`](Pace::ROUNDS) times with no answer in between | gives up. [`FIRST_ROUNDS`](Pace::FIRST_ROUNDS) times if there was never an answer |
/// | throttled for [`PATIENCE`](Pace::PATIENCE) with no send in between | gives up |
///
/// A run gives up because it does harm to go on: a service that breaks off every request makes every recipient one of unknown fate.
///
/// ```
/// use nh_core::retry::{Fate, Pace, Turn};
/// use std::time::{Duration, Instant};
///
/// let now = Instant::now();
/// let mut pace = Pace::new(16, now);
/// assert_eq!((pace.turn(now), pace.turn(now), pace.turn(now)), (Turn::Go, Turn::Go, Turn::Full));
/// pace.after(None, now, now);                                    // one is sent
/// assert_eq!(pace.in_flight(), 1);
/// assert_eq!(pace.limit(), 3);
///
/// let throttled = Fate::NotDone { retry_after: Some(Duration::from_secs(10)) };
/// pace.after(Some(throttled), now, now);
/// assert_eq!(pace.limit(), 1);
/// assert_eq!(pace.turn(now), Turn::Wait(Duration::from_secs(10)));
/// ```
#[derive(Clone, Debug)]
pub struct Pace {
    most: u32,
    limit: u32,
    in_flight: u32,
    /// Answers since the limit was last raised. Counts once the service has throttled.
    answered: u32,
    has_throttled: bool,
    has_answered: bool,
    /// Requests that went out before this do not slow down again.
    slowed: Option<Instant>,
    until: Option<Instant>,
    /// So many times in a row, no answer came.
    rounds: u32,
    /// When something was sent for the last time, or the run began.
    sent: Instant,
    gives_up: bool,
}

/// What a run does next: see [`Pace::turn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Turn {
    /// Send one. It counts as in flight from now on.
    Go,
    /// As many are in flight as may be. Wait for one of them.
    Full,
    /// Send nothing for this time.
    Wait(Duration),
    /// Send nothing more.
    GiveUp,
}

impl Pace {
    /// So many are in flight at the beginning: 2.
    pub const FIRST: u32 = 2;

    /// A run gives up after so many rounds in a row in which no answer came: 6, which takes a minute.
    pub const ROUNDS: u32 = 6;

    /// The same if no answer has ever come: 3. The name of the host may be wrong.
    pub const FIRST_ROUNDS: u32 = 3;

    /// A run gives up if the service throttles it for this time and takes nothing: an hour.
    pub const PATIENCE: Duration = Duration::from_secs(60 * 60);

    const LONGEST_WAIT: Duration = Duration::from_secs(60);

    /// Makes the pace of a run that begins `now`, with at most so many in flight. 0 counts as 1.
    pub fn new(most: u32, now: Instant) -> Pace {
        let most = most.max(1);
        Pace {
            most,
            limit: Pace::FIRST.min(most),
            in_flight: 0,
            answered: 0,
            has_throttled: false,
            has_answered: false,
            slowed: None,
            until: None,
            rounds: 0,
            sent: now,
            gives_up: false,
        }
    }

    /// Says what the run does next.
    pub fn turn(&mut self, now: Instant) -> Turn {
        if self.gives_up {
            return Turn::GiveUp;
        }
        if self.in_flight >= self.limit {
            return Turn::Full;
        }
        let wait = self.wait(now);
        if !wait.is_zero() {
            return Turn::Wait(wait);
        }
        self.in_flight += 1;
        Turn::Go
    }

    /// Takes note of what became of a request that went out at the time `began`: `None` is a success, as in
    /// [`Fate::of_response`].
    pub fn after(&mut self, fate: Option<Fate>, began: Instant, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match fate {
            None | Some(Fate::Final) => self.answer(fate.is_none(), now),
            Some(Fate::NotDone { retry_after: Some(wait) }) => self.throttle(wait, began, now),
            Some(Fate::NotDone { retry_after: None } | Fate::Unknown) => self.trouble(began, now),
        }
    }

    fn answer(&mut self, is_sent: bool, now: Instant) {
        self.has_answered = true;
        self.rounds = 0;
        if is_sent {
            self.sent = now;
        }
        self.answered += 1;
        if !self.has_throttled || self.answered >= self.limit {
            self.answered = 0;
            self.limit = self.most.min(self.limit + 1);
        }
    }

    fn throttle(&mut self, wait: Duration, began: Instant, now: Instant) {
        self.has_answered = true;
        self.has_throttled = true;
        self.rounds = 0;
        self.hold(wait.min(Brake::MAX), now);
        if self.slows(began, now) {
            self.limit = (self.limit / 2).max(1);
        }
        self.gives_up |= now.saturating_duration_since(self.sent) >= Pace::PATIENCE;
    }

    fn trouble(&mut self, began: Instant, now: Instant) {
        if !self.slows(began, now) {
            return;
        }
        self.limit = 1;
        self.hold(Duration::from_secs(1 << self.rounds.min(6)).min(Pace::LONGEST_WAIT), now);
        self.rounds += 1;
        let rounds = if self.has_answered { Pace::ROUNDS } else { Pace::FIRST_ROUNDS };
        self.gives_up |= self.rounds >= rounds;
    }

    /// Is this request the first of its round that says so?
    fn slows(&mut self, began: Instant, now: Instant) -> bool {
        let is_first = self.slowed.is_none_or(|slowed| began >= slowed);
        if is_first {
            self.slowed = Some(now);
            self.answered = 0;
        }
        is_first
    }

    fn hold(&mut self, wait: Duration, now: Instant) {
        self.until = self.until.max(now.checked_add(wait));
    }

    /// Returns how long nobody goes out from `now` on. Zero if somebody may.
    pub fn wait(&self, now: Instant) -> Duration {
        self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Returns how many are in flight.
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Returns how many may be in flight now.
    pub fn limit(&self) -> u32 {
        self.limit
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an `Instant` comes from the clock only")]
mod tests {
    use super::*;

    const SENT: Option<Fate> = None;
    const FINAL: Option<Fate> = Some(Fate::Final);
    const UNKNOWN: Option<Fate> = Some(Fate::Unknown);
    const NO_CONNECTION: Option<Fate> = Some(Fate::NotDone { retry_after: None });

    fn throttled(seconds: u64) -> Option<Fate> {
        Some(Fate::NotDone { retry_after: Some(Duration::from_secs(seconds)) })
    }

    /// A pace with a clock of seconds.
    struct Run {
        pace: Pace,
        zero: Instant,
    }

    impl Run {
        fn new(most: u32) -> Run {
            let zero = Instant::now();
            Run { pace: Pace::new(most, zero), zero }
        }
        fn at(&self, second: u64) -> Instant {
            self.zero + Duration::from_secs(second)
        }
        fn turn(&mut self, second: u64) -> Turn {
            self.pace.turn(self.at(second))
        }
        /// Lets as many go as may, and tells how many are in flight.
        fn fill(&mut self, second: u64) -> u32 {
            while self.turn(second) == Turn::Go {}
            self.pace.in_flight()
        }
        fn after(&mut self, fate: Option<Fate>, began: u64, second: u64) {
            self.pace.after(fate, self.at(began), self.at(second));
        }
        /// As many go as may, and all of them end in the same way a second later.
        fn round(&mut self, fate: Option<Fate>, second: u64) {
            for _ in 0..self.fill(second) {
                self.after(fate, second, second + 1);
            }
        }
    }

    #[test]
    fn the_table() {
        // Rounds of one second each: what they end in, and how many may be in flight after each.
        for (most, rounds, limits) in [
            (16, &[SENT, SENT, SENT, SENT][..], &[4, 8, 16, 16][..]),
            (1, &[SENT, SENT], &[1, 1]),
            (0, &[SENT], &[1]),
            // A refusal of the whole round halves once.
            (16, &[SENT, SENT, throttled(0), SENT, SENT, throttled(0), throttled(0)], &[4, 8, 4, 5, 6, 3, 1]),
            // A service that refuses a recipient has answered.
            (16, &[FINAL, FINAL], &[4, 8]),
            (16, &[SENT, SENT, UNKNOWN], &[4, 8, 1]),
            (16, &[SENT, SENT, NO_CONNECTION], &[4, 8, 1]),
        ] {
            let mut run = Run::new(most);
            for (second, (fate, limit)) in (0..).zip(rounds.iter().zip(limits)) {
                run.round(*fate, second);
                assert_eq!(run.pace.limit(), *limit, "{rounds:?} at {second}");
            }
        }
    }

    #[test]
    fn nobody_goes_out_during_a_wait() {
        let mut run = Run::new(8);
        run.round(throttled(10), 0);
        assert_eq!(run.turn(1), Turn::Wait(Duration::from_secs(10)));
        assert_eq!(run.turn(10), Turn::Wait(Duration::from_secs(1)));
        assert_eq!(run.turn(11), Turn::Go);
        assert_eq!(run.turn(11), Turn::Full);
        run.after(throttled(u64::MAX), 11, 12);
        assert_eq!(run.turn(12), Turn::Wait(Brake::MAX));
    }

    #[test]
    fn a_late_refusal_does_not_slow_down_again() {
        let mut run = Run::new(64);
        (0..3).for_each(|second| run.round(SENT, second));
        assert_eq!(run.fill(4), 16);
        run.after(throttled(5), 4, 5);
        assert_eq!(run.pace.limit(), 8);
        run.after(throttled(7), 4, 6);
        run.after(UNKNOWN, 4, 7);
        assert_eq!((run.pace.limit(), run.pace.wait(run.at(6))), (8, Duration::from_secs(7)));
        // Those that succeed late raise it as always: once for as many as are in flight.
        for _ in 0..13 {
            run.after(SENT, 4, 8);
        }
        assert_eq!(run.pace.limit(), 9);
        assert_eq!(run.turn(12), Turn::Wait(Duration::from_secs(1)));
        run.round(throttled(0), 13);
        assert_eq!(run.pace.limit(), 4);
    }

    #[test]
    fn without_an_answer_it_gives_up_soon() {
        for fate in [NO_CONNECTION, UNKNOWN] {
            let mut run = Run::new(8);
            run.round(fate, 0);
            assert_eq!(run.turn(1), Turn::Wait(Duration::from_secs(1)));
            run.round(fate, 2);
            assert_eq!(run.turn(3), Turn::Wait(Duration::from_secs(2)));
            run.round(fate, 5);
            assert_eq!(run.turn(99), Turn::GiveUp);
        }
    }

    #[test]
    fn after_an_answer_it_tries_for_a_minute() {
        for answer in [SENT, FINAL, throttled(0)] {
            let mut run = Run::new(8);
            run.round(answer, 0);
            let mut second = 2;
            for wait in [1, 2, 4, 8, 16] {
                run.round(NO_CONNECTION, second);
                assert_eq!(run.turn(second + 1), Turn::Wait(Duration::from_secs(wait)));
                second += 1 + wait;
            }
            let mut patient = Run { pace: run.pace.clone(), zero: run.zero };
            run.round(UNKNOWN, second);
            assert_eq!(run.turn(second + 99), Turn::GiveUp);
            patient.round(answer, second);
            patient.round(UNKNOWN, second + 2);
            assert_eq!(patient.turn(second + 3), Turn::Wait(Duration::from_secs(1)));
        }
    }

    #[test]
    fn throttled_for_an_hour_it_gives_up() {
        let mut run = Run::new(8);
        let mut second = 0;
        while run.turn(second) == Turn::Go {
            run.after(throttled(300), second, second);
            second += 300;
        }
        assert_eq!((run.turn(second), second), (Turn::GiveUp, 3900));
        let mut run = Run::new(8);
        for second in (0..100_000).step_by(400) {
            run.round(throttled(300), second);
            run.round(SENT, second + 301);
        }
        assert_eq!(run.turn(100_400), Turn::Go);
    }
}
