//! A namespace that throttles: all calls to it wait together.

use crate::calls::alert;
use crate::network::patient;
use crate::runtimes::Patient;
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::retry::RetryPolicy;
use nh_core::{Credential, Hub};
use nh_hyper::{CallOptions, Client, Fate, Runtime, Step, Transport};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Setup {
    transport: Transport,
    waits: Arc<Mutex<Vec<Duration>>>,
    /// The hosts that requests went to.
    asked: Arc<Mutex<Vec<String>>>,
}

/// A service that answers with these statuses and `Retry-After`, and then with 201.
fn setup(runtime: impl Runtime, answers: &'static [(u16, &'static str)]) -> Setup {
    let (runtime, waits): (Patient<_>, _) = patient(runtime);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let mut noted = noted.lock().unwrap();
        let (status, wait) = answers.get(noted.len()).copied().unwrap_or((201, ""));
        noted.push(request.uri().host().unwrap().to_owned());
        let mut response = Response::builder().status(status);
        if !wait.is_empty() {
            response = response.header("Retry-After", wait);
        }
        std::future::ready(Ok::<_, Infallible>(response.body(Full::new(Bytes::new())).unwrap()))
    });
    let transport = Transport::builder_on(runtime).service(service).build().unwrap();
    Setup { transport, waits, asked }
}

fn hub(host: &str) -> Hub {
    Hub::new(format!("https://{host}"), "news", Credential::shared_access_key("Full", "c2VjcmV0").unwrap())
        .unwrap()
}

fn once() -> CallOptions {
    CallOptions::new().retry(RetryPolicy::NEVER)
}

pub(crate) async fn all_calls_wait_together(runtime: impl Runtime + Clone) {
    for answer in [&[(429, "7")][..], &[(503, "7")], &[(403, "7")]] {
        let Setup { transport, waits, asked } = setup(runtime.clone(), answer);
        let client = transport.hub(hub("a.test"));
        let error = client.with_options(once()).send(alert(), "sports").await.unwrap_err();
        assert!(error.is_throttled() && error.as_service().is_some(), "{error}");
        assert_eq!(waits.lock().unwrap().len(), 0);
        // Another call, of another hub of the namespace, waits before its first attempt.
        client.hub(hub("a.test")).with_options(once()).send(alert(), "sports").await.unwrap();
        let waits = waits.lock().unwrap().clone();
        assert!(matches!(waits[..], [wait] if (6..=8).contains(&wait.as_secs())), "{waits:?}");
        assert_eq!(asked.lock().unwrap().len(), 2);
    }
}

pub(crate) async fn the_longer_time_counts(runtime: impl Runtime) {
    // Two are on their way before the first is refused.
    let Setup { transport, waits, .. } = setup(runtime, &[(429, "20"), (429, "5")]);
    let client = transport.hub(hub("a.test"));
    let policy = RetryPolicy::new().attempts(2).base(Duration::ZERO);
    let error = client.with_options(once()).send(alert(), "sports").await.unwrap_err();
    assert!(error.is_throttled(), "{error}");
    // It waits 20 s (which pass at once), is refused, and asks for less; others wait for the rest of the 20 s all the same.
    client.with_options(CallOptions::new().retry(policy)).send(alert(), "sports").await.unwrap();
    client.send(alert(), "sports").await.unwrap();
    let waits: Vec<_> = waits.lock().unwrap().iter().map(Duration::as_secs).collect();
    assert!(matches!(waits[..], [19..=22, 5, 19..=22, ..]), "{waits:?}");
}

pub(crate) async fn other_namespaces_do_not_wait(runtime: impl Runtime) {
    let Setup { transport, waits, asked } = setup(runtime, &[(429, "7")]);
    let error = transport.hub(hub("a.test")).with_options(once()).send(alert(), "sports").await.unwrap_err();
    assert!(error.is_throttled(), "{error}");
    transport.hub(hub("b.test")).send(alert(), "sports").await.unwrap();
    assert!(waits.lock().unwrap().is_empty());
    assert_eq!(*asked.lock().unwrap(), ["a.test", "b.test"]);
}

pub(crate) async fn without_time_to_wait_nothing_is_sent(runtime: impl Runtime) {
    let Setup { transport, waits, asked } = setup(runtime, &[(429, "7")]);
    let client = transport.hub(hub("a.test"));
    client.with_options(once()).send(alert(), "sports").await.unwrap_err();
    let hurried = client.with_options(CallOptions::new().overall_timeout(Duration::from_secs(5)));
    let error = hurried.send(alert(), "sports").await.unwrap_err();
    assert!(error.is_throttled() && !error.is_timeout() && error.as_service().is_none(), "{error}");
    let Fate::NotDone { retry_after: Some(wait) } = error.fate() else { panic!("{error}") };
    assert!((6..=7).contains(&wait.as_secs()), "{wait:?}");
    assert!(
        error.to_string().starts_with("the service throttles a.test: nothing is sent to it for another "),
        "{error}"
    );
    assert_eq!((waits.lock().unwrap().len(), asked.lock().unwrap().len()), (0, 1));
}

pub(crate) async fn what_names_no_time_holds_nobody(runtime: impl Runtime) {
    let Setup { transport, waits, .. } = setup(runtime, &[(503, ""), (500, ""), (403, "")]);
    let client = transport.hub(hub("a.test"));
    for _ in 0..3 {
        client.with_options(once()).send(alert(), "sports").await.unwrap_err();
    }
    client.send(alert(), "sports").await.unwrap();
    assert!(waits.lock().unwrap().is_empty());
}

/// What is told of a call: attempts, and waits in seconds.
fn told(client: &Client) -> (Client, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let noted = told.clone();
    let watched = client.with_options(CallOptions::new().on_step(move |step| {
        noted.lock().unwrap().push(match step {
            Step::Attempt { number, tracking_id } => {
                assert_eq!(tracking_id.len(), 36);
                format!("attempt {number}")
            }
            Step::Wait { time, throttled, maybe_done } => {
                format!("wait {} {throttled} {maybe_done}", time.as_secs())
            }
            other => panic!("{other:?}"),
        });
    }));
    (watched, told)
}

pub(crate) async fn who_waits_is_told(runtime: impl Runtime + Clone) {
    let Setup { transport, .. } = setup(runtime.clone(), &[(429, "7"), (429, "7")]);
    let client = transport.hub(hub("a.test"));
    let (watched, steps) = told(&client);
    watched.send(alert(), "sports").await.unwrap();
    // A wait has a tenth more at most.
    assert_eq!(
        *steps.lock().unwrap(),
        ["attempt 1", "wait 7 true false", "attempt 2", "wait 7 true false", "attempt 3"]
    );

    // A failure that names no time is no throttling, and what may have been done is said. A send would not be repeated.
    let Setup { transport, .. } = setup(runtime, &[(500, "")]);
    let (watched, steps) = told(&transport.hub(hub("a.test")));
    watched.get_installation("1").await.unwrap_err();
    let steps = steps.lock().unwrap();
    assert!(steps[1].starts_with("wait ") && steps[1].ends_with(" false true"), "{steps:?}");
}
