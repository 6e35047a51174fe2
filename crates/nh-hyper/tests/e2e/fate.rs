//! Whether a request may have been carried out, after more than one attempt and before there was a connection.

use crate::calls::alert;
use crate::scripted::{Scripted, Step};
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response, Uri};
use nh_core::retry::RetryPolicy;
use nh_core::{Credential, Hub, IfMatch, PnsHandle, Registration, UpdateRegistration};
use nh_hyper::{CallOptions, Client, Fate, Runtime, Transport};
use std::convert::Infallible;
use std::future::Future;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const TWICE: RetryPolicy = RetryPolicy::new().attempts(2).base(Duration::ZERO);

fn client(hub: Hub, runtime: impl Runtime, retry: RetryPolicy) -> Client {
    Transport::builder_on(runtime).platform_roots(false).retry(retry).build().unwrap().hub(hub)
}

pub(crate) async fn what_is_unknown_stays_unknown(runtime: impl Runtime) {
    // The second attempt is refused, as the server plays one step.
    let server = Scripted::new(vec![Step::Close]);
    let error = client(server.hub(), runtime, TWICE).delete_installation("1").await.unwrap_err();
    assert!(error.is_connect() && error.fate().is_unknown(), "{error}");
    // A delete does no harm twice: nobody need be frightened.
    assert!(!error.to_string().contains("carried out"), "{error}");
    assert!(error.to_string().contains("(2 attempts in "), "{error}");
    assert_eq!(server.requests().len(), 1);
}

pub(crate) async fn an_answer_after_an_unknown_attempt(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Close, Step::answer("404 Not Found", "", "")]);
    let error = client(server.hub(), runtime, TWICE).delete_installation("1").await.unwrap_err();
    assert!(error.as_service().unwrap().is_not_found() && error.fate().is_unknown(), "{error}");
}

/// A server that takes connections and says nothing, so that there is never one to send over.
pub(crate) async fn a_handshake_that_does_not_end(runtime: impl Runtime) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri: Uri = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
    let hub = Hub::new(uri.to_string(), "news", credential).unwrap();
    let client = Transport::builder_on(runtime)
        .platform_roots(false)
        .attempt_timeout(Duration::from_millis(50))
        .retry(TWICE)
        .build()
        .unwrap()
        .hub(hub);
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
    // So a send is tried again, too.
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_ok() && listener.accept().is_ok());
}

pub(crate) async fn a_success_that_cannot_be_read(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("200 OK", "", "nonsense")]);
    let error = client(server.hub(), runtime, TWICE).create_registration_id().await.unwrap_err();
    assert!(error.as_service().unwrap().is_unreadable() && error.fate().is_final(), "{error}");
    assert!(error.to_string().contains("the request was carried out"), "{error}");
}

pub(crate) async fn what_lasts_is_not_tried_again(runtime: impl Runtime) {
    let large = || Step::answer("200 OK", "", "0123456789");
    let server = Scripted::new(vec![large(), large()]);
    let small = Transport::builder_on(runtime)
        .platform_roots(false)
        .max_response_size(5)
        .retry(TWICE)
        .build()
        .unwrap()
        .hub(server.hub());
    small.get_registration("1").await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

pub(crate) async fn a_send_is_repeated_for_who_asks(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Close, Step::answer("201 Created", "", "")]);
    let policy = TWICE.repeat_unknown(true);
    client(server.hub(), runtime, policy).send(alert(), "sports").await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

/// The service answers a write of a registration so when there are too many. Under an ETag it is another answer.
pub(crate) async fn a_409_means_what_the_operation_says(runtime: impl Runtime + Clone) {
    let conflict = || Step::answer("409 Conflict", "", "");
    let entry = "<entry xmlns='http://www.w3.org/2005/Atom'><content><GcmRegistrationDescription \
        xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
        <RegistrationId>1-2-3</RegistrationId></GcmRegistrationDescription></content></entry>";
    let phone = || Registration::new(PnsHandle::gcm("g").unwrap());
    let server = Scripted::new(vec![conflict(), Step::answer("200 OK", "", entry)]);
    client(server.hub(), runtime.clone(), TWICE).create_registration(phone()).await.unwrap();
    assert_eq!(server.requests().len(), 2);

    let server = Scripted::new(vec![conflict(), conflict()]);
    let update = UpdateRegistration::new("1-2-3", phone(), IfMatch::etag("1").unwrap()).unwrap();
    let error = client(server.hub(), runtime.clone(), TWICE).execute(&update).await.unwrap_err();
    assert!(error.as_service().unwrap().is_conflict() && error.fate().is_final(), "{error}");
    assert_eq!(server.requests().len(), 1);

    let server = Scripted::new(vec![conflict()]);
    let error = client(server.hub(), runtime, TWICE).send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_final(), "{error}");
}

fn sent_under(head: &str) -> &str {
    head.lines().find_map(|line| line.strip_prefix("trackingid: ")).unwrap()
}

pub(crate) async fn an_error_names_what_was_sent(runtime: impl Runtime + Clone) {
    let server = Scripted::new(vec![Step::Close]);
    let client = client(server.hub(), runtime, TWICE);
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert_eq!(error.tracking_id(), Some(sent_under(&server.heads()[0])));
    assert!(error.to_string().contains(error.tracking_id().unwrap()), "{error}");

    // The server refuses connections now: it has seen nothing of these attempts.
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.is_connect() && error.tracking_id().is_none(), "{error}");

    // What is told is the attempt that it may have seen, not the one after.
    let server = Scripted::new(vec![Step::Close]);
    let error = client.hub(server.hub()).delete_installation("1").await.unwrap_err();
    assert!(error.is_connect(), "{error}");
    assert_eq!(error.tracking_id(), Some(sent_under(&server.heads()[0])));
}

pub(crate) async fn an_answers_own_tracking_id_counts(runtime: impl Runtime + Clone) {
    let server = Scripted::new(vec![
        Step::answer("400 Bad Request", "TrackingId: theirs\r\n", ""),
        Step::answer("400 Bad Request", "", ""),
    ]);
    let client = client(server.hub(), runtime, TWICE);
    assert_eq!(client.send(alert(), "sports").await.unwrap_err().tracking_id(), Some("theirs"));
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert_eq!(error.tracking_id(), Some(sent_under(&server.heads()[1])));
    assert!(
        error.to_string().ends_with(&format!("[tracking id {}]", error.tracking_id().unwrap())),
        "{error}"
    );
}

/// Nothing may begin that has no time.
pub(crate) async fn without_time_nothing_is_sent(runtime: impl Runtime) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let service = tower::service_fn(move |_: Request<Full<Bytes>>| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::new(Bytes::new()))))
    });
    let transport = Transport::builder_on(runtime).service(service).build().unwrap();
    let client = transport.hub(Scripted::new(Vec::new()).hub());
    for options in [
        CallOptions::new().overall_timeout(Duration::ZERO),
        CallOptions::new().attempt_timeout(Duration::ZERO),
    ] {
        let error = client.with_options(options).send(alert(), "sports").await.unwrap_err();
        assert!(error.is_timeout() && error.tracking_id().is_none(), "{error}");
        assert_eq!(error.fate(), Fate::NotDone { retry_after: None });
        assert!(error.to_string().contains("was given no time"), "{error}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

/// A runtime whose short waits take an hour of its clock, and none of the test's.
struct Late<R> {
    inner: R,
    hours: Arc<AtomicUsize>,
}

impl<R: Runtime> Runtime for Late<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> std::io::Result<Self::Stream> {
        self.inner.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let hours = self.hours.clone();
        async move {
            // Timeouts are longer.
            if duration > Duration::from_secs(5) {
                std::future::pending::<()>().await;
            }
            hours.fetch_add(1, Ordering::Relaxed);
        }
    }
    fn instant(&self) -> Instant {
        Instant::now() + Duration::from_secs(3600) * self.hours.load(Ordering::Relaxed) as u32
    }
}

pub(crate) async fn a_wait_that_takes_too_long_leaves_the_last_answer(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("429 Too Many Requests", "Retry-After: 1\r\n", "")]);
    let late = Late { inner: runtime, hours: Arc::default() };
    let error = client(server.hub(), late, TWICE).send(alert(), "sports").await.unwrap_err();
    assert!(error.as_service().unwrap().is_throttled() && error.fate().is_not_done(), "{error}");
    assert_eq!(server.requests().len(), 1);
}
