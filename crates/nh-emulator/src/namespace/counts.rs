//! How many sends and deliveries there were, and what became of them. A send adds to a few atomic numbers, and no lock is taken.

use crate::model::send::Send;
use crate::model::verdict::{DeviceResult, Verdict};
use crate::rejection::Rejection;
use nh_outcome::Platform;
use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

/// The known platforms, and a last place: for sends the templates, for deliveries whatever else there may be.
const PLACES: usize = Platform::KNOWN.len() + 1;

/// Success, skipped, and each rejection.
const VERDICTS: usize = 2 + Rejection::ALL.len();

type Row<const N: usize> = [AtomicU64; N];

fn zeros<const N: usize>() -> Row<N> {
    array::from_fn(|_| AtomicU64::new(0))
}

fn add<const N: usize>(row: &Row<N>, place: usize, count: u64) {
    if let Some(number) = row.get(place) {
        number.fetch_add(count, Ordering::Relaxed);
    }
}

fn place(platform: Option<&Platform>) -> usize {
    let known = platform.and_then(|platform| Platform::KNOWN.iter().position(|known| known == platform));
    known.unwrap_or(Platform::KNOWN.len())
}

fn verdict_place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Success => 0,
        Verdict::Skipped => 1,
        Verdict::Refused(rejection) => 2 + rejection as usize,
    }
}

fn verdict_name(place: usize) -> &'static str {
    let refused = || place.checked_sub(2).and_then(|place| Rejection::ALL.get(place));
    let verdict = match place {
        0 => Verdict::Success,
        1 => Verdict::Skipped,
        _ => refused().map_or(Verdict::Skipped, |rejection| Verdict::Refused(*rejection)),
    };
    verdict.name()
}

/// Whether a send was a test send, and whether it was for any device.
const SEND_KINDS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

/// They count from the start of the emulator, whatever is cleared or reset.
pub(crate) struct Counts {
    /// By format, and the kind of send.
    sends: [Row<4>; PLACES],
    /// By platform, and what became of it.
    deliveries: [Row<VERDICTS>; PLACES],
    /// Sends over the limit, and test sends.
    throttled: Row<2>,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts {
            sends: array::from_fn(|_| zeros()),
            deliveries: array::from_fn(|_| zeros()),
            throttled: zeros(),
        }
    }
}

/// How many sends there were of a kind.
pub(crate) struct SendCount {
    /// A platform's word, or `template`.
    pub(crate) format: &'static str,
    pub(crate) is_test: bool,
    /// Was it for any device?
    pub(crate) has_target: bool,
    pub(crate) count: u64,
}

/// How many deliveries had this verdict on this platform.
pub(crate) struct DeliveryCount {
    pub(crate) platform: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) count: u64,
}

impl Counts {
    /// A send has gone out.
    pub(crate) fn sent(&self, send: &Send, results: &[DeviceResult]) {
        let (format, has_target) = (place(send.notification.platform()), !results.is_empty());
        let kind = SEND_KINDS.iter().position(|kind| *kind == (send.is_test, has_target));
        if let (Some(row), Some(kind)) = (self.sends.get(format), kind) {
            add(row, kind, 1);
        }
        // Devices of one platform with one verdict follow each other.
        for same in results.chunk_by(|one, next| one.platform == next.platform && one.verdict == next.verdict)
        {
            if let Some(first) = same.first()
                && let Some(row) = self.deliveries.get(place(Some(&first.platform)))
            {
                add(row, verdict_place(first.verdict), same.len() as u64);
            }
        }
    }

    /// A send was over the limit.
    pub(crate) fn throttled(&self, is_test: bool) {
        add(&self.throttled, usize::from(is_test), 1);
    }

    /// How many sends, or test sends, were over the limit.
    pub(crate) fn throttled_sends(&self, is_test: bool) -> u64 {
        self.throttled.get(usize::from(is_test)).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Those of which there were any.
    pub(crate) fn sends(&self) -> impl Iterator<Item = SendCount> {
        self.sends.iter().enumerate().flat_map(|(place, row)| {
            let format = Platform::KNOWN.get(place).map_or("template", Platform::as_str);
            let counts = SEND_KINDS.iter().zip(row);
            counts.filter_map(move |(&(is_test, has_target), count)| {
                let count = count.load(Ordering::Relaxed);
                (count > 0).then_some(SendCount { format, is_test, has_target, count })
            })
        })
    }

    /// Those of which there were any.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = DeliveryCount> {
        self.deliveries.iter().enumerate().flat_map(|(place, row)| {
            let platform = Platform::KNOWN.get(place).map_or("other", Platform::as_str);
            row.iter().enumerate().filter_map(move |(place, count)| {
                let count = count.load(Ordering::Relaxed);
                let verdict = verdict_name(place);
                (count > 0).then_some(DeliveryCount { platform, verdict, count })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_has_a_place_of_its_own() {
        let refused = Rejection::ALL.iter().map(|rejection| Verdict::Refused(*rejection));
        let all = [Verdict::Success, Verdict::Skipped].into_iter().chain(refused);
        for (place, verdict) in all.enumerate() {
            assert_eq!((verdict_place(verdict), verdict_name(place)), (place, verdict.name()));
        }
        for (at, platform) in Platform::KNOWN.iter().enumerate() {
            assert_eq!(place(Some(platform)), at);
        }
    }
}
