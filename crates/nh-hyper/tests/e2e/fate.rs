//! Whether a request may have been carried out, after more than one attempt and before there was a connection.

use crate::calls::alert;
use crate::scripted::{Scripted, Step};
use nh_core::http::Uri;
use nh_core::retry::RetryPolicy;
use nh_core::{Credential, Hub};
use nh_hyper::{Client, Runtime};
use std::net::TcpListener;
use std::time::Duration;

const TWICE: RetryPolicy =
    RetryPolicy { attempts: 2, base: Duration::ZERO, cap: Duration::ZERO, repeat_unknown: false };

fn client(hub: Hub, runtime: impl Runtime, retry: RetryPolicy) -> Client {
    Client::builder_on(hub, runtime).platform_roots(false).retry(retry).build().unwrap()
}

pub(crate) async fn what_is_unknown_stays_unknown(runtime: impl Runtime) {
    // The second attempt is refused, as the server plays one step.
    let server = Scripted::new(vec![Step::Close]);
    let error = client(server.hub(), runtime, TWICE).delete_installation("1").await.unwrap_err();
    assert!(error.is_connect() && error.fate_unknown(), "{error}");
    assert!(error.to_string().contains("may have been carried out"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

pub(crate) async fn an_answer_after_an_unknown_attempt(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Close, Step::answer("404 Not Found", "", "")]);
    let error = client(server.hub(), runtime, TWICE).delete_installation("1").await.unwrap_err();
    assert!(error.as_service().unwrap().is_not_found() && error.fate_unknown(), "{error}");
}

/// A server that takes connections and says nothing, so that there is never one to send over.
pub(crate) async fn a_handshake_that_does_not_end(runtime: impl Runtime) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri: Uri = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
    let hub = Hub::new(&uri.to_string(), "news", credential).unwrap();
    let client = Client::builder_on(hub, runtime)
        .platform_roots(false)
        .attempt_timeout(Duration::from_millis(50))
        .retry(TWICE)
        .build()
        .unwrap();
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.is_connect() && !error.fate_unknown(), "{error}");
    // So a send is tried again, too.
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_ok() && listener.accept().is_ok());
}

pub(crate) async fn a_success_that_cannot_be_read(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("200 OK", "", "nonsense")]);
    let error = client(server.hub(), runtime, TWICE).create_registration_id().await.unwrap_err();
    assert!(error.as_service().unwrap().is_unreadable() && error.fate_unknown(), "{error}");
}

pub(crate) async fn what_lasts_is_not_tried_again(runtime: impl Runtime) {
    let large = || Step::answer("200 OK", "", "0123456789");
    let server = Scripted::new(vec![large(), large()]);
    let small = Client::builder_on(server.hub(), runtime)
        .platform_roots(false)
        .max_response_size(5)
        .retry(TWICE)
        .build()
        .unwrap();
    small.get_registration("1").await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

pub(crate) async fn a_send_is_repeated_for_who_asks(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Close, Step::answer("201 Created", "", "")]);
    let policy = RetryPolicy { repeat_unknown: true, ..TWICE };
    client(server.hub(), runtime, policy).send(alert(), "sports").await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

pub(crate) async fn an_error_names_what_was_sent(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Close]);
    let error = client(server.hub(), runtime, RetryPolicy::NEVER).send(alert(), "sports").await.unwrap_err();
    let id = error.tracking_id().unwrap();
    assert!(id.len() == 36 && error.to_string().contains(id), "{error}");
}
