//! How many requests there were, how they were answered, and how long they took. A request adds to a few atomic numbers, and no
//! lock is taken.

use super::fault::FaultKind;
use super::operation;
use std::array;
use std::collections::BTreeMap;
use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A status is below this.
const STATUSES: usize = 600;

/// A connection that was dropped counts as this status.
const DROPPED: usize = 0;

/// The upper bounds of the buckets. On loopback most requests take less than a millisecond; faults delay for seconds.
pub(crate) const BOUNDS: [Duration; 16] = [
    Duration::from_micros(100),
    Duration::from_micros(250),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// They count from the start of the emulator, whatever is cleared or reset.
pub(crate) struct RequestCounts {
    /// One for each row of the table of operations, and a last one for what is no operation.
    rows: Vec<OperationCounts>,
    faults: [AtomicU64; FaultKind::ALL.len()],
}

struct OperationCounts {
    /// By status.
    answers: Vec<AtomicU64>,
    /// By bucket, and a last one for what took longer.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// How many requests for an operation were answered so.
pub(crate) struct AnswerCount {
    /// `None`: the path or the method is no operation's.
    pub(crate) operation: Option<&'static str>,
    /// `None`: the connection was dropped.
    pub(crate) status: Option<u16>,
    pub(crate) count: u64,
}

/// How long the requests for an operation took.
pub(crate) struct DurationCount {
    pub(crate) operation: Option<&'static str>,
    pub(crate) sum: Duration,
    /// For each of the [`BOUNDS`] those that took as long, and longer than the bound before; the last one took longer than all.
    pub(crate) buckets: [u64; BOUNDS.len() + 1],
}

impl RequestCounts {
    pub(crate) fn new() -> RequestCounts {
        let row = || OperationCounts {
            answers: iter::repeat_with(AtomicU64::default).take(STATUSES).collect(),
            buckets: array::from_fn(|_| AtomicU64::default()),
            nanoseconds: AtomicU64::default(),
        };
        let rows = iter::repeat_with(row).take(operation::ROWS + 1).collect();
        RequestCounts { rows, faults: array::from_fn(|_| AtomicU64::default()) }
    }

    /// A request was answered, or its connection dropped. `row` is that of its operation in the table.
    pub(crate) fn answered(&self, row: Option<usize>, status: Option<u16>, took: Duration) {
        let Some(row) = self.rows.get(row.unwrap_or(operation::ROWS)) else { return };
        let status = status.map_or(DROPPED, usize::from);
        let bucket = BOUNDS.partition_point(|bound| *bound < took);
        for number in [row.answers.get(status), row.buckets.get(bucket)].into_iter().flatten() {
            number.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        row.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// A fault befell a request.
    pub(crate) fn struck(&self, kind: FaultKind) {
        if let Some(count) = self.faults.get(kind as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often faults of each kind befell a request.
    pub(crate) fn faults(&self) -> impl Iterator<Item = (FaultKind, u64)> {
        FaultKind::ALL.into_iter().zip(self.faults.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    /// Those of which there were any.
    pub(crate) fn answers(&self) -> Vec<AnswerCount> {
        // Several rows of the table may be one operation.
        let mut counts = BTreeMap::<_, u64>::new();
        for (operation, row) in self.by_operation() {
            for (status, count) in row.answers.iter().enumerate() {
                match count.load(Ordering::Relaxed) {
                    0 => {}
                    count => *counts.entry((operation, status)).or_default() += count,
                }
            }
        }
        let counts = counts.into_iter().map(|((operation, status), count)| {
            let status = u16::try_from(status).ok().filter(|status| usize::from(*status) != DROPPED);
            AnswerCount { operation, status, count }
        });
        counts.collect()
    }

    /// Those of operations that were asked for.
    pub(crate) fn durations(&self) -> Vec<DurationCount> {
        let mut durations = BTreeMap::<_, DurationCount>::new();
        for (operation, row) in self.by_operation() {
            let buckets = row.buckets.each_ref().map(|count| count.load(Ordering::Relaxed));
            if buckets.iter().all(|count| *count == 0) {
                continue;
            }
            let sum = Duration::from_nanos(row.nanoseconds.load(Ordering::Relaxed));
            let none = DurationCount { operation, sum: Duration::ZERO, buckets: [0; BOUNDS.len() + 1] };
            let known = durations.entry(operation).or_insert(none);
            known.sum += sum;
            for (known, count) in known.buckets.iter_mut().zip(buckets) {
                *known += count;
            }
        }
        durations.into_values().collect()
    }

    fn by_operation(&self) -> impl Iterator<Item = (Option<&'static str>, &OperationCounts)> {
        self.rows.iter().enumerate().map(|(row, counts)| (operation::name(row), counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_bucket_that_it_does_not_exceed() {
        let counts = RequestCounts::new();
        for micros in [100, 101, 10_000_000, 10_000_001] {
            counts.answered(None, None, Duration::from_micros(micros));
        }
        let [duration] = &counts.durations()[..] else { panic!("one operation") };
        let mut expected = [0; BOUNDS.len() + 1];
        for place in [0, 1, 15, 16] {
            expected[place] = 1;
        }
        assert_eq!((duration.operation, duration.buckets), (None, expected));
        assert_eq!(duration.sum, Duration::from_micros(20_000_202));
        assert!(BOUNDS.is_sorted());
    }

    #[test]
    fn rows_of_one_operation_are_counted_together() {
        let counts = RequestCounts::new();
        let rows: Vec<_> =
            (0..operation::ROWS).filter(|row| operation::name(*row) == Some("SendDirect")).collect();
        assert_eq!(rows.len(), 2);
        for row in rows {
            counts.answered(Some(row), Some(201), Duration::ZERO);
        }
        let [answers] = &counts.answers()[..] else { panic!("one operation") };
        assert_eq!((answers.operation, answers.status, answers.count), (Some("SendDirect"), Some(201), 2));
        assert_eq!(counts.durations().len(), 1);
    }
}
