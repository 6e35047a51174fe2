//! What Prometheus scrapes, over real sockets: exact numbers of a known sequence.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod exposition;
#[path = "../support/mod.rs"]
mod support;

use exposition::{Family, Format, read};
use nh_emulator::{Emulator, Fault, NewDevice, Platform, Rejection};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use support::{ALERT, Answer, Caller, MESSAGES};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// As Prometheus 3 asks.
const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                          application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,\
                          text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

fn scrape(caller: &Caller, accept: &str) -> Answer {
    caller.ask_as_it_is("GET", "/$emulator/metrics", &[("Accept", accept)], "")
}

/// The samples that have labels or a value, as they are written in the documents, without buckets and sums.
fn samples(families: &BTreeMap<String, Family>) -> BTreeMap<String, f64> {
    let all = families.values().flat_map(|family| &family.samples);
    let counted = all.filter(|(name, ..)| !name.ends_with("_bucket") && !name.ends_with("_sum"));
    let written = counted.map(|(name, labels, value)| {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (format!("{name} {}", labels.join(",")).trim_end().to_owned(), *value)
    });
    written.collect()
}

fn scraped(caller: &Caller) -> BTreeMap<String, f64> {
    let answer = scrape(caller, PROMETHEUS);
    samples(&read(&answer.body, Format::OpenMetrics))
}

fn send(caller: &Caller, format: &str, query: &str, more: &[(&str, &str)], body: &str) -> u16 {
    let headers = [&[("ServiceBusNotification-Format", format)], more].concat();
    caller.ask("POST", &format!("{MESSAGES}{query}"), &headers, body).status
}

/// Three devices with the tag `t`: a phone that takes what it is sent, one whose app is gone, and one with a template.
fn caller() -> Caller {
    let emulator = Emulator::builder().throttle(4).start_blocking().unwrap();
    for handle in ["00AA", "00BB"] {
        emulator.register_device(NewDevice::new(Platform::Apple).pns_handle(handle).tag("t")).unwrap();
    }
    let template = r#"{"message":{"data":{"a":"$(a)"}}}"#;
    let android =
        NewDevice::new(Platform::FcmV1).pns_handle("android").tag("t").template("greeting", template);
    emulator.register_device(android).unwrap();
    let gone = Some(Rejection::ExpiredChannel);
    emulator.reject("demo-hub", &Platform::Apple, "00BB", gone).unwrap();
    Caller::of(emulator)
}

#[test]
fn a_known_sequence_gives_exact_numbers() {
    let caller = caller();
    let tag = ("ServiceBusNotification-Tags", "t");
    assert_eq!(send(&caller, "apple", "", &[tag], ALERT), 201);
    assert_eq!(send(&caller, "apple", "", &[("ServiceBusNotification-Tags", "nobody")], ALERT), 201);
    assert_eq!(send(&caller, "template", "", &[tag], r#"{"a":"1"}"#), 201);
    let handle = ("ServiceBusNotification-DeviceHandle", "00CC");
    assert_eq!(send(&caller, "apple", "&direct", &[handle], ALERT), 201);
    // The fifth in a minute is one too many. Test sends are counted for themselves.
    assert_eq!(send(&caller, "apple", "", &[tag], ALERT), 429);
    assert_eq!(send(&caller, "apple", "&test", &[tag], ALERT), 201);
    caller.emulator.advance(Duration::from_secs(60));
    let batch = "--b\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=notification\r\n\r\n\
        {\"aps\":{\"alert\":\"hi\"}}\r\n--b\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=devices\r\n\r\n\
        [\"00DD\",\"00EE\",\"00DD\"]\r\n--b--";
    let multipart = ("Content-Type", "multipart/mixed; boundary=\"b\"");
    let headers = [("ServiceBusNotification-Format", "apple"), multipart];
    let path = "/demo-hub/messages/$batch?direct&api-version=2020-06";
    assert_eq!(caller.ask("POST", path, &headers, batch).status, 201);
    let in_an_hour = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
    let at = in_an_hour.format(&time::format_description::well_known::Rfc3339).unwrap();
    let headers =
        [("ServiceBusNotification-Format", "apple"), tag, ("ServiceBusNotification-ScheduleTime", &at)];
    let scheduled = "/demo-hub/schedulednotifications?api-version=2020-06";
    for _ in 0..2 {
        assert_eq!(caller.ask("POST", scheduled, &headers, ALERT).status, 201);
    }
    let phone = r#"{"installationId":"i","platform":"apns","pushChannel":"00FF"}"#;
    let installation = "/demo-hub/installations/i?api-version=2020-06";
    assert_eq!(caller.ask("PUT", installation, &[], phone).status, 200);
    assert_eq!(caller.ask("GET", "/demo-hub/nothing?api-version=2020-06", &[], "").status, 404);

    // Each fault once, and one that stays.
    let list = "/demo-hub/registrations?api-version=2020-06";
    for fault in [
        Fault::status(503),
        Fault::delayed(Duration::from_millis(1)),
        Fault::dropped_before(),
        Fault::dropped_after(),
        Fault::truncated(),
    ] {
        caller.emulator.add_fault(fault.times(1)).unwrap();
        caller.raw(&format!("GET {list} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }
    caller.emulator.add_fault(Fault::status(500).operation("GetJob")).unwrap();

    let families = read(&scrape(&caller, PROMETHEUS).body, Format::OpenMetrics);
    let mut found = samples(&families);
    let start = found.remove("nh_emulator_start_time_seconds").unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - 60.0..=now).contains(&start), "{start}");
    let expected = [
        ("nh_emulator_requests_total operation=SendNotification,status=201", 3.0),
        ("nh_emulator_requests_total operation=SendNotification,status=429", 1.0),
        ("nh_emulator_requests_total operation=SendDirect,status=201", 1.0),
        ("nh_emulator_requests_total operation=TestSend,status=201", 1.0),
        ("nh_emulator_requests_total operation=SendDirectBatch,status=201", 1.0),
        ("nh_emulator_requests_total operation=ScheduleNotification,status=201", 2.0),
        ("nh_emulator_requests_total operation=PutInstallation,status=200", 1.0),
        ("nh_emulator_requests_total operation=none,status=404", 1.0),
        ("nh_emulator_requests_total operation=ListRegistrations,status=503", 1.0),
        // What is delayed or truncated is answered that nobody has signed it.
        ("nh_emulator_requests_total operation=ListRegistrations,status=401", 2.0),
        ("nh_emulator_requests_total operation=ListRegistrations,status=dropped", 2.0),
        ("nh_emulator_request_duration_seconds_count operation=SendNotification", 4.0),
        ("nh_emulator_request_duration_seconds_count operation=SendDirect", 1.0),
        ("nh_emulator_request_duration_seconds_count operation=TestSend", 1.0),
        ("nh_emulator_request_duration_seconds_count operation=SendDirectBatch", 1.0),
        ("nh_emulator_request_duration_seconds_count operation=ScheduleNotification", 2.0),
        ("nh_emulator_request_duration_seconds_count operation=PutInstallation", 1.0),
        ("nh_emulator_request_duration_seconds_count operation=none", 1.0),
        ("nh_emulator_request_duration_seconds_count operation=ListRegistrations", 5.0),
        ("nh_emulator_faults_fired_total kind=status", 1.0),
        ("nh_emulator_faults_fired_total kind=dropped-before", 1.0),
        ("nh_emulator_faults_fired_total kind=dropped-after", 1.0),
        ("nh_emulator_faults_fired_total kind=truncate", 1.0),
        ("nh_emulator_faults_fired_total kind=delay", 1.0),
        ("nh_emulator_faults", 1.0),
        // To the tag, to the handle, and the batch.
        ("nh_emulator_sends_total format=apple,state=Completed,test=false", 3.0),
        ("nh_emulator_sends_total format=apple,state=NoTargetFound,test=false", 1.0),
        ("nh_emulator_sends_total format=apple,state=Completed,test=true", 1.0),
        ("nh_emulator_sends_total format=template,state=Completed,test=false", 1.0),
        // 00AA twice, 00CC, 00DD and 00EE.
        ("nh_emulator_deliveries_total outcome=Success,platform=apple", 5.0),
        ("nh_emulator_deliveries_total outcome=ExpiredChannel,platform=apple", 1.0),
        ("nh_emulator_deliveries_total outcome=Skipped,platform=apple", 1.0),
        ("nh_emulator_deliveries_total outcome=Success,platform=fcmv1", 1.0),
        ("nh_emulator_throttled_sends_total test=false", 1.0),
        ("nh_emulator_throttled_sends_total test=true", 0.0),
        ("nh_emulator_hubs", 1.0),
        // The one whose app is gone was dropped, and the installation has one.
        ("nh_emulator_registrations hub=demo-hub", 3.0),
        ("nh_emulator_devices hub=demo-hub", 3.0),
        ("nh_emulator_installations hub=demo-hub", 1.0),
        ("nh_emulator_scheduled_sends hub=demo-hub", 2.0),
        (concat!("nh_emulator_build_info tier=standard,version=", env!("CARGO_PKG_VERSION")), 1.0),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(sample, value)| (sample.to_owned(), value)).into();
    assert_eq!(found, expected);

    // The one that was delayed took as long as that, and all together took no longer than the test.
    let durations = &families["nh_emulator_request_duration_seconds"];
    let sum = |operation: &str| {
        let of = |(name, labels, _): &&(String, exposition::Labels, f64)| {
            name.ends_with("_sum") && labels["operation"] == operation
        };
        durations.samples.iter().find(of).unwrap().2
    };
    assert!((0.001..now - start).contains(&sum("ListRegistrations")), "{}", sum("ListRegistrations"));
    assert!(sum("SendDirect") > 0.0);

    // What waited goes out, and is a send like others.
    caller.emulator.advance(Duration::from_secs(3600));
    let found = scraped(&caller);
    assert_eq!(found["nh_emulator_scheduled_sends hub=demo-hub"], 0.0);
    assert_eq!(found["nh_emulator_sends_total format=apple,state=Completed,test=false"], 5.0);
    assert_eq!(found["nh_emulator_deliveries_total outcome=Success,platform=apple"], 7.0);
}

#[test]
fn counters_go_on_and_gauges_go_back() {
    let caller = caller();
    assert_eq!(send(&caller, "apple", "", &[], ALERT), 201);
    caller.emulator.add_fault(Fault::status(500)).unwrap();
    assert_eq!(send(&caller, "apple", "", &[], ALERT), 500);
    let counters = |found: BTreeMap<String, f64>| -> BTreeMap<String, f64> {
        found.into_iter().filter(|(name, _)| name.contains("_total") || name.contains("_count")).collect()
    };
    let before = scraped(&caller);
    assert_eq!((before["nh_emulator_faults"], before["nh_emulator_devices hub=demo-hub"]), (1.0, 2.0));
    assert_eq!(caller.control("DELETE", "requests", "").0, 204);
    assert_eq!(caller.control("POST", "reset", "").0, 204);
    let after = scraped(&caller);
    assert_eq!((after["nh_emulator_faults"], after["nh_emulator_devices hub=demo-hub"]), (0.0, 0.0));
    // A counter that falls is one of a program that was started again. This one was not.
    assert_eq!(counters(after), counters(before));
}

#[test]
fn the_documents_name_every_metric() {
    let caller = caller();
    assert_eq!(send(&caller, "apple", "", &[], ALERT), 201);
    let served = read(&scrape(&caller, "*/*").body, Format::Text);
    let served = served.iter().map(|(name, family)| {
        let labels = family.samples.iter().flat_map(|(_, labels, _)| labels.keys());
        let labels: BTreeSet<_> = labels.filter(|label| *label != "le").collect();
        let labels: Vec<_> = labels.into_iter().map(|label| format!("`{label}`")).collect();
        format!("| `{name}` | {} | {} | {} |", family.kind, labels.join(", "), family.help)
    });
    let documents = include_str!("../../docs/metrics.md").lines();
    let documented = documents.filter(|line| line.starts_with("| `nh_emulator_")).map(str::to_owned);
    assert_eq!(
        documented.map(|row| row.replace("|  |", "| |")).collect::<BTreeSet<_>>(),
        served.map(|row| row.replace("|  |", "| |")).collect()
    );
}

#[test]
fn who_asks_gets_the_format_that_it_reads() {
    let caller = caller();
    assert_eq!(send(&caller, "apple", "", &[], ALERT), 201);
    let of = |accept: &str| {
        let answer = scrape(&caller, accept);
        assert_eq!(answer.status, 200);
        (answer.header("Content-Type").unwrap().to_owned(), answer.body)
    };
    let (open, text) = (of(PROMETHEUS), of("text/html,application/xhtml+xml,*/*;q=0.8"));
    assert_eq!((open.0.as_str(), text.0.as_str()), (OPEN_METRICS, TEXT));
    // Both say the same.
    let (open, text) = (read(&open.1, Format::OpenMetrics), read(&text.1, Format::Text));
    assert_eq!(samples(&open), samples(&text));
    let units: Vec<_> =
        open.iter().filter(|(_, family)| family.unit.is_some()).map(|(name, _)| &**name).collect();
    assert_eq!(units, ["nh_emulator_request_duration_seconds", "nh_emulator_start_time_seconds"]);
    assert_eq!(caller.control("POST", "metrics", "{}").0, 405);
}

#[test]
fn a_control_token_keeps_them_from_others() {
    let emulator = Emulator::builder().control_token("sesame").start_blocking().unwrap();
    let caller = Caller::of(emulator);
    assert_eq!(scrape(&caller, "*/*").status, 401);
    let token = [("Authorization", "Bearer sesame")];
    assert_eq!(caller.ask_as_it_is("GET", "/$emulator/metrics", &token, "").status, 200);
}

#[test]
fn no_value_of_a_caller_is_in_them() {
    let caller = Caller::new();
    let tag = ("ServiceBusNotification-Tags", "secret-tag");
    send(&caller, "apple", "", &[tag], ALERT);
    send(&caller, "apple", "&direct", &[("ServiceBusNotification-DeviceHandle", "00C0FFEE")], ALERT);
    caller.ask("GET", "/secret-hub/secret-path?secret=1", &[], "");
    caller.ask("GET", "/secret-hub/registrations?api-version=2020-06", &[], "");
    caller.ask("GET", "/demo-hub/installations/secret-id?api-version=2020-06", &[], "");
    let text = scrape(&caller, "*/*").body;
    for value in ["secret", "00C0FFEE", "SharedAccess"] {
        assert!(!text.contains(value), "{value} is in\n{text}");
    }
}
