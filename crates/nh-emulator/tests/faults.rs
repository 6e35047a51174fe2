//! Faults as HTTP/2 has them: a stream that ends is not its connection's end.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use nh_emulator::{Emulator, Fault};
use support::{ALERT, Caller, MESSAGES};

type Sender = http2::SendRequest<Full<Bytes>>;

/// Asks over one connection of HTTP/2.
fn over_http2(emulator: &Emulator, asks: impl AsyncFnOnce(Sender)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(emulator.address()).await.unwrap();
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        asks(sender).await;
    });
}

async fn ask(
    sender: &mut Sender,
    caller: &Caller,
    method: &str,
    path: &str,
) -> hyper::Result<Response<hyper::body::Incoming>> {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://localhost{path}"))
        .header("Authorization", Caller::token(caller.emulator.connection_string(), Caller::now() + 60))
        .header("ServiceBusNotification-Format", "apple")
        .header("Content-Type", "application/json")
        .body(Full::from(if method == "POST" { ALERT } else { "" }))
        .unwrap();
    sender.send_request(request).await
}

#[test]
fn a_dropped_stream_has_no_answer() {
    let caller = Caller::new();
    let arrived = || caller.emulator.inbox().len();
    over_http2(&caller.emulator, async |mut sender| {
        for (fault, delivered) in [(Fault::dropped_before(), 0), (Fault::dropped_after(), 1)] {
            caller.emulator.clear_inbox();
            caller.emulator.add_fault(fault.times(1)).unwrap();
            assert!(ask(&mut sender, &caller, "POST", MESSAGES).await.is_err());
            assert_eq!(arrived(), delivered);
        }
        // The connection is still good.
        assert_eq!(ask(&mut sender, &caller, "POST", MESSAGES).await.unwrap().status(), 201);
    });
    let statuses: Vec<_> = caller.emulator.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [None, None, Some(201)]);
}

#[test]
fn a_truncated_stream_breaks_off() {
    let caller = Caller::new();
    over_http2(&caller.emulator, async |mut sender| {
        let list = "/demo-hub/registrations?api-version=2020-06";
        caller.emulator.add_fault(Fault::truncated().operation("ListRegistrations").times(1)).unwrap();
        let answer = ask(&mut sender, &caller, "GET", list).await.unwrap();
        assert_eq!(answer.status(), 200);
        let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
        assert!(length > 1000);
        assert!(answer.into_body().collect().await.is_err());
    });
}

#[test]
fn an_empty_answer_breaks_off_too() {
    let caller = Caller::new();
    caller.emulator.add_fault(Fault::truncated()).unwrap();
    let token = Caller::token(caller.emulator.connection_string(), Caller::now() + 60);
    let answer = caller.raw(&format!(
        "POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\
         ServiceBusNotification-Format: apple\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{ALERT}",
        ALERT.len()
    ));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201") && !head.contains("content-length: 0"), "{head}");
    assert_eq!(body, "");
    assert_eq!(caller.emulator.inbox().len(), 1);
}
