//! A run over a long list: who looks at it, and how it ends before its list does.

use crate::failure::Failure;
use crate::progress::ListBar;
use crate::terminal::tell;
use crate::told_to_end::told_to_end;
use nh_hyper::bulk::{BulkError, BulkRun, PartEnd};
use nh_hyper::migrate::{MigrationRun, Moved};
use std::time::Duration;

/// After the first Ctrl-C, what is in flight has so long to come to its end: longer than an attempt may take.
const LAST_WAIT: Duration = Duration::from_secs(60);

/// So many reasons are shown. The report has all.
const SHOWN: u64 = 10;

pub(crate) trait LongRun {
    type Item;
    type Error;

    async fn next(&mut self) -> Option<Result<Self::Item, Self::Error>>;
    fn stop(&mut self);
    /// What is not at its end yet.
    fn in_flight(&self) -> usize;
}

impl LongRun for BulkRun<'_> {
    type Item = PartEnd;
    type Error = BulkError;

    async fn next(&mut self) -> Option<Result<PartEnd, BulkError>> {
        BulkRun::next(self).await
    }
    fn stop(&mut self) {
        BulkRun::stop(self);
    }
    fn in_flight(&self) -> usize {
        BulkRun::in_flight(self) as usize
    }
}

impl LongRun for MigrationRun {
    type Item = Moved;
    type Error = nh_hyper::Error;

    async fn next(&mut self) -> Option<Result<Moved, nh_hyper::Error>> {
        MigrationRun::next(self).await
    }
    fn stop(&mut self) {
        MigrationRun::stop(self);
    }
    fn in_flight(&self) -> usize {
        MigrationRun::in_flight(self)
    }
}

/// Who looks at a run.
pub(crate) trait Watch<R: LongRun> {
    fn bar(&self) -> &ListBar;
    /// One more has come to its end.
    fn item(&mut self, run: &R, item: &R::Item) -> Result<(), Failure>;
    /// A second has gone by.
    fn second(&mut self, run: &R) -> Result<(), Failure>;
    /// What is in flight, after its number.
    fn in_flight(&self) -> &'static str;
}

/// Why a run ended before its list.
pub(crate) enum Ended<E> {
    Of(E),
    Stopped,
    /// So many were in flight.
    Abandoned(usize),
    By(Failure),
}

/// Runs to the end of the list, or until Ctrl-C. The first one lets what is in flight come to its end.
pub(crate) async fn over<R: LongRun>(run: &mut R, watch: &mut impl Watch<R>) -> Result<(), Ended<R::Error>> {
    let io = |why: std::io::Error| Ended::By(why.into());
    let mut told = std::pin::pin!(told_to_end().map_err(io)?);
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut is_stopped = false;
    loop {
        tokio::select! {
            biased;
            () = &mut told => {
                if is_stopped {
                    return Err(Ended::Abandoned(run.in_flight()));
                }
                is_stopped = true;
                run.stop();
                told.set(told_to_end().map_err(io)?);
                tick = tokio::time::interval_at(tokio::time::Instant::now() + LAST_WAIT, LAST_WAIT);
                let waits = format!("{} {}", run.in_flight(), watch.in_flight());
                let text = format_args!("ending: {waits}; Ctrl-C again does not wait for them");
                watch.bar().suspend(|| tell(text));
            }
            item = run.next() => match item {
                Some(Ok(item)) => watch.item(run, &item).map_err(Ended::By)?,
                Some(Err(why)) => return Err(Ended::Of(why)),
                None if is_stopped => return Err(Ended::Stopped),
                None => return Ok(()),
            },
            _ = tick.tick() => {
                if is_stopped {
                    return Err(Ended::Abandoned(run.in_flight()));
                }
                watch.second(run).map_err(Ended::By)?;
            }
        }
    }
}

/// The first reasons why something was not done.
#[derive(Default)]
pub(crate) struct Reasons {
    told: u64,
}

impl Reasons {
    pub(crate) fn tell(&mut self, text: &str) {
        self.told += 1;
        if self.told <= SHOWN {
            tell(text);
        }
    }

    /// Says how many more there are.
    pub(crate) fn end(&self) {
        if self.told > SHOWN {
            tell(format_args!("{} more like this; --report FILE tells of all", self.told - SHOWN));
        }
    }
}
