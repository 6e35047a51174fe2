//! Whom a send reached, and what else the page asks of the control API.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Emulator, Fault, NewDevice, Platform, Rejection};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;
use support::{ALERT, Answer, Caller, MESSAGES};

const FORMAT: &str = "ServiceBusNotification-Format";
const TAGS: &str = "ServiceBusNotification-Tags";

fn send(caller: &Caller, format: &str, tags: &str, body: &str) -> Answer {
    caller.ask("POST", MESSAGES, &[(FORMAT, format), (TAGS, tags)], body)
}

fn text(caller: &Caller, path: &str) -> String {
    caller.ask_as_it_is("GET", &format!("/$emulator/{path}"), &[], "").body
}

/// Of the newest request: format, tags, handles, matched, delivered.
fn reached(caller: &Caller) -> Value {
    let send = serde_json::to_value(&caller.emulator.requests().last().unwrap().send).unwrap();
    json!([send["format"], send["tags"], send["handles"], send["matched"], send["delivered"]])
}

#[test]
fn the_log_knows_whom_each_kind_of_send_reached() {
    let caller = Caller::new();
    let other = caller.emulator.register_device(NewDevice::new(Platform::Apple).tag("sports")).unwrap();
    let refuse = |rejection| {
        caller.emulator.reject(&other.hub, &other.platform, &other.pns_handle, rejection).unwrap();
    };
    refuse(Some(Rejection::ChannelThrottled));
    assert_eq!(send(&caller, "apple", "sports && !politics", ALERT).status, 201);
    assert_eq!(reached(&caller), json!(["apple", "sports && !politics", null, 2, 1]));
    send(&caller, "template", "sports", r#"{"greeting_en":"Hi","greeting_fr":"Salut"}"#);
    assert_eq!(reached(&caller), json!(["template", "sports", null, 2, 2]));
    send(&caller, "apple", "nobody", ALERT);
    assert_eq!(reached(&caller), json!(["apple", "nobody", null, 0, 0]));
    caller.ask("POST", MESSAGES, &[(FORMAT, "apple")], ALERT);
    assert_eq!(reached(&caller), json!(["apple", null, null, 2, 1]));
    refuse(None);
    let direct = format!("{MESSAGES}&direct");
    caller.ask("POST", &direct, &[(FORMAT, "apple"), ("ServiceBusNotification-DeviceHandle", "AB")], ALERT);
    assert_eq!(reached(&caller), json!(["apple", null, 1, 1, 1]));
    // What is no send, or was refused, reached nobody that could be counted.
    caller.ask("GET", "/demo-hub/registrations?api-version=2020-06", &[], "");
    assert_eq!(caller.emulator.requests().last().unwrap().send, None);
    send(&caller, "apple", "no tag!", ALERT);
    assert_eq!(caller.emulator.requests().last().unwrap().send, None);

    // Also if nobody was there to hear the answer.
    caller.emulator.add_fault(Fault::dropped_after().times(1)).unwrap();
    let token = Caller::token(caller.emulator.connection_string(), Caller::now() + 60);
    let request = format!(
        "POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n{FORMAT}: apple\r\n{TAGS}: sports\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{ALERT}",
        ALERT.len()
    );
    assert_eq!(caller.raw(&request), "");
    let last = caller.emulator.requests().pop().unwrap();
    assert_eq!((last.status, last.send.unwrap().delivered), (None, Some(2)));
}

#[test]
fn requests_are_found_by_what_they_sent() {
    let caller = Caller::new();
    send(&caller, "apple", "sports", ALERT);
    send(&caller, "windows", "nobody", "x");
    send(&caller, "apple", "nobody", ALERT);
    let found = |filter: &str| -> Vec<u64> {
        let (status, found) = caller.control("GET", &format!("requests?{filter}"), "");
        assert_eq!(status, 200, "{filter}: {found}");
        found.as_array().unwrap().iter().map(|request| request["id"].as_u64().unwrap()).collect()
    };
    let notification = caller.emulator.requests()[0].send.as_ref().unwrap().notification_id.clone();
    for (filter, ids) in [
        (&*format!("notification={notification}"), &[1][..]),
        ("notification=NH-none", &[]),
        ("text=nobody%20apple", &[3]),
        ("text=APPLE", &[1, 3]),
        ("text=%22post%20apple%22", &[]),
        ("only=unreached", &[3]),
        ("only=hints", &[3]),
        ("status=2xx", &[1, 3]),
        ("status=4xx", &[2]),
        ("status=201", &[1, 3]),
        ("status=dropped", &[]),
    ] {
        assert_eq!(found(filter), ids, "{filter}");
    }
    assert_eq!(caller.control("GET", "requests?only=odd", "").0, 400);
}

#[test]
fn the_inbox_is_searched_as_the_page_does_and_saved_as_lines() {
    let caller = Caller::new();
    send(&caller, "apple", "sports", ALERT);
    send(&caller, "template", "sports", r#"{"greeting_en":"Good day","greeting_fr":"Salut"}"#);
    let all = caller.emulator.inbox();
    let registration = format!("registration={}", all[0].registration_id.as_ref().unwrap());
    for (filter, ids) in [
        ("text=day%20good", &[2][..]),
        ("text=%22day%20good%22", &[]),
        ("text=good&text=sports", &[2]),
        ("text=greeting", &[2, 3]),
        ("template=Greeting", &[2, 3]),
        ("template=*", &[2, 3]),
        ("template=other", &[]),
        ("tag=sports&tag=politics", &[3]),
        ("handle=00fc", &[1]),
        (&registration, &[1]),
    ] {
        let text = text(&caller, &format!("inbox.jsonl?{filter}"));
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let found: Vec<u64> = lines.iter().map(|line| line["id"].as_u64().unwrap()).collect();
        assert_eq!(found, ids, "{filter}");
        assert_eq!(caller.control("GET", &format!("inbox?{filter}"), "").1, Value::Array(lines), "{filter}");
    }
    for (bad, named) in [
        ("colour=red", "'colour' is no filter"),
        ("limit=some", "limit: not a whole number"),
        ("hub=a&hub=b", "twice"),
    ] {
        let (status, error) = caller.control("GET", &format!("inbox?{bad}"), "");
        assert!(status == 400 && error["error"].as_str().unwrap().contains(named), "{error}");
    }
    let lines = text(&caller, "requests.jsonl");
    assert_eq!(lines.lines().count(), 2);
    assert_eq!(serde_json::from_str::<Value>(lines.lines().next().unwrap()).unwrap()["send"]["matched"], 1);

    // One is forgotten, the others stay.
    assert_eq!(caller.control("DELETE", "inbox/2", "").0, 204);
    let (status, error) = caller.control("DELETE", "inbox/2", "");
    assert!(status == 404 && error["error"].as_str().unwrap().contains("'2'"), "{error}");
    let left: Vec<u64> = caller.emulator.inbox().iter().map(|delivery| delivery.id).collect();
    assert_eq!(left, [1, 3]);
    assert_eq!(caller.control("DELETE", "inbox/two", "").0, 404);
}

#[test]
fn what_a_template_asks_for_in_vain_is_told() {
    let caller = Caller::new();
    send(&caller, "template", "sports", r#"{"greeting_en":"Hi"}"#);
    let unfilled: Vec<_> =
        caller.emulator.inbox().into_iter().map(|delivery| delivery.unfilled_properties).collect();
    assert_eq!(unfilled, [vec![], vec!["greeting_fr".to_owned()]]);
    let told = caller.emulator.requests()[0].hints.clone();
    assert_eq!(
        told,
        [
            "The notification has no property 'greeting_fr'. The template of 1 device uses it, and nothing is shown in its place."
        ]
    );
    send(&caller, "template", "sports", r#"{"other":"Hi"}"#);
    assert_eq!(caller.emulator.requests()[1].hints.len(), 2);

    // A template is tried without a send.
    let try_out = |template: &str| {
        let body = json!({"template": template, "properties": {"name": "Ann"}});
        caller.control("POST", "render", &body.to_string())
    };
    let (status, answer) = try_out(r#"{"a":"$(Name)","b":"$(gone)","c":"$(gone:{d})"}"#);
    let filled = r#"{"a":"Ann","b":"","c":"d"}"#;
    assert_eq!((status, answer), (200, json!({"payload": filled, "unfilled_properties": ["gone"]})));
    let (status, error) = try_out(r#"{"a":"$(gone"}"#);
    assert!(status == 400 && error["error"].as_str().unwrap().contains("$(gone"), "{error}");
}

#[test]
fn who_names_a_device_and_forgets_direct_is_told() {
    let caller = Caller::new();
    let device = ("ServiceBusNotification-DeviceHandle", "AB");
    caller.ask("POST", MESSAGES, &[(FORMAT, "apple"), device], ALERT);
    let told = caller.emulator.requests()[0].hints.clone();
    assert!(told.len() == 1 && told[0].contains("without 'direct'"), "{told:?}");
    caller.ask("POST", &format!("{MESSAGES}&direct"), &[(FORMAT, "apple"), device], ALERT);
    assert_eq!(caller.emulator.requests()[1].hints, Vec::<String>::new());
}

#[test]
fn a_pasted_line_of_curl_has_what_it_needs() {
    let caller =
        Caller::of(Emulator::builder().demo_devices(true).control_token("sesame").start_blocking().unwrap());
    // The authority is no secret, the token is.
    assert_eq!(text(&caller, "ca.pem"), caller.emulator.ca_pem());
    assert_eq!(caller.control("GET", "token", "").0, 401);
    let caller = Caller::new();
    let token = caller.control("GET", "token?hub=demo-hub", "").1["token"].as_str().unwrap().to_owned();
    let headers =
        [(FORMAT, "apple"), ("Authorization", token.as_str()), ("Content-Type", "application/json")];
    assert_eq!(caller.ask_as_it_is("POST", MESSAGES, &headers, ALERT).status, 201);
    assert_eq!(caller.control("GET", "token?hub=nowhere", "").0, 404);
}

#[test]
fn pages_are_told_of_faults_of_the_log_and_of_what_is_forgotten() {
    let caller = Caller::new();
    let mut stream = TcpStream::connect(caller.emulator.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(b"GET /$emulator/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    lines.find(|line| line.contains("here")).unwrap();
    let mut next = || {
        let name = lines.by_ref().find_map(|line| line.strip_prefix("event: ").map(str::to_owned)).unwrap();
        let data = lines.by_ref().find_map(|line| line.strip_prefix("data: ").map(str::to_owned)).unwrap();
        (name, data)
    };
    let plain = |name: &str| (name.to_owned(), "{}".to_owned());

    let fault = caller.emulator.add_fault(Fault::status(500)).unwrap();
    assert_eq!(next(), plain("faults"));
    caller.emulator.remove_fault(fault);
    assert_eq!(next(), plain("faults"));
    caller.control("POST", "faults", r#"{"status": 500, "times": 1}"#);
    assert_eq!(next(), plain("faults"));
    // Its last time: it is over.
    assert_eq!(send(&caller, "apple", "sports", ALERT).status, 500);
    assert_eq!(next(), plain("faults"));
    assert_eq!(next().0, "request");
    send(&caller, "apple", "sports", ALERT);
    assert_eq!((next().0, next().0), ("delivery".to_owned(), "request".to_owned()));
    assert!(caller.emulator.forget_delivery(1));
    assert_eq!(next(), ("forgotten".to_owned(), r#"{"id":1}"#.to_owned()));
    caller.emulator.clear_requests();
    assert_eq!(next(), plain("log"));
    caller.emulator.clear_faults();
    assert_eq!(next(), plain("faults"));
}
