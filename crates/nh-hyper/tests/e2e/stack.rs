//! What the built-in stack can do besides: proxies, HTTP/2, ageing connections; and what replaces it.

use crate::calls::{alert, builder, emulator, hub};
use crate::proxy::{Kind, Proxy};
use crate::scripted::{Scripted, Step};
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::retry::RetryPolicy;
use nh_core::{Audience, Hub};
use nh_emulator::Emulator;
use nh_hyper::{CallOptions, Client, Error, Runtime, Transport, TransportBuilder};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An emulator under a name that no resolver knows: only a proxy finds it.
async fn far_away() -> Emulator {
    Emulator::builder().demo_devices(true).host("nh.test").start().await.unwrap()
}

fn through(proxy: &Proxy, emulator: &Emulator, scheme: &str, runtime: impl Runtime) -> TransportBuilder {
    let url = format!("{scheme}{}", proxy.address);
    builder(emulator, runtime).proxy(&url).unwrap()
}

fn expected(emulator: &Emulator) -> String {
    format!("nh.test:{}", emulator.address().port())
}

async fn send(client: &Client) -> Result<(), Error> {
    client.send(alert(), Audience::EVERYONE).await.map(drop)
}

pub(crate) async fn through_an_http_proxy(runtime: impl Runtime) {
    let emulator = far_away().await;
    // user:sesame
    let proxy = Proxy::new(Kind::Http(Some("Basic dXNlcjpzZXNhbWU=")), emulator.address());
    let client =
        through(&proxy, &emulator, "http://user:sesame@", runtime).build().unwrap().hub(hub(&emulator));
    send(&client).await.unwrap();
    assert_eq!(proxy.asked(), [expected(&emulator)]);
    assert_eq!(emulator.inbox().len(), 1);
}

pub(crate) async fn a_proxy_that_does_not_let_in(runtime: impl Runtime) {
    let emulator = far_away().await;
    let proxy = Proxy::new(Kind::Http(Some("Basic dXNlcjpzZXNhbWU=")), emulator.address());
    let client =
        through(&proxy, &emulator, "http://user:wrong@", runtime).build().unwrap().hub(hub(&emulator));
    let error = send(&client).await.unwrap_err();
    // Asked again, it would say the same.
    assert_eq!(proxy.asked().len(), 1);
    assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
    let named = format!("the proxy {} answered 407 Proxy Authentication Required", proxy.address);
    let text = format!("{error} {error:?}");
    assert!(text.contains(&named) && !text.contains("wrong"), "{text}");
}

pub(crate) async fn through_a_socks5_proxy(runtime: impl Runtime + Clone) {
    for (login, scheme) in [(None, "socks5://"), (Some(("user", "sesame")), "socks5h://user:sesame@")] {
        let emulator = far_away().await;
        let proxy = Proxy::new(Kind::Socks5(login), emulator.address());
        let client = through(&proxy, &emulator, scheme, runtime.clone()).build().unwrap().hub(hub(&emulator));
        send(&client).await.unwrap();
        assert_eq!(proxy.asked(), [expected(&emulator)]);
    }
}

pub(crate) async fn loopback_needs_no_proxy(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let nobody = Proxy::new(Kind::Http(None), emulator.address());
    let client = through(&nobody, &emulator, "http://", runtime).build().unwrap().hub(hub(&emulator));
    send(&client).await.unwrap();
    assert!(nobody.asked().is_empty());
}

#[cfg(feature = "http2")]
pub(crate) async fn http2_shares_one_connection(runtime: impl Runtime + Clone) {
    use futures_lite::future::zip;
    use nh_emulator::Fault;
    for http2 in [false, true] {
        let emulator = far_away().await;
        let proxy = Proxy::new(Kind::Http(None), emulator.address());
        let client = through(&proxy, &emulator, "http://", runtime.clone()).http2(http2).build().unwrap();
        let client = client.hub(hub(&emulator));
        send(&client).await.unwrap();
        // So that the first is under way when the second begins.
        emulator.add_fault(Fault::delayed(Duration::from_millis(100))).unwrap();
        let (one, other) = zip(send(&client), send(&client)).await;
        one.and(other).unwrap();
        let shared = proxy.asked().len() == 1;
        assert_eq!(shared, http2, "{:?}", proxy.asked());
        assert_eq!(emulator.inbox().len(), 3);
    }
}

pub(crate) async fn old_connections_are_replaced(runtime: impl Runtime + Clone) {
    const CALLS: usize = 20;
    for (age, each_its_own) in [(Duration::from_secs(600), false), (Duration::ZERO, true)] {
        let emulator = far_away().await;
        let proxy = Proxy::new(Kind::Http(None), emulator.address());
        let client =
            through(&proxy, &emulator, "http://", runtime.clone()).connection_age(age).build().unwrap();
        let client = client.hub(hub(&emulator));
        for _ in 0..CALLS {
            send(&client).await.unwrap();
        }
        assert_eq!(
            proxy.asked().len() == CALLS,
            each_its_own,
            "{age:?}: {} connections",
            proxy.asked().len()
        );
    }
}

pub(crate) async fn what_is_over_the_bound_waits_its_turn(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Silence, Step::answer("201 Created", "", "")]);
    let transport = Transport::builder_on(runtime).platform_roots(false).max_in_flight(1).build().unwrap();
    let client = transport.hub(server.hub());
    let soon = client.with_options(CallOptions::new().overall_timeout(Duration::from_millis(500)));
    let patient = CallOptions::new().attempt_timeout(Duration::from_millis(2000)).retry(RetryPolicy::NEVER);
    let first = client.with_options(patient);
    // The second waits while the first is in flight, and gives up; nothing of it was sent.
    let (first, second) = futures_lite::future::zip(send(&first), send(&soon)).await;
    assert!(first.unwrap_err().fate().is_unknown());
    let second = second.unwrap_err();
    assert!(second.is_timeout() && second.fate().is_not_done(), "{second}");
    assert_eq!(server.requests().len(), 1);
    send(&client).await.unwrap();
}

pub(crate) async fn options_of_a_call(runtime: impl Runtime) {
    let busy = || Step::answer("429 Too Many Requests", "Retry-After: 0\r\n", "");
    let server = Scripted::new(vec![busy(), busy(), Step::answer("201 Created", "", "0123456789")]);
    let soon = RetryPolicy::new().base(Duration::ZERO);
    let transport = Transport::builder_on(runtime).platform_roots(false).retry(soon).build().unwrap();
    let client = transport.hub(server.hub());
    let once = client.with_options(CallOptions::new().retry(RetryPolicy::NEVER));
    assert!(send(&once).await.unwrap_err().as_service().unwrap().is_throttled());
    assert_eq!(server.requests().len(), 1);
    let small = client.with_options(CallOptions::new().max_response_size(5));
    assert!(send(&small).await.unwrap_err().to_string().contains("larger than 5 bytes"));
    assert_eq!(server.requests().len(), 3);
}

/// What a mock service was asked, header by header.
pub(crate) type Seen = Arc<Mutex<Vec<Request<Full<Bytes>>>>>;

pub(crate) type Answer = std::future::Ready<Result<Response<Full<Bytes>>, Infallible>>;

pub(crate) fn mock(
    seen: Seen,
    statuses: &'static [u16],
) -> tower::util::ServiceFn<impl FnMut(Request<Full<Bytes>>) -> Answer + Clone> {
    tower::service_fn(move |request| {
        let mut seen = seen.lock().unwrap();
        let status = statuses[seen.len()];
        seen.push(request);
        let response = Response::builder().status(status).header("Retry-After", "0");
        std::future::ready(Ok(response.body(Full::new(Bytes::new())).unwrap()))
    })
}

pub(crate) fn any_hub() -> Hub {
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l";
    Hub::from_connection_string(text, "news").unwrap()
}

pub(crate) async fn a_service_in_place_of_the_stack(runtime: impl Runtime) {
    let seen = Seen::default();
    let client = Transport::builder_on(runtime)
        .service(mock(seen.clone(), &[429, 201]))
        .retry(RetryPolicy::new().base(Duration::ZERO))
        .user_agent("contoso-backend/1.2")
        .unwrap()
        .build()
        .unwrap()
        .hub(any_hub());
    send(&client).await.unwrap();
    let seen = seen.lock().unwrap();
    let header =
        |name: &str| -> Vec<&str> { seen.iter().map(|r| r.headers()[name].to_str().unwrap()).collect() };
    let agent = header("user-agent")[0];
    assert!(agent.starts_with("contoso-backend/1.2 nh-hyper/"), "{agent}");
    // Each attempt has an id of its own.
    let ids: BTreeSet<&str> = header("trackingid").into_iter().collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| id.len() == 36), "{ids:?}");
}

pub(crate) async fn who_asks_is_said_on_the_wire(runtime: impl Runtime) {
    let created = || Step::answer("201 Created", "", "");
    let server = Scripted::new(vec![created(), created()]);
    let transport = Transport::builder_on(runtime).platform_roots(false);
    let client = transport.user_agent("contoso-backend/1.2").unwrap().build().unwrap().hub(server.hub());
    send(&client).await.unwrap();
    send(&client).await.unwrap();
    let heads = server.heads();
    let header = |name: &str| -> BTreeSet<&str> {
        heads.iter().filter_map(|head| head.lines().find_map(|line| line.strip_prefix(name))).collect()
    };
    let agents = header("user-agent: contoso-backend/1.2 nh-hyper/");
    assert_eq!(agents.len(), 1, "{heads:?}");
    let ids = header("trackingid: ");
    assert!(ids.len() == 2 && ids.iter().all(|id| id.len() == 36), "{heads:?}");
}

pub(crate) async fn a_service_that_gives_up(runtime: impl Runtime) {
    let calls = Arc::new(Mutex::new(0));
    let counted = calls.clone();
    let broken = tower::service_fn(move |_: Request<Full<Bytes>>| {
        *counted.lock().unwrap() += 1;
        std::future::ready(Err::<Response<Full<Bytes>>, _>(std::io::Error::other("sesame street is closed")))
    });
    let client = Transport::builder_on(runtime).service(broken).build().unwrap().hub(any_hub());
    let error = send(&client).await.unwrap_err();
    assert!(error.fate().is_unknown(), "{error}");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "sesame street is closed");
    assert_eq!(*calls.lock().unwrap(), 1);
}
