//! Who may ask the control API, over real sockets.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::Emulator;
use support::{ALERT, Caller, MESSAGES};

#[test]
fn who_may_ask() {
    let caller = Caller::new();
    let ask = |headers: &[(&str, &str)]| {
        let mut request = "GET /$emulator/status HTTP/1.1\r\nConnection: close\r\n".to_owned();
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        let answer = caller.raw(&(request + "\r\n"));
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    for (headers, status) in [
        (&[("Host", "localhost:1")][..], 200),
        (&[("Host", "127.0.0.1")], 200),
        (&[("Host", "[::1]:8443")], 200),
        (&[("Host", "evil.example")], 403),
        (&[("Host", "localhost.evil.example:80")], 403),
        (&[("Host", "localhost:1"), ("Origin", "https://localhost:1")], 200),
        (&[("Host", "localhost:1"), ("Origin", "https://localhost:2")], 403),
        (&[("Host", "localhost:1"), ("Origin", "null")], 403),
        (&[("Host", "localhost:1"), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")], 200),
        (&[("Host", "localhost:1"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")], 403),
        (&[("Host", "localhost:1"), ("Sec-Fetch-Site", "same-site")], 403),
        (&[("Host", "localhost:1"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")], 200),
    ] {
        assert_eq!(ask(headers), status, "{headers:?}");
    }
    // What a form of another site could send is not read.
    let form = [("Content-Type", "text/plain")];
    assert_eq!(caller.ask_as_it_is("POST", "/$emulator/clock", &form, "{\"reset\":true}").status, 415);
    assert_eq!(caller.control("GET", "nothing", "").0, 404);
    assert_eq!(caller.control("PUT", "clock", "{}").0, 405);
}

/// Behind a mapped port of a container, the emulator has another name than it knows.
#[test]
fn it_says_of_itself_what_it_was_asked_by() {
    let caller = Caller::new();
    let ask = |request: &str, head: &str, body: &str| {
        let length = body.len();
        caller.raw(&format!(
            "{request} HTTP/1.1\r\nHost: localhost:49153\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: application/json\r\n{head}\r\n{body}"
        ))
    };
    let status = ask("GET /$emulator/status", "", "");
    assert_eq!(status.matches("Endpoint=sb://localhost:49153/;").count(), 5, "{status}");
    assert!(status.contains("\"authority\":\"localhost:49153\""), "{status}");
    let container = ask("POST /$emulator/containers", "", "{\"name\":\"files\"}");
    assert!(container.contains("{\"uri\":\"https://localhost:49153/$emulator/storage/files?"), "{container}");
    let token = Caller::token(caller.emulator.connection_string(), Caller::now() + 60);
    let head = format!("Authorization: {token}\r\nServiceBusNotification-Format: apple\r\n");
    let sent = ask(&format!("POST {MESSAGES}"), &head, ALERT);
    assert!(sent.contains("\r\nlocation: https://localhost:49153/demo-hub/messages/NH-"), "{sent}");
}

/// A refusal does not close the connection before the body has come: the reset would overtake it.
#[test]
fn a_refusal_waits_for_a_small_body() {
    use std::io::{Read, Write};
    let caller = Caller::new();
    let authority = caller.emulator.address();
    for path in ["/$emulator/clock", "/demo-hub/messages?api-version=2020-06"] {
        for _ in 0..20 {
            let mut stream = std::net::TcpStream::connect(authority).unwrap();
            stream.set_nodelay(true).unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            std::thread::yield_now();
            let next =
                format!("GET /$emulator/status HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
            stream.write_all(format!("{{\"reset\":true}}{next}").as_bytes()).unwrap();
            let mut answers = String::new();
            stream.read_to_string(&mut answers).unwrap();
            let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
            assert!(matches!(statuses[..], [refused, "200"] if refused.starts_with('4')), "{answers}");
        }
    }
}

#[test]
fn a_token_lets_in() {
    let caller = Caller::of(Emulator::builder().control_token("se same").start_blocking().unwrap());
    let status = |path: &str, headers: &[(&str, &str)]| {
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        caller.raw(&(request + "\r\n"))
    };
    let code = |answer: &str| answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap();
    assert_eq!(code(&status("/$emulator/status", &[])), 401);
    assert_eq!(code(&status("/$emulator/status", &[("Authorization", "Bearer wrong")])), 401);
    assert_eq!(code(&status("/$emulator/status", &[("Authorization", "Bearer se same")])), 200);
    assert_eq!(code(&status("/$emulator/status", &[("Authorization", "bearer se same")])), 200);
    assert_eq!(code(&status("/$emulator/?token=wrong", &[])), 401);
    let page = status("/$emulator/?token=se%20same", &[]);
    assert_eq!(code(&page), 303);
    let cookie = page.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(code(&status("/$emulator/status", &[("Cookie", cookie.split(';').next().unwrap())])), 200);
    // The URL of a container is a right of its own.
    caller.emulator.write_blob("jobs/in.txt", "x");
    let blob = "/$emulator/storage/jobs/in.txt";
    let container = caller.emulator.container_uri("jobs");
    let signed = format!("{blob}?{}", container.split_once('?').unwrap().1);
    assert_eq!((code(&status(blob, &[])), code(&status(&signed, &[]))), (403, 200));
    assert_eq!(code(&status(&format!("{blob}?sig=emulator"), &[])), 403);
    // The control token is no signature.
    assert_eq!(code(&status(blob, &[("Authorization", "Bearer se same")])), 403);
    // The data plane has tokens of its own.
    assert_eq!(
        caller.ask("POST", MESSAGES, &[("ServiceBusNotification-Format", "apple")], ALERT).status,
        201
    );
}

#[test]
fn a_browser_finds_the_page() {
    let caller = Caller::new();
    let answer =
        caller.raw("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /$emulator/"), "{answer}");
    let page = caller.ask_as_it_is("GET", "/$emulator/", &[], "");
    assert!(page.status == 200 && page.body.contains("<!doctype html>"));
    // Without either it is the list of hubs, for which a token is needed.
    assert_eq!(
        caller.ask_as_it_is("GET", "/?api-version=2020-06", &[("Accept", "text/html")], "").status,
        401
    );
}
