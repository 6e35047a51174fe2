//! What a recorder gets of calls: exact numbers, and all that the guide names.

use crate::bulk::Hasty;
use crate::calls::{alert, builder, client, emulator, hub};
use crate::network::patient;
use futures_lite::future::poll_once;
use http_body_util::Full;
use metrics::Unit;
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::retry::RetryPolicy;
use nh_core::{Credential, Hub, SendAll};
use nh_emulator::Fault;
use nh_hyper::{CallOptions, Client, Runtime, Transport, describe_metrics};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was recorded since the last look, as `name label=value,..`.
#[derive(Debug, Default)]
struct Seen {
    /// Of a histogram, how many values.
    numbers: BTreeMap<String, f64>,
    values: BTreeMap<String, Vec<f64>>,
    /// The rows of the guide's table, labels apart.
    rows: BTreeSet<(String, &'static str, &'static str, String)>,
    labels: BTreeSet<(String, String)>,
}

fn look(snapshotter: &Snapshotter) -> Seen {
    let mut seen = Seen::default();
    for (key, unit, help, value) in snapshotter.snapshot().into_vec() {
        let (kind, name) = (key.kind(), key.key().name().to_owned());
        let kind = match kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        let unit = unit.as_ref().map_or("", Unit::as_str);
        seen.rows.insert((name.clone(), kind, unit, help.unwrap_or_default().to_string()));
        let labels: BTreeMap<_, _> = key.key().labels().map(|label| (label.key(), label.value())).collect();
        seen.labels.extend(labels.keys().map(|label| (name.clone(), (*label).to_owned())));
        let labels: Vec<_> = labels.into_iter().map(|(label, value)| format!("{label}={value}")).collect();
        let series = format!("{name} {}", labels.join(","));
        let number = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => {
                let values: Vec<_> = values.into_iter().map(|value| value.into_inner()).collect();
                assert!(values.iter().all(|value| (0.0..1000.0).contains(value)), "{series}: {values:?}");
                let count = values.len() as f64;
                seen.values.insert(series.clone(), values);
                count
            }
        };
        // A look takes away what it sees, and leaves the series.
        if number != 0.0 {
            seen.numbers.insert(series, number);
        }
    }
    seen
}

fn of<const N: usize>(numbers: [(&str, f64); N]) -> BTreeMap<String, f64> {
    numbers.into_iter().map(|(series, number)| (series.to_owned(), number)).collect()
}

/// Records on this thread. The calls of a test run on it, but for those of a bulk run.
fn recorded() -> (DebuggingRecorder, Snapshotter) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, describe_metrics);
    (recorder, snapshotter)
}

fn once() -> CallOptions {
    CallOptions::new().retry(RetryPolicy::NEVER)
}

/// Throttling, failures and retries over real sockets.
async fn against_the_emulator(runtime: impl Runtime, snapshotter: &Snapshotter) -> Seen {
    let emulator = emulator().await;
    let (runtime, _) = patient(runtime);
    // A connect timeout is a sleep, too. It would end at once.
    let transport = builder(&emulator, runtime)
        .connect_timeout(Duration::from_secs(30))
        .retry(RetryPolicy::new().base(Duration::ZERO));
    let client = transport.build().unwrap().hub(hub(&emulator));
    let fault = |fault: Fault| emulator.add_fault(fault.times(1)).unwrap();

    // A send of unknown fate is not repeated. What is repeatable is.
    for broken in [Fault::status(500), Fault::dropped_after()] {
        fault(broken);
        client.send(alert(), "sports").await.unwrap_err();
    }
    fault(Fault::status(503));
    client.list_registrations().next().await.unwrap().unwrap();
    client.get_installation("nobody").await.unwrap_err();
    // Throttled, and tried again after the time that the service asks for. Others would wait from now on, so it comes last.
    fault(Fault::status(429).retry_after(7));
    client.send(alert(), "sports").await.unwrap();

    let seen = look(snapshotter);
    let at = format!("server.address=localhost,server.port={}", emulator.address().port());
    let request = |operation: &str, method: &str, rest: &str| {
        let (failed, status) = rest.split_once(' ').unwrap();
        let failed = if failed.is_empty() { String::new() } else { format!("error.type={failed},") };
        let (status, fate) = status.split_once(' ').unwrap();
        let status =
            if status.is_empty() { String::new() } else { format!("http.response.status_code={status},") };
        let fate = if fate.is_empty() { String::new() } else { format!("nh.fate={fate},") };
        format!(
            "http.client.request.duration {failed}http.request.method={method},{status}{fate}nh.operation={operation},{at}"
        )
    };
    let mut expected = of([
        ("nh.call.duration nh.operation=SendNotification", 1.0),
        ("nh.call.duration error.type=500,nh.fate=unknown,nh.operation=SendNotification", 1.0),
        ("nh.call.duration error.type=broken,nh.fate=unknown,nh.operation=SendNotification", 1.0),
        ("nh.call.duration nh.operation=ListRegistrations", 1.0),
        ("nh.call.duration error.type=404,nh.fate=final,nh.operation=GetInstallation", 1.0),
        ("nh.attempts http.request.resend_count=0,nh.operation=SendNotification", 3.0),
        ("nh.attempts http.request.resend_count=1,nh.operation=SendNotification", 1.0),
        ("nh.attempts http.request.resend_count=0,nh.operation=ListRegistrations", 1.0),
        ("nh.attempts http.request.resend_count=1,nh.operation=ListRegistrations", 1.0),
        ("nh.attempts http.request.resend_count=0,nh.operation=GetInstallation", 1.0),
        ("nh.wait.duration nh.operation=SendNotification,nh.throttled=true", 1.0),
        ("nh.wait.duration nh.operation=ListRegistrations,nh.throttled=false", 1.0),
    ]);
    for (operation, method, rest) in [
        ("SendNotification", "POST", "429 429 not_done"),
        ("SendNotification", "POST", " 201 "),
        ("SendNotification", "POST", "500 500 unknown"),
        ("SendNotification", "POST", "broken  unknown"),
        ("ListRegistrations", "GET", "503 503 unknown"),
        ("ListRegistrations", "GET", " 200 "),
        ("GetInstallation", "GET", "404 404 final"),
    ] {
        expected.insert(request(operation, method, rest), 1.0);
    }
    // None is in flight any more, so the gauges are zero, and not seen.
    assert_eq!(seen.numbers, expected);
    assert_eq!(seen.values["nh.wait.duration nh.operation=SendNotification,nh.throttled=true"], [7.0]);
    assert_eq!(seen.values["nh.wait.duration nh.operation=ListRegistrations,nh.throttled=false"], [0.0]);
    seen
}

/// A client over a service that gives these answers, status and `Retry-After`, and then none.
fn scripted(runtime: impl Runtime, answers: &'static [(u16, &'static str)]) -> Client {
    let next = Arc::new(Mutex::new(answers.iter()));
    let service = tower::service_fn(move |_: Request<Full<Bytes>>| {
        let answer = next.lock().unwrap().next();
        async move {
            let Some((status, wait)) = answer else { return std::future::pending().await };
            let response = Response::builder().status(*status).header("Retry-After", *wait);
            Ok::<_, Infallible>(response.body(Full::new(Bytes::new())).unwrap())
        }
    });
    let (runtime, _) = patient(runtime);
    let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
    let hub = Hub::new("https://a.test", "news", credential).unwrap();
    Transport::builder_on(runtime).service(service).build().unwrap().hub(hub)
}

/// Calls that other calls hold back, that get no answer in time, and that are dropped.
async fn against_a_script(runtime: impl Runtime + Clone, snapshotter: &Snapshotter) -> Seen {
    let client = scripted(runtime.clone(), &[(429, "7"), (201, "0"), (503, "20")]);
    client.with_options(once()).send(alert(), "sports").await.unwrap_err();
    client.send(alert(), "sports").await.unwrap();
    client.with_options(once()).send(alert(), "sports").await.unwrap_err();
    let hurried = once().overall_timeout(Duration::from_secs(5));
    client.with_options(hurried).send(alert(), "sports").await.unwrap_err();
    let silent = scripted(runtime, &[]);
    let impatient = silent.with_options(once().attempt_timeout(Duration::from_secs(1)));
    impatient.send(alert(), "sports").await.unwrap_err();

    let seen = look(snapshotter);
    let post = "http.request.method=POST";
    let at = "nh.operation=SendNotification,server.address=a.test,server.port=443";
    let request =
        |failed: &str, rest: &str| format!("http.client.request.duration {failed}{post},{rest}{at}");
    let mut expected = of([
        ("nh.call.duration error.type=429,nh.fate=not_done,nh.operation=SendNotification", 1.0),
        ("nh.call.duration nh.operation=SendNotification", 1.0),
        ("nh.call.duration error.type=503,nh.fate=not_done,nh.operation=SendNotification", 1.0),
        // Nothing was sent.
        ("nh.call.duration error.type=throttled,nh.fate=not_done,nh.operation=SendNotification", 1.0),
        ("nh.call.duration error.type=timeout,nh.fate=unknown,nh.operation=SendNotification", 1.0),
        ("nh.attempts http.request.resend_count=0,nh.operation=SendNotification", 4.0),
        ("nh.wait.duration nh.operation=SendNotification,nh.throttled=true", 2.0),
    ]);
    for (failed, rest) in [
        ("error.type=429,", "http.response.status_code=429,nh.fate=not_done,"),
        ("", "http.response.status_code=201,"),
        ("error.type=503,", "http.response.status_code=503,nh.fate=not_done,"),
        ("error.type=timeout,", "nh.fate=unknown,"),
    ] {
        expected.insert(request(failed, rest), 1.0);
    }
    assert_eq!(seen.numbers, expected);
    // No time has passed in truth, so the third waits like the second: what is left of seven seconds, and up to a tenth of it, at random.
    let waited = &seen.values["nh.wait.duration nh.operation=SendNotification,nh.throttled=true"];
    assert!(waited.iter().all(|wait| (6.0..=7.7).contains(wait)), "{waited:?}");

    // In flight, until the program drops it.
    {
        let mut call = pin!(silent.send(alert(), "sports"));
        assert!(poll_once(&mut call).await.is_none());
        let active = format!("http.client.active_requests {post},server.address=a.test,server.port=443");
        let began = "nh.attempts http.request.resend_count=0,nh.operation=SendNotification";
        assert_eq!(look(snapshotter).numbers, of([(&active, 1.0), (began, 1.0)]));
    }
    // The look has set the gauge back, so it goes below zero.
    let active = format!("http.client.active_requests {post},server.address=a.test,server.port=443");
    assert_eq!(look(snapshotter).numbers, of([(&active, -1.0)]));
    seen
}

/// What became of each recipient of a bulk run.
async fn in_bulk(runtime: impl Runtime, snapshotter: &Snapshotter) -> Seen {
    let emulator = emulator().await;
    let client = client(&emulator, Hasty::new(runtime));
    emulator.add_fault(Fault::status(500).times(1)).unwrap();
    let handles = (0..2500).map(|n| if n == 1001 { String::new() } else { format!("{n:064x}") });
    let account = client.bulk(SendAll::to_devices(alert())).in_flight(1).run(handles).finish().await.unwrap();
    assert_eq!((account.sent, account.refused, account.unknown), (1499, 1, 1000));
    let mut seen = look(snapshotter);
    seen.numbers.retain(|series, _| series.starts_with("nh.bulk."));
    let expected = [("sent", 1499.0), ("refused", 1.0), ("unknown", 1000.0)];
    let expected = expected.map(|(end, count)| (format!("nh.bulk.recipients nh.end={end}"), count));
    assert_eq!(seen.numbers, BTreeMap::from(expected));
    seen
}

pub(crate) async fn a_recorder_gets_what_the_guide_says(runtime: impl Runtime + Clone) {
    let (recorder, snapshotter) = recorded();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let seen = [
        against_the_emulator(runtime.clone(), &snapshotter).await,
        against_a_script(runtime.clone(), &snapshotter).await,
        in_bulk(runtime, &snapshotter).await,
    ];
    let labels: BTreeSet<_> = seen.iter().flat_map(|seen| seen.labels.clone()).collect();
    let rows: BTreeSet<_> = seen.into_iter().flat_map(|seen| seen.rows).collect();
    let seen: BTreeSet<_> = rows
        .into_iter()
        .map(|(name, kind, unit, help)| {
            let labels = labels.iter().filter(|(of, _)| *of == name).map(|(_, label)| label.clone());
            (name.clone(), kind.to_owned(), unit.to_owned(), labels.collect::<BTreeSet<_>>(), help)
        })
        .collect();
    let page = include_str!("../../docs/metrics.md");
    let rows = page.lines().filter(|line| line.ends_with(". |"));
    let documented: BTreeSet<_> = rows
        .map(|row| {
            let cells: Vec<_> =
                row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', "")).collect();
            let [name, kind, unit, labels, help] = &cells[..] else { panic!("{row}") };
            let labels = labels.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
            (name.clone(), kind.clone(), unit.clone(), labels, help.clone())
        })
        .collect();
    assert_eq!(documented, seen);
}
