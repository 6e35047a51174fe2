//! What an observer sees of calls: everything but secrets.

use crate::calls::{Shared, alert};
use crate::scripted::{Scripted, Step};
use crate::stack::{Seen, any_hub, mock};
use nh_core::retry::RetryPolicy;
use nh_core::{DeviceHandle, Notification, PnsHandle, PushSubscription};
use nh_hyper::{Runtime, Transport, TransportBuilder};
use serde_json::Value;
use std::cell::RefCell;
use std::future::Future;
use std::io::{self, Write};
use std::sync::Once;
use std::time::Duration;
use tracing_subscriber::fmt::format::FmtSpan;

// One subscriber for all threads: those of single threads, as they come and go, make tracing forget for a moment who is
// interested in what.
static INSTALLED: Once = Once::new();
thread_local!(static WRITTEN: RefCell<Shared> = RefCell::default());

struct OfThisThread;

impl Write for OfThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.write(bytes))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is traced while `calls` go.
struct Traced {
    text: String,
    lines: Vec<Value>,
}

impl Traced {
    async fn of(calls: impl Future<Output = ()>) -> Traced {
        INSTALLED.call_once(|| {
            tracing_subscriber::fmt()
                .json()
                .with_max_level(tracing::Level::DEBUG)
                .with_span_events(FmtSpan::CLOSE)
                .with_writer(|| OfThisThread)
                .init();
        });
        let written = Shared::default();
        WRITTEN.set(written.clone());
        calls.await;
        WRITTEN.take();
        let text = written.text();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Traced { text, lines }
    }

    /// The spans of that name, in the order in which they ended.
    fn spans(&self, name: &str) -> Vec<&Value> {
        let closed = self.lines.iter().filter(|line| line["fields"]["message"] == "close");
        closed.map(|line| &line["span"]).filter(|span| span["name"] == name).collect()
    }

    fn hides(&self, secrets: &[&str]) {
        for secret in secrets {
            assert!(!self.text.contains(secret), "{secret} is in\n{}", self.text);
        }
    }
}

fn builder(runtime: impl Runtime, statuses: &'static [u16]) -> TransportBuilder {
    let soon = RetryPolicy::new().base(Duration::ZERO);
    Transport::builder_on(runtime).service(mock(Seen::default(), statuses)).retry(soon)
}

pub(crate) async fn spans_name_everything_but_secrets(runtime: impl Runtime) {
    let client = builder(runtime, &[429, 201]).build().unwrap().hub(any_hub());
    let secret = DeviceHandle::browser(PushSubscription {
        endpoint: "https://push.example/1".into(),
        p256dh: "BNcR".into(),
        auth: "sesame".into(),
    })
    .unwrap();
    let notification = Notification::browser("{\"title\":\"private\"}").unwrap();
    let traced = Traced::of(async { drop(client.send_direct(notification, secret).await.unwrap()) }).await;

    let attempts = traced.spans("nh.attempt");
    assert_eq!(attempts.len(), 2, "{}", traced.text);
    for (attempt, (status, resend)) in attempts.iter().zip([(429, 0), (201, 1)]) {
        assert_eq!(attempt["otel.name"], "POST");
        assert_eq!(attempt["otel.kind"], "client");
        assert_eq!(attempt["http.request.method"], "POST");
        assert_eq!(attempt["server.address"], "contoso.servicebus.windows.net");
        assert_eq!(attempt["server.port"], 443);
        assert_eq!(attempt["url.path"], "/news/messages");
        let url = "https://contoso.servicebus.windows.net/news/messages?api-version=REDACTED&direct";
        assert_eq!(attempt["url.full"], url);
        assert_eq!(attempt["http.response.status_code"], status);
        assert_eq!(attempt["http.request.resend_count"], resend);
        assert_eq!(attempt["nh.tracking_id"].as_str().unwrap().len(), 36);
        assert_eq!((&attempt["nh.operation"], &attempt["nh.hub"]), (&"SendDirect".into(), &"news".into()));
    }
    let failed = |span: &Value| ["error.type", "otel.status_code", "nh.fate"].map(|name| span[name].clone());
    assert_eq!(failed(attempts[0]), ["429", "ERROR", "not_done"]);
    assert_eq!(failed(attempts[1]), [Value::Null, Value::Null, Value::Null]);
    let call = traced.spans("nh.call")[0];
    assert_eq!(
        (&call["nh.operation"], &call["nh.hub"], &call["nh.attempts"]),
        (&"SendDirect".into(), &"news".into(), &2.into())
    );
    assert_eq!(failed(call), [Value::Null, Value::Null, Value::Null]);
    traced.hides(&["sesame", "private", "sig=", "c2VzYW1l", "push.example"]);
}

pub(crate) async fn a_failure_is_one_in_both_spans(runtime: impl Runtime + Clone) {
    for (statuses, kind, fate) in [(&[404][..], "404", "final"), (&[500], "500", "unknown")] {
        let client = builder(runtime.clone(), statuses).build().unwrap().hub(any_hub());
        let traced = Traced::of(async { drop(client.send(alert(), "sports").await.unwrap_err()) }).await;
        for span in [traced.spans("nh.call")[0], traced.spans("nh.attempt")[0]] {
            assert_eq!((&span["error.type"], &span["nh.fate"]), (&kind.into(), &fate.into()));
            assert_eq!(span["otel.status_code"], "ERROR");
            assert_eq!(span["nh.tracking_id"].as_str().unwrap().len(), 36);
        }
    }

    let server = Scripted::new(vec![Step::Close]);
    let client = Transport::builder_on(runtime).platform_roots(false).build().unwrap().hub(server.hub());
    let traced = Traced::of(async { drop(client.send(alert(), "sports").await.unwrap_err()) }).await;
    let (call, attempt) = (traced.spans("nh.call")[0], traced.spans("nh.attempt")[0]);
    assert_eq!((&call["error.type"], &attempt["error.type"]), (&"broken".into(), &"broken".into()));
    assert_eq!(call["nh.tracking_id"], attempt["nh.tracking_id"]);
}

pub(crate) async fn an_unreadable_success_is_a_failure_of_the_call(runtime: impl Runtime) {
    let client = builder(runtime, &[200]).build().unwrap().hub(any_hub());
    let traced = Traced::of(async { drop(client.create_registration_id().await.unwrap_err()) }).await;
    let call = traced.spans("nh.call")[0];
    assert_eq!((&call["error.type"], &call["otel.status_code"]), (&"unreadable".into(), &"ERROR".into()));
    // The exchange itself went well.
    assert_eq!(traced.spans("nh.attempt")[0]["error.type"], Value::Null);
}

pub(crate) async fn a_filter_is_in_no_span(runtime: impl Runtime) {
    let client = builder(runtime, &[404]).build().unwrap().hub(any_hub());
    let handle = PnsHandle::browser(PushSubscription {
        endpoint: "https://push.example/1".into(),
        p256dh: "BNcR".into(),
        auth: "sesame".into(),
    })
    .unwrap();
    let mut list = client.list_registrations_by_handle(handle);
    let traced = Traced::of(async { drop(list.next().await.unwrap().unwrap_err()) }).await;
    let url = traced.spans("nh.attempt")[0]["url.full"].as_str().unwrap();
    assert!(url.contains("$filter=REDACTED"), "{url}");
    traced.hides(&["sesame"]);
}

pub(crate) async fn the_dump_can_be_events(runtime: impl Runtime) {
    let client = builder(runtime, &[429, 201]).dump_to_tracing().build().unwrap().hub(any_hub());
    let traced = Traced::of(async { drop(client.send(alert(), "sports").await.unwrap()) }).await;
    let dumped: Vec<_> = traced.lines.iter().filter(|line| line["target"] == "nh_hyper::dump").collect();
    let what: Vec<_> = dumped.iter().map(|line| &line["fields"]["what"]).collect();
    assert_eq!(what, ["request", "response", "request", "response"]);
    let text = dumped[0]["fields"]["message"].as_str().unwrap();
    assert!(text.starts_with("POST /news/messages?") && text.contains("sig=[redacted]"), "{text}");
    assert!(dumped.iter().all(|line| line["level"] == "DEBUG" && line["span"]["name"] == "nh.attempt"));
    traced.hides(&["c2VzYW1l"]);
}
