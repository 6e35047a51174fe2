//! One send that takes several requests: more devices, users or installations than one may name.

use crate::failure::Failure;
use crate::progress;
use nh_core::{Operation, Receipt, SendAll};
use nh_hyper::Client;
use serde::Serialize;
use std::{fmt, iter};

pub(super) type Operations = Box<dyn Iterator<Item = Box<dyn Operation<Output = Receipt>>>>;

/// Requests that go out one after the other.
pub(super) struct Parts {
    /// What is counted: devices, users or installations.
    pub(super) unit: &'static str,
    /// How many of them a request names, but for the last.
    pub(super) size: usize,
    pub(super) total: usize,
    pub(super) operations: Operations,
}

/// Which of several requests it was.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Part {
    request: usize,
    requests: usize,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.request, self.requests)
    }
}

impl Parts {
    /// A send of one request.
    pub(super) fn one(operation: impl Operation<Output = Receipt> + 'static) -> Parts {
        Parts {
            unit: "devices",
            size: 1,
            total: 1,
            operations: Box::new(iter::once(Box::new(operation) as _)),
        }
    }

    /// A send of several requests.
    pub(super) fn all(unit: &'static str, size: usize, sends: SendAll<'static>) -> Parts {
        let total = sends.recipient_count();
        Parts { unit, size, total, operations: Box::new(sends.map(|part| Box::new(part) as _)) }
    }

    /// Sends them, and shows each receipt as it comes. The first that fails ends it: what is wrong with one is most likely wrong
    /// with all, and whoever asked can go on from there.
    pub(super) async fn send(
        self,
        client: &Client,
        show: impl Fn(&Receipt, Option<Part>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Parts { unit, size, total, operations } = self;
        let requests = total.div_ceil(size);
        let bar = progress::bar(requests, unit);
        for (index, operation) in operations.enumerate() {
            let part = (requests > 1).then_some(Part { request: index + 1, requests });
            let sent = client.execute(&*operation).await.map_err(|error| (index, Failure::from(error)));
            let shown = sent.and_then(|receipt| {
                bar.suspend(|| show(&receipt, part)).map_err(|failure| (index + 1, failure))
            });
            if let Err((sent, failure)) = shown {
                bar.finish_and_clear();
                return Err(match part {
                    None => failure,
                    Some(_) => ended(unit, size, total, sent, failure),
                });
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }
}

/// What has become of all, when so many requests were `sent` before one failed.
fn ended(unit: &str, size: usize, total: usize, sent: usize, failure: Failure) -> Failure {
    let unknown = matches!(failure, Failure::FateUnknown(_));
    let reached = (sent * size).min(total);
    let doubtful = if unknown { (reached + size).min(total) } else { reached };
    let ranges = [(0, reached, "sent"), (reached, doubtful, "unknown"), (doubtful, total, "not sent")];
    let ranges = ranges.iter().filter(|(from, to, _)| from < to);
    let said: Vec<_> = ranges.map(|(from, to, what)| format!("{unit} {} to {to} {what}", from + 1)).collect();
    let text = format!("{failure} ({})", said.join(", "));
    match failure {
        Failure::FateUnknown(_) => Failure::FateUnknown(text),
        // Wrong usage means that nothing was sent.
        Failure::Usage(_) if sent == 0 => Failure::Usage(text),
        _ => Failure::Refused(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_and_what_was_not() {
        let text = |sent, failure| {
            let ended = ended("devices", 1000, 2500, sent, failure);
            (ended.exit_status(), ended.to_string())
        };
        for (sent, failure, expected) in [
            (
                0,
                Failure::FateUnknown("x".into()),
                (3, "x (devices 1 to 1000 unknown, devices 1001 to 2500 not sent)"),
            ),
            (
                2,
                Failure::FateUnknown("x".into()),
                (3, "x (devices 1 to 2000 sent, devices 2001 to 2500 unknown)"),
            ),
            (
                1,
                Failure::Refused("x".into()),
                (1, "x (devices 1 to 1000 sent, devices 1001 to 2500 not sent)"),
            ),
            (0, Failure::Usage("x".into()), (2, "x (devices 1 to 2500 not sent)")),
            (1, Failure::Usage("x".into()), (1, "x (devices 1 to 1000 sent, devices 1001 to 2500 not sent)")),
            (3, Failure::Refused("x".into()), (1, "x (devices 1 to 2500 sent)")),
        ] {
            assert_eq!(text(sent, failure), (expected.0, expected.1.to_owned()));
        }
    }
}
