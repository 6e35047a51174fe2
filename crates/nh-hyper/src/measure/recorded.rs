//! What is measured, through the facade `metrics`: whoever installs a recorder gets it.
//!
//! The names of OpenTelemetry's conventions stand where there are any: for the requests of an HTTP client. Those for messaging are of
//! producers and consumers of a queue, which this is not.

use crate::bulk::Account;
use crate::call::Call;
use crate::error::Error;
use crate::trace::fate_name;
use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use metrics::{Gauge, Label, SharedString, Unit};
use nh_core::retry::Fate;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

struct Metric {
    name: &'static str,
    kind: Kind,
    unit: Unit,
    help: &'static str,
}

const CALL_DURATION: Metric = Metric {
    name: "nh.call.duration",
    kind: Kind::Histogram,
    unit: Unit::Seconds,
    help: "How long calls took, with all their attempts and waits.",
};
const ATTEMPTS: Metric =
    Metric { name: "nh.attempts", kind: Kind::Counter, unit: Unit::Count, help: "Attempts that began." };
const WAIT_DURATION: Metric = Metric {
    name: "nh.wait.duration",
    kind: Kind::Histogram,
    unit: Unit::Seconds,
    help: "How long calls waited before an attempt, because the service throttled or an attempt failed.",
};
const REQUEST_DURATION: Metric = Metric {
    name: "http.client.request.duration",
    kind: Kind::Histogram,
    unit: Unit::Seconds,
    help: "How long attempts took, from the signed request to the end of the answer.",
};
const ACTIVE_REQUESTS: Metric = Metric {
    name: "http.client.active_requests",
    kind: Kind::Gauge,
    unit: Unit::Count,
    help: "Attempts in flight.",
};
const RECIPIENTS: Metric = Metric {
    name: "nh.bulk.recipients",
    kind: Kind::Counter,
    unit: Unit::Count,
    help: "Recipients of bulk runs that came to an end.",
};

const OPERATION: &str = "nh.operation";

/// Attempts after these are counted together: how many there are is bounded by the time of a call only.
const RESENDS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const MORE: &str = "10+";

/// Tells the recorder the units of all metrics, and a sentence for each. Call it once, after you have installed the recorder. An exporter
/// shows the sentences, and may add the units to the names. Without it, the metrics are recorded all the same.
///
/// The [guide](crate::guide::metrics) has all of them.
///
/// ```
/// use metrics_util::debugging::DebuggingRecorder;
/// use nh_hyper::{Notification, describe_metrics};
///
/// // An exporter has another recorder.
/// let recorder = DebuggingRecorder::new();
/// let snapshotter = recorder.snapshotter();
/// recorder.install()?;
/// describe_metrics();
///
/// # demo::run!(|client, emulator| {
/// client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
///
/// let names: Vec<String> =
///     snapshotter.snapshot().into_vec().iter().map(|(key, ..)| key.key().name().to_owned()).collect();
/// assert!(names.contains(&"nh.call.duration".to_owned()));
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn describe_metrics() {
    for Metric { name, kind, unit, help } in
        [CALL_DURATION, ATTEMPTS, WAIT_DURATION, REQUEST_DURATION, ACTIVE_REQUESTS, RECIPIENTS]
    {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, unit, help),
            Kind::Gauge => metrics::describe_gauge!(name, unit, help),
            Kind::Histogram => metrics::describe_histogram!(name, unit, help),
        }
    }
}

/// A call has ended.
pub(crate) fn call(call: &dyn Call, failed: Option<&Error>, took: impl FnOnce() -> Duration) {
    let mut labels = vec![Label::new(OPERATION, call.name())];
    if let Some(error) = failed {
        labels
            .extend([Label::new("error.type", error.kind()), Label::new("nh.fate", fate_name(error.fate()))]);
    }
    metrics::histogram!(CALL_DURATION.name, labels).record(took());
}

/// A call has waited before its next attempt.
pub(crate) fn waited(call: &dyn Call, time: Duration, throttled: bool) {
    let throttled = if throttled { "true" } else { "false" };
    metrics::histogram!(WAIT_DURATION.name, OPERATION => call.name(), "nh.throttled" => throttled)
        .record(time);
}

/// Recipients of a bulk run have come to their end. Those of an earlier run were counted by that.
pub(crate) fn bulk(before: &Account, now: &Account) {
    if now.earlier > before.earlier {
        return;
    }
    for (end, before, now) in [
        ("sent", before.sent, now.sent),
        ("refused", before.refused, now.refused),
        ("unknown", before.unknown, now.unknown),
        ("not_sent", before.not_sent, now.not_sent),
    ] {
        if now > before {
            metrics::counter!(RECIPIENTS.name, "nh.end" => end).increment(now - before);
        }
    }
}

/// An attempt under way. If the call is dropped, it is in flight no longer, and no more is known of it.
pub(crate) struct Attempt {
    began: Instant,
    operation: &'static str,
    server: Vec<Label>,
    active: Gauge,
}

impl Attempt {
    pub(crate) fn begin(
        call: &dyn Call,
        request: &Request<Bytes>,
        number: u32,
        now: impl FnOnce() -> Instant,
    ) -> Attempt {
        let operation = call.name();
        let resend = usize::try_from(number - 1).ok().and_then(|resend| RESENDS.get(resend)).unwrap_or(&MORE);
        metrics::counter!(ATTEMPTS.name, OPERATION => operation, "http.request.resend_count" => *resend)
            .increment(1);
        let server = server(request.method(), request.uri());
        let active = metrics::gauge!(ACTIVE_REQUESTS.name, server.clone());
        active.increment(1.0);
        Attempt { began: now(), operation, server, active }
    }

    pub(crate) fn answered(self, status: StatusCode, fate: Option<Fate>, now: impl FnOnce() -> Instant) {
        let word = SharedString::from(status.as_str().to_owned());
        let failed = fate.map(|fate| (word.clone(), fate));
        self.end(now(), failed, Some(Label::new("http.response.status_code", word)));
    }

    pub(crate) fn failed(self, error: &Error, now: impl FnOnce() -> Instant) {
        self.end(now(), Some((error.kind().into(), error.fate())), None);
    }

    fn end(mut self, now: Instant, failed: Option<(SharedString, Fate)>, status: Option<Label>) {
        let mut labels = std::mem::take(&mut self.server);
        labels.push(Label::new(OPERATION, self.operation));
        labels.extend(status);
        if let Some((why, fate)) = failed {
            labels.extend([Label::new("error.type", why), Label::new("nh.fate", fate_name(fate))]);
        }
        let took = now.saturating_duration_since(self.began);
        metrics::histogram!(REQUEST_DURATION.name, labels).record(took);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.active.decrement(1.0);
    }
}

/// What the conventions require of a request.
fn server(method: &Method, uri: &Uri) -> Vec<Label> {
    let is_plain = uri.scheme_str() == Some("http");
    let port = match uri.port_u16() {
        None if is_plain => SharedString::const_str("80"),
        None | Some(443) => SharedString::const_str("443"),
        Some(port) => SharedString::from(port.to_string()),
    };
    let host = Arc::<str>::from(uri.host().unwrap_or_default());
    vec![
        Label::new("http.request.method", method_name(method)),
        Label::new("server.address", SharedString::from_shared(host)),
        Label::new("server.port", port),
    ]
}

/// As the conventions have it: an operation of the caller's own may have any method.
fn method_name(method: &Method) -> &'static str {
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD];
    let words = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    known.iter().zip(words).find(|(known, _)| *known == method).map_or("_OTHER", |(_, word)| word)
}
