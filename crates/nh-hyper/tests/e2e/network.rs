//! What networks and servers do, and what the client makes of it.

use crate::calls::Shared;
use crate::runtimes::Patient;
use crate::scripted::{Scripted, Step};
use nh_core::retry::RetryPolicy;
use nh_core::{CancelScheduledNotification, Hub, JobStatus, Notification, NotificationState};
use nh_emulator::Emulator;
use nh_hyper::{Client, Error, Fate, Runtime, Transport, TransportBuilder};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SEND: &str = "POST /news/messages?api-version=2020-06 HTTP/1.1";

fn builder(runtime: impl Runtime) -> TransportBuilder {
    Transport::builder_on(runtime).platform_roots(false)
}

fn created() -> Step {
    Step::answer("201 Created", "Location: /news/messages/NH-1\r\n", "")
}

async fn send(client: &Client) -> Result<Option<String>, Error> {
    let alert = Notification::apple("{}").map_err(Error::from)?;
    Ok(client.send(alert, "sports").await?.notification_id)
}

/// A port that was free a moment ago.
pub(crate) fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub(crate) fn patient<R: Runtime>(inner: R) -> (Patient<R>, Arc<Mutex<Vec<Duration>>>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    (Patient { inner, waits: waits.clone(), longest: Duration::from_secs(29) }, waits)
}

/// The connect timeout is a sleep, too; it would be taken for a wait.
fn patient_builder<R: Runtime>(runtime: Patient<R>) -> TransportBuilder {
    builder(runtime).connect_timeout(Duration::from_secs(30))
}

pub(crate) async fn throttled_and_tried_again(runtime: impl Runtime) {
    let server = Scripted::new(vec![
        Step::answer("429 Too Many Requests", "Retry-After: 7\r\n", "<Error><Code>429</Code></Error>"),
        Step::answer("403 Forbidden", "Retry-After: 5\r\n", ""),
        Step::answer("503 Service Unavailable", "Retry-After: 3\r\n", ""),
        created(),
    ]);
    let (runtime, waits) = patient(runtime);
    let client = patient_builder(runtime).build().unwrap().hub(server.hub());
    assert_eq!(send(&client).await.unwrap().as_deref(), Some("NH-1"));
    assert_eq!(server.requests(), [SEND; 4]);
    let waits: Vec<_> = waits.lock().unwrap().iter().map(Duration::as_secs).collect();
    assert_eq!(waits, [7, 5, 3]);
}

pub(crate) async fn throttled_without_a_time(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("429 Too Many Requests", "", ""), created()]);
    let (runtime, waits) = patient(runtime);
    send(&patient_builder(runtime).build().unwrap().hub(server.hub())).await.unwrap();
    let waits = waits.lock().unwrap().clone();
    assert!(matches!(waits[..], [wait] if (10..=11).contains(&wait.as_secs())), "{waits:?}");
}

pub(crate) async fn a_long_wait_is_not_begun(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("429 Too Many Requests", "Retry-After: 3600\r\n", "")]);
    let error = send(&builder(runtime).build().unwrap().hub(server.hub())).await.unwrap_err();
    let service = error.as_service().unwrap();
    assert!(service.is_throttled());
    assert_eq!(service.retry_after(), Some(Duration::from_secs(3600)));
    // What a queue worker needs.
    assert_eq!(error.fate(), Fate::NotDone { retry_after: Some(Duration::from_secs(3600)) });
    assert_eq!(server.requests().len(), 1);
}

pub(crate) async fn busy_is_not_repeated_for_a_send(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("503 Service Unavailable", "", "<html><br></html>")]);
    let error = send(&builder(runtime).build().unwrap().hub(server.hub())).await.unwrap_err();
    assert!(error.as_service().unwrap().is_server_busy() && error.fate().is_unknown());
    assert!(error.to_string().ends_with("the request may have been carried out"), "{error}");
    assert_eq!(server.requests(), [SEND]);
}

pub(crate) async fn busy_is_repeated_for_what_is_repeatable(runtime: impl Runtime) {
    let server = Scripted::new(vec![
        Step::answer("503 Service Unavailable", "", ""),
        Step::Close,
        Step::answer("200 OK", "", ""),
    ]);
    let retry = RetryPolicy::new().base(Duration::ZERO);
    let client = builder(runtime).retry(retry).build().unwrap().hub(server.hub());
    client.execute(&CancelScheduledNotification::new("NH-1").unwrap()).await.unwrap();
    assert_eq!(server.requests().len(), 3);
}

pub(crate) async fn a_broken_connection_is_not_repeated(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Close, created()]);
    let dump = Shared::default();
    let client = builder(runtime).dump(dump.clone()).build().unwrap().hub(server.hub());
    let error = send(&client).await.unwrap_err();
    assert!(error.fate().is_unknown() && !error.is_connect() && error.as_service().is_none(), "{error}");
    assert_eq!(server.requests(), [SEND]);
    assert!(
        dump.text().contains("--- no response ---\nno complete answer came from 127.0.0.1:"),
        "{}",
        dump.text()
    );
}

pub(crate) async fn no_answer_in_time(runtime: impl Runtime + Clone) {
    let server = Scripted::new(vec![Step::Silence]);
    let soon = Duration::from_millis(500);
    let error = send(&builder(runtime.clone()).attempt_timeout(soon).build().unwrap().hub(server.hub()))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.fate().is_unknown(), "{error}");
    // Not that of the whole call.
    assert!(error.to_string().contains("no answer within 500 ms"), "{error}");

    let server = Scripted::new(vec![Step::Silence]);
    let error =
        send(&builder(runtime).overall_timeout(soon).build().unwrap().hub(server.hub())).await.unwrap_err();
    assert!(error.is_timeout() && error.fate().is_unknown(), "{error}");
}

pub(crate) async fn no_connection(runtime: impl Runtime) {
    let address = closed_port();
    let text = format!("Endpoint=http://{address};SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0");
    let hub = Hub::from_connection_string(&text, "news").unwrap();
    let error =
        send(&builder(runtime).retry(RetryPolicy::NEVER).build().unwrap().hub(hub)).await.unwrap_err();
    assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

pub(crate) async fn an_untrusted_authority(runtime: impl Runtime) {
    let (emulator, other) = (
        Emulator::builder().demo_devices(true).start().await.unwrap(),
        Emulator::builder().demo_devices(true).start().await.unwrap(),
    );
    let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap();
    let transport =
        builder(runtime).add_root_pem(other.ca_pem().as_bytes()).unwrap().retry(RetryPolicy::NEVER).build();
    let error = send(&transport.unwrap().hub(hub)).await.unwrap_err();
    assert!(error.is_untrusted() && error.to_string().contains("add_root_pem"), "{error}");
    assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(emulator.inbox(), []);
}

pub(crate) async fn an_answer_that_is_too_large(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::answer("201 Created", "", &"x".repeat(2000))]);
    let error =
        send(&builder(runtime).max_response_size(1999).build().unwrap().hub(server.hub())).await.unwrap_err();
    assert!(error.fate().is_unknown() && error.to_string().contains("1999 bytes"), "{error}");
}

pub(crate) async fn a_redirect_is_not_followed(runtime: impl Runtime) {
    let server = Scripted::new(vec![
        Step::answer("307 Temporary Redirect", "Location: /news/messages\r\n", ""),
        created(),
    ]);
    let error = send(&builder(runtime).build().unwrap().hub(server.hub())).await.unwrap_err();
    assert_eq!(error.as_service().unwrap().status(), 307);
    assert_eq!(server.requests(), [SEND]);
}

pub(crate) async fn an_answer_that_is_no_http(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Answer("hello\r\n\r\n".into())]);
    let error = send(&builder(runtime).build().unwrap().hub(server.hub())).await.unwrap_err();
    assert!(error.fate().is_unknown() && !error.is_timeout(), "{error}");
}

/// A machine may have no certificate authorities; then the error names the way out.
pub(crate) async fn the_platforms_authorities(runtime: impl Runtime + Clone) {
    let emulator = Emulator::builder().demo_devices(true).start().await.unwrap();
    let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap();
    let platform = |extra: &[u8]| {
        let builder = Transport::builder_on(runtime.clone()).retry(RetryPolicy::NEVER);
        let builder = if extra.is_empty() { builder } else { builder.add_root_pem(extra).unwrap() };
        builder.build().map(|transport| transport.hub(hub.clone()))
    };
    match (platform(b""), platform(emulator.ca_pem().as_bytes())) {
        (Ok(stranger), Ok(friend)) => {
            assert!(send(&stranger).await.unwrap_err().is_connect());
            assert!(send(&friend).await.unwrap().is_some());
        }
        (Err(error), _) | (_, Err(error)) => {
            assert!(error.to_string().contains("platform_roots(false)"), "{error}")
        }
    }
}

pub(crate) async fn pem_without_a_certificate(runtime: impl Runtime + Clone) {
    for bad in [&b""[..], b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", b"nonsense"] {
        let error = builder(runtime.clone()).add_root_pem(bad).unwrap_err();
        assert!(error.to_string().contains("PEM"), "{error}");
    }
}

fn details(state: &str) -> Step {
    let namespace = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
    Step::answer(
        "200 OK",
        "",
        &format!("<NotificationDetails xmlns='{namespace}'><State>{state}</State></NotificationDetails>"),
    )
}

pub(crate) async fn polling_until_it_is_known(runtime: impl Runtime) {
    let not_yet = Step::answer("404 Not Found", "", "");
    let server =
        Scripted::new(vec![not_yet, details("Enqueued"), details("Processing"), details("Completed")]);
    let (runtime, waits) = patient(runtime);
    let client = patient_builder(runtime).build().unwrap().hub(server.hub());
    let found = client.wait_for_notification_details("NH-1", Duration::from_secs(1800)).await.unwrap();
    assert_eq!(found.state, NotificationState::Completed);
    assert_eq!(*waits.lock().unwrap(), [Duration::from_secs(10); 3]);
    assert_eq!(server.requests(), ["GET /news/messages/NH-1?api-version=2020-06 HTTP/1.1"; 4]);
}

fn page(token: &str) -> Step {
    let entry = "<entry><content><GcmRegistrationDescription \
        xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'><RegistrationId>1-2-3</RegistrationId>\
        </GcmRegistrationDescription></content></entry>";
    let token = if token.is_empty() { String::new() } else { format!("X-MS-ContinuationToken: {token}\r\n") };
    Step::answer("200 OK", &token, &format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"))
}

pub(crate) async fn a_list_that_repeats_its_token_ends(runtime: impl Runtime) {
    let server = Scripted::new((0..50).map(|i| page(["a%3D", "b%3D"][i % 2])).collect());
    let mut items = builder(runtime).build().unwrap().hub(server.hub()).list_registrations();
    let mut count = 0;
    let error = loop {
        match items.next().await.unwrap() {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
        assert!(count < 20, "it does not end");
    };
    assert!(error.as_service().unwrap().is_unreadable());
    let why = std::error::Error::source(&error).unwrap();
    assert!(why.to_string().contains("continuation token"), "{why}");
    assert_eq!(
        server.requests()[1],
        "GET /news/registrations?api-version=2020-06&continuationtoken=a%3D HTTP/1.1"
    );
}

pub(crate) async fn a_list_goes_on_after_an_error(runtime: impl Runtime) {
    let server = Scripted::new(vec![page("a%3D"), Step::answer("400 Bad Request", "", ""), page("")]);
    let mut items = builder(runtime).build().unwrap().hub(server.hub()).list_registrations();
    assert_eq!(items.next().await.unwrap().unwrap().id(), Some("1-2-3"));
    assert_eq!(items.continuation_token(), Some("a%3D"));
    assert!(items.next().await.unwrap().unwrap_err().as_service().unwrap().is_bad_request());
    // The same page is asked for again.
    assert_eq!(items.continuation_token(), Some("a%3D"));
    assert_eq!(items.next().await.unwrap().unwrap().id(), Some("1-2-3"));
    assert!(items.continuation_token().is_none() && items.next().await.is_none());
    let requests = server.requests();
    assert!(requests[1].contains("continuationtoken=a%3D") && requests[1] == requests[2], "{requests:?}");
}

fn job(status: &str) -> Step {
    let body = format!(
        "<entry xmlns='http://www.w3.org/2005/Atom'><content><NotificationHubJob \
         xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'><JobId>1</JobId>{status}\
         </NotificationHubJob></content></entry>"
    );
    Step::answer("200 OK", "", &body)
}

pub(crate) async fn a_job_is_waited_for(runtime: impl Runtime) {
    let server =
        Scripted::new(vec![job(""), job("<Status>Running</Status>"), job("<Status>Failed</Status>")]);
    let (runtime, waits) = patient(runtime);
    let client = patient_builder(runtime).build().unwrap().hub(server.hub());
    let found = client.wait_for_job("1", Duration::from_secs(3600)).await.unwrap();
    assert_eq!(found.status, JobStatus::Failed);
    assert_eq!(*waits.lock().unwrap(), [Duration::from_secs(10); 2]);

    let server = Scripted::new(vec![job("")]);
    let found = client.hub(server.hub()).wait_for_job("1", Duration::ZERO).await.unwrap();
    assert_eq!(found.status, JobStatus::Started);
}
