//! What nobody should send: the emulator says no, and goes on.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use support::{ALERT, Caller, MESSAGES};

/// What is answered to these bytes until the connection ends. With `goes`, no more come after them.
fn exchange(caller: &Caller, bytes: &[u8], goes: bool) -> String {
    let mut stream = TcpStream::connect(caller.emulator.address()).unwrap();
    // Only a connection that is left open takes so long.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _ = stream.write_all(bytes);
    if goes {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(why) if why.kind() == ErrorKind::WouldBlock => panic!("left open: {:?}", text(bytes)),
        _ => text(&answer),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..2000).unwrap_or(bytes)).into_owned()
}

/// It works: a device is registered and gets what is sent to it.
fn works(caller: &Caller) {
    let before = caller.emulator.served().deliveries;
    let send = caller.ask("POST", MESSAGES, &[("ServiceBusNotification-Format", "apple")], ALERT);
    assert_eq!(send.status, 201, "{}", send.body);
    assert_eq!(caller.emulator.served().deliveries, before + 1);
}

fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

/// With headers of its own.
fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n\r\n").into_bytes()
}

#[test]
fn what_is_no_good_request() {
    let caller = Caller::new();
    let here = |headers: &str| get("/demo-hub", &format!("Host: localhost\r\n{headers}"));
    let at = |path: &str| get(path, "Host: localhost");
    let long = "x".repeat(100_000);
    for (bytes, expected) in [
        (b"\0\0\0\0\0\0\0\0\r\n\r\n".to_vec(), 400),
        (b"hello\r\n\r\n".to_vec(), 400),
        (b"GET\r\n\r\n".to_vec(), 400),
        (b"GET / HTTP/7.0\r\n\r\n".to_vec(), 400),
        (b"G\xc3\xa9T / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), 400),
        (b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(), 405),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(), 405),
        (at("no-slash"), 400),
        (at("http://elsewhere/demo-hub"), 400),
        (at("/%ff%00/%2e%2e?%%%=%zz"), 404),
        (at("/../../etc/passwd"), 404),
        (at("/$emulator/assets/..%2f..%2fapp.js"), 404),
        (at("/$emulator/%ff"), 404),
        (at(&format!("/{long}")), 431),
        (get("/$emulator/status", "X: y"), 403),
        (get("/demo-hub", "X: y"), 400),
        (here("Host: other"), 400),
        (here("no colon"), 400),
        (here("Name : space"), 400),
        (here("X: a\0b"), 400),
        (here(&format!("X: {long}")), 431),
        (here(&"X: y\r\n".repeat(200)), 431),
        (here("Content-Length: -1"), 400),
        (here("Content-Length: 18446744073709551616"), 400),
        (here("Content-Length: 1\r\nContent-Length: 2"), 400),
        (here("Transfer-Encoding: rot13"), 400),
        (here("Transfer-Encoding: chunked\r\n\r\nz\r\n"), 400),
        (here("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"), 400),
    ] {
        let answer = exchange(&caller, &bytes, false);
        assert_eq!(status(&answer), Some(expected), "{:?}: {answer}", text(&bytes));
        // hyper refuses what is no HTTP, and says nothing about it. Everything else is told what is wrong.
        let is_hypers = answer.contains("connection: close\r\ncontent-length: 0\r\n");
        assert!(is_hypers || answer.contains("<Detail>") || answer.contains("\"error\":"), "{answer}");
    }
    works(&caller);
}

#[test]
fn what_breaks_off_or_is_no_http() {
    let caller = Caller::new();
    for bytes in [
        &b""[..],
        b"G",
        b"GET / HTTP/1.1\r\nHost: loc",
        b"PUT /demo-hub HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n<a",
        b"PUT /demo-hub HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"PUT /demo-hub HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n5\r\nab",
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot a frame at all, but long enough",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\x04\0\0\0\0\0",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x04\x01\x05\0\0\0\x01\xff\xff\xff\xff",
        b"\x16",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\0\x05hello",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let answer = exchange(&caller, bytes, true);
        assert!(matches!(status(&answer), None | Some(400)), "{:?}: {answer}", text(bytes));
    }
    // Whatever the bytes: 200 requests and their likes with random damage.
    let whole = [
        get("/$emulator/status", "Host: localhost"),
        b"POST /$emulator/send HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x04\x01\x05\0\0\0\x01\x82\x86\x84\x41".to_vec(),
        b"\x16\x03\x01\0\x2c\x01\0\0\x28\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\0\x02\x13\x01\x01\0".to_vec(),
    ];
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = random.choice(&whole).unwrap().clone();
        for _ in 0..random.usize(1..8) {
            let place = random.usize(..bytes.len());
            match random.u8(..3) {
                0 => bytes[place] = random.u8(..),
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, random.u8(..)),
            }
        }
        exchange(&caller, &bytes, true);
    }
    works(&caller);
}

#[test]
fn what_is_too_much() {
    type Headers<'a> = Vec<(&'a str, &'a str)>;
    const V: &str = "api-version=2020-06";
    let caller = Caller::new();
    let long = |length: usize| "x".repeat(length);
    let apple = ("ServiceBusNotification-Format", "apple");
    let registration = |tags: &str, token: &str| {
        format!(
            "<entry xmlns='http://www.w3.org/2005/Atom'><content type='application/xml'><GcmRegistrationDescription \
             xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'><Tags>{tags}</Tags>\
             <GcmRegistrationId>{token}</GcmRegistrationId></GcmRegistrationDescription></content></entry>"
        )
    };
    let installation =
        |more: &str| format!(r#"{{"installationId": "i", "platform": "gcm", "pushChannel": "x"{more}}}"#);
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
    let put = format!("/demo-hub/installations/i?{V}");
    assert_eq!(caller.ask("PUT", &put, &[], &installation("")).status, 200);
    let registrations = format!("/demo-hub/registrations?{V}");
    let tags = |count: usize| (0..count).map(|n| format!("tag{n}")).collect::<Vec<_>>();
    let batch = |count: usize| {
        let handles: Vec<_> = (0..count).map(|n| format!("{n:04}")).collect();
        format!(
            "--b\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=notification\r\n\r\n{ALERT}\r\n\
             --b\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=devices\r\n\r\n{}\r\n--b--",
            json!(handles)
        )
    };
    let mixed = ("Content-Type", "multipart/mixed; boundary=b");
    let direct = format!("/demo-hub/messages/$batch?{V}&direct");
    let expression = tags(21).join(" || ");
    let segments = json!([{"op": "replace", "path": nested("/a", ""), "value": "1"}]).to_string();
    let patches = json!(vec![json!({"op": "add", "path": "/tags", "value": "a"}); 5000]).to_string();

    let mut wrong = Vec::new();
    let cases: Vec<(&str, String, Headers<'_>, String, u16, &str)> = vec![
        ("POST", MESSAGES.into(), vec![apple], long(70_000), 413, "64 KB"),
        ("POST", MESSAGES.into(), vec![apple], long(9_000_000), 413, "64 KB"),
        (
            "POST",
            MESSAGES.into(),
            vec![apple, ("ServiceBusNotification-Tags", &expression)],
            ALERT.into(),
            400,
            "20",
        ),
        ("POST", MESSAGES.into(), vec![apple], nested("[", "]"), 400, "payload is invalid"),
        ("PUT", put.clone(), vec![], long(9_000_000), 413, "64 KB"),
        (
            "PUT",
            put.clone(),
            vec![],
            installation(&format!(r#", "tags": {}"#, json!(tags(2000)))),
            400,
            "8000",
        ),
        ("PUT", put.clone(), vec![], installation(&format!(r#", "x": {}"#, nested("[", "]"))), 400, "JSON"),
        ("PATCH", put.clone(), vec![], segments, 400, "path"),
        ("PATCH", put.clone(), vec![], patches, 413, "64 KB"),
        ("POST", registrations.clone(), vec![], registration("", &long(9_000_000)), 413, "64 KB"),
        ("POST", registrations.clone(), vec![], registration(&tags(2000).join(","), "x"), 400, "8000"),
        ("POST", registrations.clone(), vec![], nested("<a>", "</a>"), 413, "64 KB"),
        ("POST", registrations.clone(), vec![], format!("<entry>{}", "<a>".repeat(20_000)), 400, "invalid"),
        ("GET", format!("{registrations}&$top=99999999999999999999999"), vec![], String::new(), 200, "feed"),
        ("GET", format!("{registrations}&$skip=-1"), vec![], String::new(), 400, "skip"),
        ("GET", format!("{registrations}&$filter={}", long(30_000)), vec![], String::new(), 400, "filter"),
        ("GET", format!("/demo-hub/registrations/{}?{V}", long(30_000)), vec![], String::new(), 404, "Error"),
        ("POST", direct.clone(), vec![apple, mixed], batch(1001), 400, "1000"),
        ("POST", direct.clone(), vec![apple, mixed], long(9_000_000), 413, "8192 KB"),
        ("PUT", format!("/{}?{V}", long(261)), vec![], "<a/>".into(), 400, "Atom entry"),
    ];
    for (method, path, headers, body, status, says) in cases {
        let answer = caller.ask(method, &path, &headers, &body);
        let what = format!("{method} {} of {} bytes", path.get(..60).unwrap_or(&path), body.len());
        let is_right = answer.status == status && answer.body.contains(says);
        if !is_right {
            wrong.push(format!("{what}: {} {}", answer.status, text(answer.body.as_bytes())));
        }
    }

    let cases: Vec<(&str, &str, String, u16, &str)> = vec![
        ("POST", "send", long(2_000_000), 413, "1 MiB"),
        ("POST", "devices", json!({"platform": "gcm", "pns_handle": long(900_000)}).to_string(), 201, "x"),
        ("POST", "devices", json!({"platform": "gcm", "tags": tags(2000)}).to_string(), 400, "8000"),
        ("POST", "faults", json!({"status": 500, "operation": long(900_000)}).to_string(), 400, "SendDirect"),
        ("POST", "faults", json!({"delay_ms": u64::MAX, "times": 0}).to_string(), 400, "times"),
        ("POST", "clock", json!({"advance_seconds": i64::MAX}).to_string(), 400, "9999"),
        ("GET", "inbox?limit=18446744073709551615&before=18446744073709551615", String::new(), 200, ""),
        ("GET", "inbox?limit=18446744073709551616", String::new(), 400, "too large a number"),
        ("GET", "devices?limit=0", String::new(), 200, "next"),
        ("GET", "devices?after=demo-hub/%00", String::new(), 400, "cursor"),
    ];
    for (method, path, body, status, says) in cases {
        let (answered, json) = caller.control(method, path, &body);
        let json = json.to_string();
        if answered != status || !json.contains(says) {
            wrong.push(format!("{method} {path}: {answered} {}", text(json.as_bytes())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    works(&caller);
}
