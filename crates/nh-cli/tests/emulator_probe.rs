//! `nhub emulator probe`: what it says of an emulator, of a port where nobody listens, and of whatever else may listen there.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::Emulator;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Output, Stdio};

fn probe(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nhub"));
    command.env_remove("NOTIFICATION_HUB_NAME").stdin(Stdio::null());
    command.args(["emulator", "probe"]).args(args).output().unwrap()
}

fn at(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What it says of a server that answers its one connection so.
fn of_one_that_says(answer: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = at(listener.local_addr().unwrap());
    let answer = answer.to_owned();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).unwrap();
        // Who has read enough hangs up.
        let _ = stream.write_all(&answer);
    });
    let output = probe(&["--url", &url]);
    server.join().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    text(&output.stderr).replace(&url, "URL")
}

#[test]
fn an_emulator_answers() {
    let emulator = Emulator::builder().control_token("sesame").start_blocking().unwrap();
    let url = at(emulator.address());
    let output = probe(&["--url", &url]);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        (output.status.code(), text(&output.stdout), text(&output.stderr)),
        (Some(0), &*format!("the emulator at {url} answers; it is version {version}\n"), "")
    );
    let output = probe(&["--json", "--url", &format!("{url}/")]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer, serde_json::json!({ "url": url, "version": version }));
    // It is no request of the data plane.
    assert_eq!(emulator.served().requests, 0);
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = at(listener.local_addr().unwrap());
    drop(listener);
    let output = probe(&["--url", &url]);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(said.starts_with(&format!("nhub: nothing can be reached at {url}: ")), "{said}");
    assert!(said.contains("`nhub emulator --listen "), "{said}");
}

#[test]
fn something_else_listens() {
    let not_found = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno";
    assert_eq!(
        of_one_that_says(not_found),
        "nhub: what answers at URL is no emulator: it answered 404 Not Found, and not as an emulator does\n"
    );
    let other = b"HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n{\"name\":\"other\",\"version\":\"0.1.0\"}";
    assert!(of_one_that_says(other).contains("it answered 200 OK"));
    let by_another_name = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 24\r\n\r\n{\"error\":\"no such name\"}";
    assert_eq!(of_one_that_says(by_another_name), "nhub: URL answered 403 Forbidden: no such name\n");
    let huge = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".as_slice(), &[b' '; 100_000]].concat();
    assert!(of_one_that_says(&huge).contains("length limit exceeded"));
    for no_http in [&b"220 mail.example ESMTP\r\n"[..], b"\x15\x03\x01\x00\x02\x02\x46", b""] {
        let said = of_one_that_says(no_http);
        assert!(said.starts_with("nhub: what answers at URL is no emulator: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = at(listener.local_addr().unwrap());
    let output = probe(&["--url", &url, "--timeout", "1"]);
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(1), &*format!("nhub: {url} did not answer within 1 s; --timeout allows more\n"))
    );
}
