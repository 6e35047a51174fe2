//! Servers that never end what they say, and calls that wait for a place.

use crate::calls::alert;
use crate::scripted::{Scripted, Step};
use futures_lite::future::{yield_now, zip};
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::retry::RetryPolicy;
use nh_hyper::{Runtime, Transport, TransportBuilder};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn builder(runtime: impl Runtime) -> TransportBuilder {
    Transport::builder_on(runtime).platform_roots(false).retry(RetryPolicy::NEVER)
}

pub(crate) async fn interim_answers_end(runtime: impl Runtime) {
    let (close, closed) = tokio::sync::oneshot::channel();
    let server = Scripted::new(vec![Step::Flood("HTTP/1.1 100 Continue\r\n\r\n".into(), close)]);
    let client = builder(runtime).build().unwrap().hub(server.hub());
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_unknown() && !error.is_timeout(), "{error}");
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    assert_eq!(causes.last().unwrap().to_string(), "it sent more than 100 interim answers (1xx)");
    closed.await.unwrap();
}

pub(crate) async fn a_few_interim_answers_are_read_over(runtime: impl Runtime) {
    let few = "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n".repeat(100);
    let answer = format!("{few}HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let server = Scripted::new(vec![Step::Answer(answer)]);
    builder(runtime).build().unwrap().hub(server.hub()).send(alert(), "sports").await.unwrap();
}

/// An answer that does not end takes its own time, and no other call's. Its connection is closed when the time is over.
pub(crate) async fn a_flood_stops_nobody_else(runtime: impl Runtime + Clone) {
    let (close, closed) = tokio::sync::oneshot::channel();
    let head = "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
    let flood = Scripted::new(vec![Step::FloodAfter(head, "1\r\nx\r\n".into(), close)]);
    let healthy = Scripted::new((0..50).map(|_| Step::answer("201 Created", "", "")).collect());
    let soon = Duration::from_secs(1);
    let transport = builder(runtime).attempt_timeout(soon).max_response_size(usize::MAX).build().unwrap();
    let (sick, well) = (transport.hub(flood.hub()), transport.hub(healthy.hub()));
    let began = Instant::now();
    let others = async {
        for _ in 0..50 {
            well.send(alert(), "sports").await.unwrap();
        }
        began.elapsed()
    };
    let (error, took) = zip(sick.send(alert(), "sports"), others).await;
    let error = error.unwrap_err();
    assert!(error.is_timeout() && error.fate().is_unknown(), "{error}");
    assert!(took < soon * 10 && began.elapsed() < soon * 10, "{took:?}");
    closed.await.unwrap();
}

/// Whoever has just had a place does not get it again before those who wait.
pub(crate) async fn first_come_first_served(runtime: impl Runtime) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let tags = request.headers()["servicebusnotification-tags"].to_str().unwrap().to_owned();
        noted.lock().unwrap().push(tags);
        async {
            yield_now().await;
            let response = Response::builder().status(201).body(Full::new(Bytes::new())).unwrap();
            Ok::<_, Infallible>(response)
        }
    });
    let transport = Transport::builder_on(runtime).service(service).max_in_flight(1).build().unwrap();
    let client = transport.hub(crate::stack::any_hub());
    let sends = |tag: &'static str| {
        let client = client.clone();
        async move {
            for _ in 0..5 {
                client.send(alert(), tag).await.unwrap();
            }
        }
    };
    zip(sends("a"), zip(sends("b"), sends("c"))).await;
    assert_eq!(seen.lock().unwrap().concat(), "abc".repeat(5));
}

/// The server says that it speaks something else now. What it did before, it does not say.
pub(crate) async fn switched_protocols(runtime: impl Runtime) {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let server = Scripted::new(vec![Step::Answer(answer.into())]);
    let error =
        builder(runtime).build().unwrap().hub(server.hub()).send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_unknown(), "{error}");
    assert!(error.to_string().contains("may have been carried out"), "{error}");
}
