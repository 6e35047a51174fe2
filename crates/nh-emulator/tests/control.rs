//! The control API over real sockets.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Emulator, Tier};
use nh_outcome::{Feedback, NotificationDetails, NotificationState};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::{ALERT, Answer, Caller, MESSAGES};

const APPLE: [(&str, &str); 1] = [("ServiceBusNotification-Format", "apple")];

fn send(caller: &Caller, tags: &str) -> Answer {
    let headers = [APPLE[0], ("ServiceBusNotification-Tags", tags)];
    caller.ask("POST", MESSAGES, &headers, ALERT)
}

fn handles(devices: &Value) -> Vec<&str> {
    devices["devices"].as_array().unwrap().iter().map(|d| d["pns_handle"].as_str().unwrap()).collect()
}

#[test]
fn devices_are_registered_listed_and_deleted() {
    let caller = Caller::of(Emulator::builder().start_blocking().unwrap());
    for n in 0..5 {
        let new = json!({"platform": "fcmv1", "pns_handle": format!("phone-{n}"), "tags": ["all", format!("n{n}")]});
        assert_eq!(caller.control("POST", "devices", &new.to_string()).0, 201);
    }
    let template = json!({"platform": "FcmV1", "pns_handle": "phone-3", "tags": ["other"],
        "template": {"name": "greeting", "body": r#"{"message":{"data":{"a":"$(a)"}}}"#}});
    let (status, device) = caller.control("POST", "devices", &template.to_string());
    assert_eq!(
        (status, device["registrations"].as_array().unwrap().len()),
        (201, 2),
        "one device, two registrations"
    );

    // Page by page, each once.
    let (mut seen, mut path) = (Vec::new(), "devices?limit=2".to_owned());
    loop {
        let (_, page) = caller.control("GET", &path, "");
        seen.extend(handles(&page).into_iter().map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => {
                path = format!("devices?limit=2&after={}", next.replace('=', "%3D").replace('+', "%2B"))
            }
            None => break,
        }
    }
    assert_eq!(seen, ["phone-0", "phone-1", "phone-2", "phone-3", "phone-4"]);
    for (filter, found) in [
        ("tag=N1", &["phone-1"][..]),
        ("tag=greeting", &["phone-3"]),
        ("text=PHONE-4", &["phone-4"]),
        ("platform=apple", &[]),
        ("hub=demo-hub&tag=all&platform=fcmv1&text=n2", &["phone-2"]),
    ] {
        assert_eq!(handles(&caller.control("GET", &format!("devices?{filter}"), "").1), found, "{filter}");
    }
    let phone = "devices?platform=fcmv1&pns_handle=phone-3";
    assert_eq!(caller.control("DELETE", phone, "").0, 204);
    let (status, error) = caller.control("DELETE", phone, "");
    assert!(status == 404 && error["error"].as_str().unwrap().contains("phone-3"), "{error}");
    for (bad, named) in [
        (json!({"platform": "fcm"}), "fcmv1"),
        (json!({"platform": "apple", "tags": ["a b"]}), "a b"),
        (json!({"platform": "apple", "tag": "a"}), "`tag`"),
        (json!({"platform": "apple", "hub": "nowhere"}), "nowhere"),
        (json!({"platform": "apple", "template": {"body": "{\"a\":\"$(\"}"}}), "$("),
    ] {
        let (status, error) = caller.control("POST", "devices", &bad.to_string());
        assert!([400, 404].contains(&status), "{bad}");
        assert!(error["error"].as_str().unwrap().contains(named), "{error}");
    }
}

#[test]
fn the_inbox_is_searched_and_cleared() {
    let caller = Caller::new();
    send(&caller, "sports");
    caller.ask(
        "POST",
        MESSAGES,
        &[("ServiceBusNotification-Format", "template")],
        r#"{"greeting_en":"Good day"}"#,
    );
    let all = caller.control("GET", "inbox", "").1;
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[1]["payload"], r#"{"aps":{"alert":"Good day"}}"#);
    assert_eq!(all[1]["template_body"], r#"{"aps":{"alert":"$(greeting_en)"}}"#);
    assert_eq!(all[1]["notification_body"], r#"{"greeting_en":"Good day"}"#);
    let notification = format!("notification={}", all[1]["notification_id"].as_str().unwrap());
    let before = format!("limit=1&before={}", all[2]["id"]);
    for (filter, ids) in [
        ("limit=2", &[1, 2][..]),
        (&before, &[1]),
        ("text=good%20DAY", &[1]),
        ("platform=windows", &[2]),
        (&notification, &[1, 2]),
        ("hub=nowhere", &[]),
    ] {
        let found = caller.control("GET", &format!("inbox?{filter}"), "").1;
        let found: Vec<_> = found.as_array().unwrap().iter().map(|d| d["id"].as_u64().unwrap()).collect();
        let expected: Vec<_> = ids.iter().map(|i: &usize| all[*i]["id"].as_u64().unwrap()).collect();
        assert_eq!(found, expected, "{filter}");
    }
    assert_eq!(caller.control("GET", "inbox?limits=2", "").0, 400);
    assert_eq!(caller.control("DELETE", "inbox", "").0, 204);
    assert_eq!(caller.emulator.inbox(), []);
}

#[test]
fn the_clock_drives_the_schedule_and_nothing_else() {
    let caller = Caller::new();
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::days(1);
    let at = tomorrow.format(&time::format_description::well_known::Rfc3339).unwrap();
    let headers = [APPLE[0], ("ServiceBusNotification-ScheduleTime", at.as_str())];
    let answer = caller.ask("POST", "/demo-hub/schedulednotifications?api-version=2020-06", &headers, ALERT);
    assert_eq!(answer.status, 201);
    assert_eq!(caller.control("GET", "status", "").1["hubs"][0]["scheduled"], 1);
    // A second one is seen, and taken back.
    let headers = [&headers[..], &[("ServiceBusNotification-Tags", "sports")]].concat();
    caller.ask("POST", "/demo-hub/schedulednotifications?api-version=2020-06", &headers, ALERT);
    let waiting = caller.emulator.scheduled();
    let second = waiting.iter().find(|send| send.tags.as_deref() == Some("sports")).unwrap();
    assert_eq!((waiting.len(), second.format.as_str(), second.payload.as_str()), (2, "apple", ALERT));
    assert_eq!(caller.control("GET", "scheduled", "").1, serde_json::to_value(&waiting).unwrap());
    let place = format!("scheduled/{}", second.notification_id);
    assert_eq!(caller.control("DELETE", &place, "").0, 204);
    assert_eq!(caller.control("DELETE", &place, "").0, 404);

    caller.control("POST", "clock", r#"{"advance_seconds": 3600}"#);
    assert_eq!(caller.emulator.inbox().len(), 0);
    let (status, clock) = caller.control("POST", "clock", r#"{"advance_seconds": 90000}"#);
    assert_eq!((status, &clock["offset_seconds"]), (200, &json!(93_600)));
    assert_eq!(caller.emulator.inbox().len(), 1);
    assert!(caller.emulator.inbox()[0].time > tomorrow);
    // A token that ends in a minute is still good.
    assert_eq!(send(&caller, "sports").status, 201);

    caller.control("POST", "clock", r#"{"now": "2030-01-01T00:00:00Z"}"#);
    assert!(caller.control("GET", "clock", "").1["now"].as_str().unwrap().starts_with("2030-01-01T00:00:0"));
    assert_eq!(caller.control("POST", "clock", r#"{"reset": true}"#).1["offset_seconds"], 0);
    for bad in [
        "{}",
        r#"{"advance_seconds":1,"reset":true}"#,
        r#"{"now":"soon"}"#,
        r#"{"advance_seconds":-9223372036854775808}"#,
        r#"{"now":"9999-12-31T23:59:59-01:00"}"#,
    ] {
        assert_eq!(caller.control("POST", "clock", bad).0, 400, "{bad}");
    }
}

#[test]
fn what_a_fault_does() {
    let caller = Caller::new();
    let fault = |json: &str| {
        let (status, fault) = caller.control("POST", "faults", json);
        assert_eq!(status, 201, "{fault}");
        fault["id"].as_u64().unwrap()
    };
    fault(r#"{"status": 503, "retry_after": 7, "operation": "SendNotification", "every": 2, "times": 1}"#);
    let statuses: Vec<_> = (0..4).map(|_| send(&caller, "sports")).collect();
    assert_eq!(statuses.iter().map(|answer| answer.status).collect::<Vec<_>>(), [201, 503, 201, 201]);
    assert_eq!(statuses[1].header("Retry-After"), Some("7"));
    assert_eq!(statuses[1].error().code(), Some(503));

    let token = Caller::token(caller.emulator.connection_string(), Caller::now() + 60);
    let request = format!(
        "POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nConnection: close\r\n\
         ServiceBusNotification-Format: apple\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{ALERT}",
        ALERT.len()
    );
    let delivered = || caller.emulator.inbox().len();
    let before = delivered();
    fault(r#"{"connection": "dropped-before", "times": 1}"#);
    assert_eq!((caller.raw(&request).as_str(), delivered()), ("", before));
    fault(r#"{"connection": "dropped-after", "times": 1}"#);
    assert_eq!((caller.raw(&request).as_str(), delivered()), ("", before + 1));
    let id = fault(r#"{"truncate": true, "delay_ms": 1}"#);
    let get = format!(
        "GET /demo-hub/registrations?$filter=ChannelUri+eq+'x'&api-version=2020-06 HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: {token}\r\nConnection: close\r\n\r\n"
    );
    let answer = caller.raw(&get);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    assert!(body.len() < length.unwrap_or(0), "{answer}");
    assert_eq!(caller.control("DELETE", &format!("faults/{id}"), "").0, 204);
    assert!(caller.raw(&get).ends_with("</feed>"));
    assert_eq!(caller.control("DELETE", &format!("faults/{id}"), "").0, 404);
    // What was to happen once is over.
    assert!(caller.emulator.faults().is_empty());
    let (status, error) = caller.control("POST", "faults", r#"{"status": 200}"#);
    assert!(status == 400 && error["error"].as_str().unwrap().contains("'status'"), "{error}");

    let requests = caller.emulator.requests();
    let struck: Vec<_> =
        requests.iter().filter_map(|request| Some((request.fault?, request.status))).collect();
    assert_eq!(struck, [(1, Some(503)), (2, None), (3, None), (4, Some(200))]);
}

#[test]
fn the_log_has_everything_but_secrets() {
    let caller = Caller::new();
    send(&caller, "sports");
    caller.ask("GET", "/demo-hub?api-version=2020-06", &[], "");
    caller.ask("GET", "/demo-hub/nothing?api-version=2020-06", &[], "");
    let (_, log) = caller.control("GET", "requests", "");
    assert_eq!(
        (&log[0]["operation"], &log[0]["status"], &log[0]["hub"]),
        (&json!("SendNotification"), &json!(201), &json!("demo-hub"))
    );
    assert_eq!((&log[0]["request_body"], &log[2]["operation"]), (&json!(ALERT), &Value::Null));
    assert_eq!(caller.control("GET", "requests?operation=gethub", "").1.as_array().unwrap().len(), 1);
    assert_eq!(
        caller.control("GET", "requests?status=404&limit=5", "").1[0]["path"],
        "/demo-hub/nothing?api-version=2020-06"
    );
    let text = log.to_string();
    let key = caller.emulator.connection_string().split("SharedAccessKey=").nth(1).unwrap();
    assert!(
        !text.contains(key) && text.contains("sig=[redacted]&") && text.contains("confidential]"),
        "{text}"
    );
    assert_eq!(caller.control("DELETE", "requests", "").0, 204);
    assert_eq!(caller.emulator.requests(), []);
}

#[test]
fn sends_as_an_sdk_would() {
    let caller = Caller::new();
    let send = |json: Value| caller.control("POST", "send", &json.to_string());
    let (status, sent) = send(json!({"format": "apple", "payload": ALERT, "tags": "sports", "test": true}));
    assert_eq!((status, &sent["outcome"]["success"]), (201, &json!(1)));
    assert_eq!(sent["outcome"]["results"][0]["platform"], "apple");
    let toast = "<toast><visual/></toast>";
    assert_eq!(send(json!({"format": "windows", "payload": toast})).0, 201);
    assert_eq!(send(json!({"format": "windows", "payload": "raw"})).0, 201);
    assert_eq!(send(json!({"format": "template", "properties": {"greeting_en": "x"}})).0, 201);
    assert_eq!(
        send(json!({"format": "browser", "payload": "{}", "device": "https://push.example/1"})).0,
        201
    );
    let inbox = caller.emulator.inbox();
    assert_eq!(
        (inbox[1].headers["x-wns-type"].as_str(), inbox[2].headers["x-wns-type"].as_str()),
        ("wns/toast", "wns/raw")
    );
    assert_eq!(inbox.last().unwrap().pns_handle, "https://push.example/1");
    assert_eq!(inbox[0].notification_id, sent["notification_id"]);
    for bad in [
        json!({"format": "apple"}),
        json!({"format": "fcm", "payload": "{}"}),
        json!({"format": "apple", "payload": "no JSON"}),
        json!({"format": "apple", "payload": "{}", "tags": "a b"}),
        json!({"format": "apple", "payload": "{}", "headers": {"a b": "c"}}),
    ] {
        let (status, error) = send(bad.clone());
        assert!(status == 400 && error["error"].is_string(), "{bad}: {error}");
    }
}

#[test]
fn a_dead_device_is_dropped_and_reported() {
    let caller = Caller::new();
    let installation =
        json!({"installationId": "i1", "platform": "apns", "pushChannel": "00FF", "tags": ["mine"]});
    caller.ask("PUT", "/demo-hub/installations/i1?api-version=2020-06", &[], &installation.to_string());
    let reject = |outcome: Value| {
        let body = json!({"platform": "apple", "pns_handle": "00ff", "outcome": outcome});
        caller.control("PUT", "devices/rejection", &body.to_string()).0
    };
    let test = |tag: &str| {
        let headers = [APPLE[0], ("ServiceBusNotification-Tags", tag)];
        caller.ask("POST", "/demo-hub/messages?test&api-version=2020-06", &headers, ALERT).body
    };
    assert_eq!(reject(json!("Throttled")), 204);
    assert!(test("mine").contains("<Failure>1</Failure>"));
    assert_eq!(reject(Value::Null), 204);
    assert!(test("mine").contains("<Success>1</Success>"));
    assert_eq!((reject(json!("ExpiredChannel")), reject(json!("Nonsense"))), (204, 400));
    let id = caller.emulator.devices().into_iter().find(|device| device.pns_handle == "00FF").unwrap();
    let id = id.registrations[0].registration_id.clone();
    let answer = send(&caller, "mine");
    let location = answer.header("Location").unwrap();
    let details = caller.ask(
        "GET",
        location
            .split_once("localhost")
            .unwrap()
            .1
            .split_once('/')
            .map(|(_, path)| format!("/{path}"))
            .unwrap()
            .as_str(),
        &[],
        "",
    );
    let details = NotificationDetails::parse(details.body.as_bytes()).unwrap();
    assert_eq!(details.outcome_counts[&nh_core::Platform::Apple]["ExpiredChannel"], 1);

    assert!(test("mine").contains("<Results i:nil=\"true\"/>"));
    let registration = "<entry xmlns=\"http://www.w3.org/2005/Atom\"><content><AppleRegistrationDescription \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\"><DeviceToken>00FF</DeviceToken>\
         </AppleRegistrationDescription></content></entry>";
    let put = |id: &str| {
        caller.ask("PUT", &format!("/demo-hub/registrations/{id}?api-version=2020-06"), &[], registration)
    };
    assert_eq!((put(&id).status, put("1-2-3").status), (410, 200));
    let document = caller.ask("GET", "/demo-hub/installations/i1?api-version=2020-06", &[], "").body;
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap()["pushChannelExpired"], true);

    // The container tells which blobs it has, and the blob of the day has the device.
    let container = caller.ask("GET", "/demo-hub/feedbackcontainer?api-version=2020-06", &[], "").body;
    let path = container.split_once("/$emulator").unwrap().1;
    let list =
        caller.ask_as_it_is("GET", &format!("/$emulator{path}&restype=container&comp=list"), &[], "").body;
    let name = list.split_once("<Name>").unwrap().1.split_once("</Name>").unwrap().0.to_owned();
    let blob = path.replacen('?', &format!("/{name}?"), 1);
    let blob = caller.ask_as_it_is("GET", &format!("/$emulator{blob}"), &[], "").body;
    let feedback: Vec<_> = Feedback::documents(blob.as_bytes()).collect::<Result<_, _>>().unwrap();
    assert_eq!(feedback.len(), 1);
    assert_eq!(feedback[0].pns_handle.as_deref(), Some("00FF"));
    assert_eq!(feedback[0].installation_id.as_deref(), Some("i1"));
    assert_eq!(
        feedback[0].notification_id.as_deref(),
        answer.header("Location").unwrap().split('/').next_back().unwrap().split('?').next()
    );
}

/// As Azure's storage does: by pages, and by parts of a blob.
#[test]
fn a_container_is_read_by_pages_and_parts() {
    let caller = Caller::of(Emulator::builder().start_blocking().unwrap());
    let hub = caller.emulator.hub().to_owned();
    for (name, content) in [("11252026", "0123456789"), ("11262026", "x"), ("a&b", "")] {
        caller.emulator.write_blob(&format!("feedback-{hub}/{name}"), content);
    }
    let container = caller.ask("GET", &format!("/{hub}/feedbackcontainer?api-version=2020-06"), &[], "").body;
    let (path, query) = container.split_once("/$emulator").unwrap().1.split_once('?').unwrap();
    let list = |more: &str| {
        let target = format!("/$emulator{path}?{query}&restype=container&comp=list{more}");
        caller.ask_as_it_is("GET", &target, &[], "")
    };
    let between = |text: &str, name: &str| {
        let begin = format!("<{name}>");
        let parts = text.split(&*begin).skip(1);
        parts.map(|part| part.split("</").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = list("&maxresults=2").body;
    assert_eq!(between(&first, "Name"), ["11252026", "11262026"]);
    assert_eq!(between(&first, "Content-Length"), ["10", "1"]);
    assert!(between(&first, "Last-Modified")[0].ends_with(" GMT"), "{first}");
    let marker = between(&first, "NextMarker").remove(0).replace('!', "%21").replace('=', "%3D");
    let second = list(&format!("&maxresults=2&marker={marker}")).body;
    assert_eq!(between(&second, "Name"), ["a&amp;b"]);
    assert!(second.contains("<NextMarker/>"), "{second}");
    for wrong in ["&maxresults=0", "&maxresults=x", "&marker=x"] {
        assert_eq!(list(wrong).status, 400, "{wrong}");
    }
    let bare = caller.ask_as_it_is("GET", &format!("/$emulator{path}?{query}&comp=list"), &[], "");
    assert_eq!(bare.status, 400);

    let blob = |name: &str, range: &str| {
        let headers: &[(&str, &str)] = if range.is_empty() { &[] } else { &[("Range", range)] };
        let answer = caller.ask_as_it_is("GET", &format!("/$emulator{path}/{name}?{query}"), headers, "");
        (answer.status, answer.header("Content-Range").unwrap_or_default().to_owned(), answer.body)
    };
    let of = |status, range: &str, body: &str| (status, range.to_owned(), body.to_owned());
    assert_eq!(blob("11252026", ""), of(200, "", "0123456789"));
    assert_eq!(blob("11252026", "bytes=4-"), of(206, "bytes 4-9/10", "456789"));
    assert_eq!(blob("11252026", "bytes=4-5"), of(206, "bytes 4-5/10", "45"));
    assert_eq!(blob("11252026", "bytes=8-99"), of(206, "bytes 8-9/10", "89"));
    assert_eq!(blob("a%26b", ""), of(200, "", ""));
    let (status, range, body) = blob("11252026", "bytes=10-");
    assert_eq!((status, &*range), (416, "bytes */10"));
    assert!(body.contains("<Code>InvalidRange</Code>"), "{body}");
    assert_eq!(blob("none", "bytes=0-").0, 404);
}

#[test]
fn a_direct_send_finds_a_dead_device_too() {
    let caller = Caller::of(Emulator::builder().start_blocking().unwrap());
    let phone = json!({"platform": "apple", "pns_handle": "00AA"}).to_string();
    assert_eq!(caller.control("POST", "devices", &phone).0, 201);
    let dead = json!({"platform": "apple", "pns_handle": "00AA", "outcome": "BadChannel"}).to_string();
    assert_eq!(caller.control("PUT", "devices/rejection", &dead).0, 204);
    let headers = [APPLE[0], ("ServiceBusNotification-DeviceHandle", "00AA")];
    let answer = caller.ask("POST", "/demo-hub/messages?direct&api-version=2020-06", &headers, ALERT);
    assert_eq!((answer.status, caller.emulator.devices().len()), (201, 0));
    let day = time::OffsetDateTime::from(caller.emulator.now());
    let day = day.format(time::macros::format_description!("[month][day][year]")).unwrap();
    let blob = caller.emulator.read_blob(&format!("feedback-demo-hub/{day}")).unwrap();
    assert!(String::from_utf8_lossy(&blob).contains("<PnsHandle>00AA</PnsHandle>"));
}

#[test]
fn telemetry_takes_its_time_and_skips_are_counted() {
    let emulator = Emulator::builder()
        .demo_devices(true)
        .processing_time(Duration::from_secs(60))
        .start_blocking()
        .unwrap();
    let caller = Caller::of(emulator);
    let twin = json!({"platform": "apple", "tags": ["twins"], "pns_handle": "00AA"}).to_string();
    caller.control("POST", "devices", &twin);
    caller.control("POST", "devices", &twin);
    let location = send(&caller, "twins").header("Location").unwrap().to_owned();
    let none = send(&caller, "nobody").header("Location").unwrap().to_owned();
    let details = |location: &str| {
        let path = format!("/demo-hub{}", location.split_once("/demo-hub").unwrap().1);
        NotificationDetails::parse(caller.ask("GET", &path, &[], "").body.as_bytes()).unwrap()
    };
    assert_eq!(details(&location).state, NotificationState::Enqueued);
    caller.emulator.advance(Duration::from_secs(31));
    let processing = details(&location);
    assert_eq!(processing.state, NotificationState::Processing);
    assert!(processing.start_time.is_some() && processing.end_time.is_none());
    caller.emulator.advance(Duration::from_secs(31));
    let completed = details(&location);
    assert_eq!(completed.state, NotificationState::Completed);
    let counts: Vec<_> = completed.outcome_counts[&nh_core::Platform::Apple].clone().into_iter().collect();
    assert_eq!(counts, [("Skipped".to_owned(), 1), ("Success".to_owned(), 1)]);
    assert_eq!(details(&none).state, NotificationState::NoTargetFound);
}

#[test]
fn a_tier_has_what_it_has() {
    let asks: [(&str, &str); 5] = [
        ("GET", "/demo-hub/feedbackcontainer?api-version=2020-06"),
        ("GET", "/demo-hub/messages/x?api-version=2020-06"),
        ("GET", "/demo-hub/jobs?api-version=2020-06"),
        ("POST", "/demo-hub/schedulednotifications?api-version=2020-06"),
        ("POST", "/demo-hub/messages/$batch?direct&api-version=2020-06"),
    ];
    for (tier, forbidden) in [(Tier::Free, 5), (Tier::Basic, 4), (Tier::Standard, 0)] {
        let caller = Caller::of(Emulator::builder().demo_devices(true).tier(tier).start_blocking().unwrap());
        let statuses = asks.map(|(method, path)| caller.ask(method, path, &APPLE, "").status);
        assert_eq!(
            statuses.iter().filter(|status| **status == 403).count(),
            forbidden,
            "{tier}: {statuses:?}"
        );
        assert_eq!(send(&caller, "sports").header("Location").is_some(), tier == Tier::Standard);
    }
    // A full hub takes no more devices, but changes those it has.
    let caller =
        Caller::of(Emulator::builder().demo_devices(true).tier(Tier::Free).start_blocking().unwrap());
    let put = |n: usize| {
        let body =
            json!({"installationId": n.to_string(), "platform": "gcm", "pushChannel": format!("g{n}")})
                .to_string();
        let answer =
            caller.ask("PUT", &format!("/demo-hub/installations/{n}?api-version=2020-06"), &[], &body);
        (answer.status, answer.body)
    };
    let room = 500 - caller.control("GET", "status", "").1["hubs"][0]["registrations"].as_u64().unwrap();
    assert!((0..room).all(|n| put(usize::try_from(n).unwrap()).0 == 200));
    let (status, detail) = put(1000);
    assert!(status == 403 && detail.contains("500"), "{detail}");
    assert_eq!(put(0).0, 200);
    // A device that gets another handle is no device more.
    let json = [("Content-Type", "application/json-patch+json")];
    let patch = r#"[{"op":"replace","path":"/pushChannel","value":"another"}]"#;
    let patched = caller.ask("PATCH", "/demo-hub/installations/0?api-version=2020-06", &json, patch);
    assert_eq!(patched.status, 200, "{}", patched.body);
    // The same handle on another platform is the same device.
    let (status, _) = caller.control("POST", "devices", r#"{"platform":"fcmv1","pns_handle":"g1"}"#);
    assert_eq!(status, 201);
}

#[test]
fn too_many_sends_wait() {
    let caller = Caller::of(Emulator::builder().demo_devices(true).throttle(2).start_blocking().unwrap());
    // Wherever in a minute it begins: with a clock that stands at its first second, all are in one.
    caller.emulator.set_now(std::time::UNIX_EPOCH + Duration::from_secs(1_893_456_000)).unwrap();
    let answers: Vec<_> = (0..3).map(|_| send(&caller, "sports")).collect();
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [201, 201, 429]);
    assert!(caller.emulator.now() >= std::time::UNIX_EPOCH + Duration::from_secs(1_893_456_000));
    let wait: u64 = answers[2].header("Retry-After").unwrap().parse().unwrap();
    caller.emulator.advance(Duration::from_secs(wait));
    assert_eq!(send(&caller, "sports").status, 201);
}

#[test]
fn events_come_as_they_happen() {
    let caller = Caller::new();
    let mut stream = TcpStream::connect(caller.emulator.address()).unwrap();
    stream.write_all(b"GET /$emulator/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    // Being told so is being watched for.
    assert!(lines.any(|line| line == ": here"));
    send(&caller, "sports");
    caller.control("POST", "clock", r#"{"advance_seconds": 1}"#);
    caller.control("DELETE", "inbox", "");
    let mut events = lines.filter_map(|line| line.strip_prefix("event: ").map(str::to_owned));
    let next: Vec<_> = events.by_ref().take(4).collect();
    assert_eq!(next, ["delivery", "request", "clock", "inbox"]);
}

#[test]
fn a_reset_brings_everything_back() {
    let caller = Caller::new();
    let before = caller.emulator.devices().len();
    send(&caller, "sports");
    caller.control("POST", "devices", r#"{"platform":"adm"}"#);
    caller.control("POST", "faults", r#"{"status":500}"#);
    caller.control("POST", "clock", r#"{"advance_seconds":60}"#);
    assert_eq!(caller.control("POST", "reset", "").0, 204);
    assert_eq!(caller.emulator.devices().len(), before);
    assert_eq!(caller.control("GET", "clock", "").1["offset_seconds"], 0);
    assert_eq!((caller.emulator.inbox().len(), caller.emulator.requests().len()), (0, 0));
    assert_eq!(send(&caller, "sports").status, 201);
}

#[test]
fn a_deleted_device_takes_its_installation_along() {
    let caller = Caller::new();
    let installation = "/demo-hub/installations/i1?api-version=2020-06";
    let body = r#"{"installationId":"i1","platform":"fcmv1","pushChannel":"phone","templates":{"t":{"body":"{\"message\":{}}"}}}"#;
    assert_eq!(caller.ask("PUT", installation, &[], body).status, 200);
    assert_eq!(caller.control("DELETE", "devices?platform=fcmv1&pns_handle=phone", "").0, 204);
    assert_eq!(caller.ask("GET", installation, &[], "").status, 404);
}

#[test]
fn a_template_says_what_kind_it_is() {
    let caller = Caller::new();
    let tile = r#"<tile><visual><binding template=\"TileSquareText01\"/></visual></tile>"#;
    let new = format!(r#"{{"platform":"windows","tags":["tiles"],"template":{{"body":"{tile}"}}}}"#);
    assert_eq!(caller.control("POST", "devices", &new).0, 201);
    let send = r#"{"format":"template","properties":{"a":"b"},"tags":"tiles"}"#;
    assert_eq!(caller.control("POST", "send", send).0, 201);
    assert_eq!(caller.emulator.inbox()[0].headers["x-wns-type"], "wns/tile");
}

#[test]
fn what_a_deleted_hub_had_scheduled_goes_with_it() {
    let caller = Caller::new();
    let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::days(1);
    let at = tomorrow.format(&time::format_description::well_known::Rfc3339).unwrap();
    let headers = [APPLE[0], ("ServiceBusNotification-ScheduleTime", at.as_str())];
    let schedule = "/demo-hub/schedulednotifications?api-version=2020-06";
    assert_eq!(caller.ask("POST", schedule, &headers, ALERT).status, 201);
    assert_eq!(caller.ask("DELETE", "/demo-hub?api-version=2020-06", &[], "").status, 200);
    let again = "<entry xmlns=\"http://www.w3.org/2005/Atom\"><content type=\"application/xml\"><NotificationHubDescription \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\"/></content></entry>";
    assert_eq!(caller.ask("PUT", "/demo-hub?api-version=2020-06", &[], again).status, 201);
    assert_eq!(caller.control("GET", "status", "").1["hubs"][0]["scheduled"], 0);
}

#[test]
fn errors_say_what_is_wrong_in_plain_words() {
    let caller = Caller::new();
    for (method, path, json, status, says) in [
        ("GET", "inbox?limit=x", "", 400, "the query: limit: not a whole number from 0 on"),
        ("DELETE", "devices?pns_handle=x", "", 400, "the query: missing field `platform`"),
        ("POST", "faults", r#"{"status":"503"}"#, 400, "expected a whole number from 0 on"),
        ("POST", "faults", r#""x""#, 400, "expected an object at line 1"),
        ("POST", "devices", r#"{"platform":"gcm","tags":"a"}"#, 400, "expected an array"),
        ("POST", "clock", "{", 400, "it ends within an object"),
        ("PUT", "reset", "", 405, "PUT is not for this path"),
        ("POST", "send", r#"{"format":"template","properties":{},"device":"x"}"#, 400, "device handle"),
    ] {
        let (answered, error) = caller.control(method, path, json);
        let error = error["error"].as_str().unwrap_or_default().to_owned();
        assert!(answered == status && error.contains(says), "{method} {path}: {answered} {error}");
    }
    let large = json!({"format": "apple", "payload": "x".repeat(70_000)}).to_string();
    assert_eq!(caller.control("POST", "send", &large).0, 413);
    let answer = caller.ask_as_it_is("PUT", "/$emulator/reset", &[], "");
    assert_eq!(answer.header("Allow"), Some("POST"));
}
