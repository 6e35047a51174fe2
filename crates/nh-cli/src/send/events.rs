//! What `--json` and the report say of a run.

use nh_core::BuildError;
use nh_hyper::bulk::{Account, BulkRun, End, PartEnd};
use serde::Serialize;

/// What became of recipients, as JSON.
#[derive(Serialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub(super) enum Fate<'a> {
    Sent { notification_id: Option<&'a str>, tracking_id: Option<&'a str> },
    Refused { reason: &'a str },
    Unknown { reason: &'a str },
    NotSent { reason: &'a str },
}

impl<'a> Fate<'a> {
    pub(super) fn of(end: &'a End) -> Fate<'a> {
        match end {
            End::Sent { notification_id, tracking_id } => Fate::Sent {
                notification_id: notification_id.as_deref(),
                tracking_id: tracking_id.as_deref(),
            },
            End::Refused { reason } => Fate::Refused { reason },
            End::Unknown { reason } => Fate::Unknown { reason },
            End::NotSent { reason } => Fate::NotSent { reason },
        }
    }
}

/// A line of `--json`: a request has come to its end.
#[derive(Serialize)]
pub(super) struct Event<'a> {
    event: &'static str,
    part: u64,
    first: u64,
    last: u64,
    recipients: u64,
    refused: Vec<RefusedOne<'a>>,
    #[serde(flatten)]
    end: Option<Fate<'a>>,
}

#[derive(Serialize)]
struct RefusedOne<'a> {
    place: u64,
    reason: &'a BuildError,
}

impl<'a> Event<'a> {
    pub(super) fn of(part: &'a PartEnd) -> Event<'a> {
        let refused = part.refused().iter();
        Event {
            event: "part",
            part: part.number(),
            first: *part.places().start(),
            last: *part.places().end(),
            recipients: part.recipients(),
            refused: refused.map(|one| RefusedOne { place: one.place(), reason: one.why() }).collect(),
            end: part.end().map(Fate::of),
        }
    }
}

/// A line of `--json`: the counts so far, or at the end.
#[derive(Serialize)]
pub(super) struct Counts {
    event: &'static str,
    recipients: u64,
    sent: u64,
    refused: u64,
    unknown: u64,
    not_sent: u64,
    /// Of all of them, those that earlier runs settled.
    earlier: u64,
    requests: u64,
}

impl Counts {
    pub(super) fn of(event: &'static str, account: Account) -> Counts {
        let Account { recipients, sent, refused, unknown, not_sent, earlier, requests, .. } = account;
        Counts { event, recipients, sent, refused, unknown, not_sent, earlier, requests }
    }
}

#[derive(Serialize)]
pub(super) struct Progress {
    #[serde(flatten)]
    counts: Counts,
    in_flight: u32,
    held_back_seconds: u64,
}

impl Progress {
    pub(super) fn of(run: &BulkRun<'_>) -> Progress {
        Progress {
            counts: Counts::of("progress", run.account()),
            in_flight: run.in_flight(),
            held_back_seconds: run.held_back().as_secs(),
        }
    }
}
