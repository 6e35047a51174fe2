use super::operation;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong on demand, for which requests, and how often.
///
/// ```
/// use nh_emulator::{Emulator, Fault};
///
/// let emulator = Emulator::start_blocking()?;
/// // Every second send is throttled, ten in all.
/// emulator.add_fault(Fault::status(429).retry_after(5).operation("SendNotification").every(2).times(10))?;
/// // One connection breaks after the request was carried out: its fate is unknown to who sent it.
/// emulator.add_fault(Fault::dropped_after().times(1))?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// 0: it has not been added yet.
    id: u64,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) delay_ms: Option<u64>,
    pub(crate) connection: Option<DroppedConnection>,
    pub(crate) truncate: bool,
    operation: Option<String>,
    hub: Option<String>,
    every: Option<u64>,
    times: Option<u64>,
}

/// So many faults nobody adds: what comes after it still is a number.
const LAST_ID: u64 = u32::MAX as u64;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Status,
    DroppedBefore,
    DroppedAfter,
    Truncate,
    /// It takes longer, and nothing else.
    Delay,
}

impl FaultKind {
    /// In the order of their numbers.
    pub(crate) const ALL: [FaultKind; 5] = [
        FaultKind::Status,
        FaultKind::DroppedBefore,
        FaultKind::DroppedAfter,
        FaultKind::Truncate,
        FaultKind::Delay,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            FaultKind::Status => "status",
            FaultKind::DroppedBefore => "dropped-before",
            FaultKind::DroppedAfter => "dropped-after",
            FaultKind::Truncate => "truncate",
            FaultKind::Delay => "delay",
        }
    }
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DroppedConnection {
    DroppedBefore,
    DroppedAfter,
}

impl Fault {
    /// The request is not carried out, and answered with this status.
    pub fn status(status: u16) -> Fault {
        Fault { status: Some(status), ..Fault::default() }
    }

    /// The connection ends before the request is carried out.
    pub fn dropped_before() -> Fault {
        Fault { connection: Some(DroppedConnection::DroppedBefore), ..Fault::default() }
    }

    /// The connection ends after the request was carried out, without an answer.
    pub fn dropped_after() -> Fault {
        Fault { connection: Some(DroppedConnection::DroppedAfter), ..Fault::default() }
    }

    /// The answer's body ends early.
    pub fn truncated() -> Fault {
        Fault { truncate: true, ..Fault::default() }
    }

    /// The request has to wait for so long.
    pub fn delayed(time: Duration) -> Fault {
        Fault::default().delay(time)
    }

    /// And has to wait for so long first.
    #[must_use]
    pub fn delay(mut self, time: Duration) -> Fault {
        self.delay_ms = Some(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// With a status: the answer's `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Fault {
        self.retry_after = Some(seconds);
        self
    }

    /// Only this operation: `SendNotification`, `PutInstallation`, .. as nh-core names them.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>) -> Fault {
        self.operation = Some(name.into());
        self
    }

    /// Only this hub.
    #[must_use]
    pub fn hub(mut self, name: impl Into<String>) -> Fault {
        self.hub = Some(name.into());
        self
    }

    /// Only each n-th request that fits.
    #[must_use]
    pub fn every(mut self, n: u64) -> Fault {
        self.every = Some(n);
        self
    }

    /// So many times in all, then it is over; without it, until it is removed.
    #[must_use]
    pub fn times(mut self, n: u64) -> Fault {
        self.times = Some(n);
        self
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn kind(&self) -> FaultKind {
        match (self.connection, self.status) {
            (Some(DroppedConnection::DroppedBefore), _) => FaultKind::DroppedBefore,
            (Some(DroppedConnection::DroppedAfter), _) => FaultKind::DroppedAfter,
            (None, Some(_)) => FaultKind::Status,
            (None, None) if self.truncate => FaultKind::Truncate,
            (None, None) => FaultKind::Delay,
        }
    }

    /// What makes no sense, said.
    pub(crate) fn check(&self) -> Result<(), String> {
        let kinds = [self.status.is_some(), self.connection.is_some(), self.truncate];
        match kinds.into_iter().filter(|kind| *kind).count() {
            0 if self.delay_ms.is_none() => {
                return Err(
                    "nothing goes wrong; give 'status', 'connection', 'truncate' or 'delay_ms'".into()
                );
            }
            0 | 1 => {}
            _ => return Err("give one of 'status', 'connection' and 'truncate'".into()),
        }
        if self.status.is_some_and(|status| !(400..600).contains(&status)) {
            return Err("'status' is not from 400 to 599".into());
        }
        if self.retry_after.is_some() && self.status.is_none() {
            return Err("'retry_after' needs a 'status'".into());
        }
        if let Some(unknown) = self.operation.as_ref().filter(|name| !is_operation(name)) {
            return Err(format!(
                "'{unknown}' is no 'operation'; known are {}",
                operation::names().join(", ")
            ));
        }
        if self.id > LAST_ID {
            return Err(format!("'id' is larger than {LAST_ID}; leave it out to get a new one"));
        }
        if self.every == Some(0) || self.times == Some(0) {
            return Err("'every' and 'times' count from 1".into());
        }
        Ok(())
    }

    fn fits(&self, operation: Option<&str>, hub: &str) -> bool {
        let same = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is.is_some_and(|is| is.eq_ignore_ascii_case(wanted)))
        };
        same(&self.operation, operation) && same(&self.hub, Some(hub))
    }
}

fn is_operation(name: &str) -> bool {
    operation::names().iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<KnownFaults>);

#[derive(Debug, Default)]
struct KnownFaults {
    active: Vec<ActiveFault>,
    last: u64,
}

#[derive(Debug)]
struct ActiveFault {
    fault: Fault,
    seen: u64,
    struck: u64,
}

impl Faults {
    /// One that has been listed comes back under its id, in the place of the one that has it.
    pub(crate) fn add(&self, mut fault: Fault) -> Fault {
        let mut known = self.known();
        if fault.id == 0 {
            fault.id = known.last + 1;
        }
        known.last = known.last.max(fault.id);
        let new = ActiveFault { fault: fault.clone(), seen: 0, struck: 0 };
        match known.active.iter_mut().find(|active| active.fault.id == fault.id) {
            Some(active) => *active = new,
            None => known.active.push(new),
        }
        fault
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.known().active.iter().map(|active| active.fault.clone()).collect()
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        let mut known = self.known();
        let before = known.active.len();
        known.active.retain(|active| active.fault.id != id);
        known.active.len() < before
    }

    pub(crate) fn clear(&self) {
        self.known().active.clear();
    }

    /// The fault that befalls a request: the first one whose turn it is. Is it over with that?
    pub(crate) fn strike(&self, operation: Option<&str>, hub: &str) -> (Option<Fault>, bool) {
        let mut known = self.known();
        let strikes = |active: &mut ActiveFault| {
            if !active.fault.fits(operation, hub) {
                return false;
            }
            active.seen += 1;
            let strikes = active.seen.is_multiple_of(active.fault.every.unwrap_or(1).max(1));
            active.struck += u64::from(strikes);
            strikes
        };
        let struck = known.active.iter_mut().find_map(|active| strikes(active).then(|| active.fault.clone()));
        let before = known.active.len();
        known.active.retain(|active| active.fault.times.is_none_or(|times| active.struck < times));
        (struck, known.active.len() < before)
    }

    fn known(&self) -> MutexGuard<'_, KnownFaults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_nth_and_so_many_times() {
        let faults = Faults::default();
        let second = faults.add(Fault::status(503).every(2).times(2).operation("sendNotification").hub("H"));
        let strike = |operation| {
            let (struck, is_over) = faults.strike(operation, "h");
            (struck.is_some(), is_over)
        };
        let struck: Vec<_> = (0..5).map(|_| strike(Some("SendNotification"))).collect();
        let (not, once, last) = ((false, false), (true, false), (true, true));
        assert_eq!(struck, [not, once, not, last, not]);
        assert_eq!([strike(Some("TestSend")), strike(None)], [not, not]);
        // It is over.
        assert!(faults.all().is_empty() && !faults.remove(second.id()));
        let always = faults.add(Fault::truncated());
        assert!(faults.remove(always.id()) && !faults.remove(always.id()));
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for bad in [
            Fault::default(),
            Fault::status(200),
            Fault::dropped_after().retry_after(1),
            Fault { truncate: true, ..Fault::status(500) },
            Fault::status(500).every(0),
            Fault::status(500).operation("Send"),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        Fault::delayed(Duration::from_secs(1)).check().unwrap();
        Fault::status(500).retry_after(0).delay(Duration::ZERO).check().unwrap();
        assert!(
            serde_json::from_str::<Fault>(r#"{"statsu":500}"#).unwrap_err().to_string().contains("statsu")
        );
    }
}
