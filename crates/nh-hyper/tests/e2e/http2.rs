//! HTTP/2: how many connections, and what is known of requests that a server refuses before it begins them.

use crate::calls::alert;
use crate::http2_server::{
    Act, ENHANCE_YOUR_CALM, HTTP_1_1_REQUIRED, Http2Server, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM, Script,
};
use nh_core::retry::RetryPolicy;
use nh_hyper::{Client, Error, Runtime, Transport};
use std::time::Duration;

const BURST: usize = 64;

fn client(server: &Http2Server, runtime: impl Runtime) -> Client {
    let retry = RetryPolicy::new().base(Duration::ZERO);
    let builder = Transport::builder_on(runtime).platform_roots(false).http2(true).retry(retry);
    builder.add_root_pem(server.pem.as_bytes()).unwrap().build().unwrap().hub(server.hub())
}

/// All of them at once.
pub(crate) async fn burst(runtime: &impl Runtime, client: &Client, count: usize) -> Vec<Result<(), Error>> {
    let mut waiting = Vec::new();
    for _ in 0..count {
        let (done, wait) = tokio::sync::oneshot::channel();
        let client = client.clone();
        runtime.spawn(async move { drop(done.send(client.send(alert(), "sports").await.map(drop))) });
        waiting.push(wait);
    }
    let mut results = Vec::new();
    for wait in waiting {
        results.push(wait.await.unwrap());
    }
    results
}

async fn all_succeed(runtime: impl Runtime + Clone, server: &Http2Server) {
    for result in burst(&runtime, &client(server, runtime.clone()), BURST).await {
        result.unwrap();
    }
    assert_eq!(server.done(), BURST);
}

pub(crate) async fn a_cold_burst_opens_one_connection(runtime: impl Runtime + Clone) {
    let server = Http2Server::new(&["h2", "http/1.1"], Vec::new());
    all_succeed(runtime, &server).await;
    assert_eq!((server.connections(), server.over_http1()), (1, 0));
}

/// The connection that was made in the hope of HTTP/2 is used.
pub(crate) async fn a_server_without_http2(runtime: impl Runtime + Clone) {
    let server = Http2Server::new(&["http/1.1"], Vec::new());
    let client = client(&server, runtime.clone());
    client.send(alert(), "sports").await.unwrap();
    assert_eq!((server.connections(), server.over_http1()), (1, 1));
    for result in burst(&runtime, &client, BURST).await {
        result.unwrap();
    }
    assert_eq!(server.done(), BURST + 1);
}

/// RFC 9113, section 6.8: what is above the last stream was not done, whatever the code says.
pub(crate) async fn above_the_last_stream_nothing_was_done(runtime: impl Runtime + Clone) {
    for code in [NO_ERROR, ENHANCE_YOUR_CALM, INTERNAL_ERROR] {
        let half = |number| if number <= 31 { Act::Answer } else { Act::Ignore };
        let script = Script { hold: BURST, act: half, go_away: Some((31, code)) };
        let server = Http2Server::new(&["h2"], vec![script]);
        all_succeed(runtime.clone(), &server).await;
        assert_eq!(server.connections(), 2, "code {code}");
    }
}

/// RFC 9113, section 8.7.
pub(crate) async fn a_refused_stream_was_not_done(runtime: impl Runtime + Clone) {
    let odd = |number| if number % 2 == 0 { Act::Answer } else { Act::Reset(REFUSED_STREAM) };
    let server = Http2Server::new(&["h2"], vec![Script { hold: BURST, act: odd, go_away: None }]);
    all_succeed(runtime, &server).await;
    assert_eq!(server.connections(), 1);
}

/// The RFC promises nothing of these.
pub(crate) async fn a_stream_that_ends_otherwise_may_be_done(runtime: impl Runtime + Clone) {
    let scripts: [fn(usize) -> Act; 2] = [|_| Act::Reset(INTERNAL_ERROR), |_| Act::Reset(ENHANCE_YOUR_CALM)];
    for act in scripts {
        let server = Http2Server::new(&["h2"], vec![Script { hold: 1, act, go_away: None }]);
        let error = client(&server, runtime.clone()).send(alert(), "sports").await.unwrap_err();
        assert!(error.fate().is_unknown() && !error.is_connect(), "{error}");
        assert_eq!(server.done(), 0);
    }
    // Up to the last stream, too, if the connection ends.
    let script = Script { hold: 1, act: |_| Act::Reset(2), go_away: Some((0, ENHANCE_YOUR_CALM)) };
    let server = Http2Server::new(&["h2"], vec![script]);
    let error = client(&server, runtime.clone()).send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_unknown(), "{error}");
}

pub(crate) async fn http1_is_spoken_if_the_server_wants_it(runtime: impl Runtime + Clone) {
    let script = Script { hold: 1, act: |_| Act::Reset(HTTP_1_1_REQUIRED), go_away: None };
    let server = Http2Server::new(&["h2", "http/1.1"], vec![script]);
    let client = client(&server, runtime.clone());
    client.send(alert(), "sports").await.unwrap();
    client.send(alert(), "sports").await.unwrap();
    assert_eq!((server.done(), server.over_http1()), (2, 2));
}

pub(crate) async fn an_error_does_not_contradict_itself(runtime: impl Runtime) {
    let script = Script { hold: 1, act: |_| Act::Reset(REFUSED_STREAM), go_away: None };
    let server = Http2Server::new(&["h2"], vec![script]);
    let once = nh_hyper::CallOptions::new().retry(RetryPolicy::NEVER);
    let error = client(&server, runtime).with_options(once).send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_not_done(), "{error}");
    assert!(error.to_string().contains("was not carried out"), "{error}");
    assert!(!error.to_string().contains("may have been"), "{error}");
}
