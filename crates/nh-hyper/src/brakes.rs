use http::Uri;
use http::uri::Authority;
use nh_core::retry::{Brake, Fate};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The brakes of one transport, one for each namespace that is throttled.
#[derive(Default)]
pub(crate) struct Brakes {
    /// Is there any? Almost never: then a call reads this and no more.
    any: AtomicBool,
    held: Mutex<HashMap<Authority, Brake>>,
}

impl Brakes {
    /// Takes note of what an answer says of an attempt.
    pub(crate) fn after(&self, address: &Uri, answer: Option<Fate>, now: Instant) {
        let Some(Fate::NotDone { retry_after: Some(_) }) = answer else { return };
        let Some(authority) = address.authority() else { return };
        let mut held = self.held();
        let mut brake = held.get(authority).copied().unwrap_or_default();
        if brake.after(answer, now) {
            held.insert(authority.clone(), brake);
            self.any.store(true, Ordering::Release);
        }
    }

    /// How long a call that comes now waits, and until when, if it has not waited until then before (`waited`).
    pub(crate) fn wait(
        &self,
        address: &Uri,
        now: Instant,
        waited: Option<Instant>,
    ) -> Option<(Duration, Instant)> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let authority = address.authority()?;
        let mut held = self.held();
        held.retain(|_, brake| !brake.wait(now).is_zero());
        self.any.store(!held.is_empty(), Ordering::Release);
        let brake = held.get(authority)?;
        let until = brake.until()?;
        (waited < Some(until)).then(|| (brake.wait(now), until))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Authority, Brake>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_do_not_share() {
        let (brakes, now) = (Brakes::default(), Instant::now());
        let (one, other) = (Uri::from_static("https://a.net/"), Uri::from_static("https://b.net/"));
        let ten = Duration::from_secs(10);
        brakes.after(&one, Some(Fate::NotDone { retry_after: Some(ten) }), now);
        assert_eq!(brakes.wait(&one, now, None), Some((ten, now + ten)));
        assert_eq!(brakes.wait(&other, now, None), None);
        // Who has waited, however the clock goes, does not wait again.
        assert_eq!(brakes.wait(&one, now, Some(now + ten)), None);
        assert!(brakes.any.load(Ordering::Acquire));
        assert_eq!(brakes.wait(&one, now + ten, None), None);
        assert!(!brakes.any.load(Ordering::Acquire));
    }
}
