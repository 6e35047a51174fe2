//! What errors say: each thing once, and with the way out.

use crate::calls::{alert, builder, emulator, hub};
use crate::network::closed_port;
use crate::proxy::{Kind, Proxy};
use crate::scripted::{Scripted, Step};
use crate::stack::any_hub;
use futures_lite::future::{or, yield_now};
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::retry::RetryPolicy;
use nh_core::{Credential, Hub};
use nh_emulator::Emulator;
use nh_hyper::{CallOptions, Client, Error, Runtime, Transport, TransportBuilder};
use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn fails(client: Client) -> Error {
    client.send(alert(), "sports").await.unwrap_err()
}

fn transport(runtime: &(impl Runtime + Clone)) -> TransportBuilder {
    Transport::builder_on(runtime.clone()).platform_roots(false).retry(RetryPolicy::NEVER)
}

/// One of each kind, under its name.
async fn all(runtime: &(impl Runtime + Clone)) -> Vec<(&'static str, Error)> {
    let to = |steps| Scripted::new(steps);
    let over = |builder: TransportBuilder, server: &Scripted| builder.build().unwrap().hub(server.hub());
    let mut errors = Vec::new();

    let client = transport(runtime).build().unwrap().hub(any_hub());
    errors.push(("refused", client.send(alert(), "breaking news").await.unwrap_err()));
    errors.push(("configuration", transport(runtime).add_root_pem(b"nonsense").unwrap_err()));

    let server =
        to(vec![Step::answer("400 Bad Request", "", "<Error><Code>400</Code><Detail>No.</Detail></Error>")]);
    errors.push(("400", fails(over(transport(runtime), &server)).await));
    let server = to(vec![Step::answer("200 OK", "", "nonsense")]);
    let unreadable = over(transport(runtime), &server).create_registration_id().await.unwrap_err();
    errors.push(("unreadable", unreadable));
    let server = to(vec![Step::answer("200 OK", "", "<feed")]);
    errors.push((
        "unreadable",
        over(transport(runtime), &server).list_registrations().next().await.unwrap().unwrap_err(),
    ));
    let server = to(vec![Step::answer("201 Created", "", "0123456789")]);
    errors.push(("too large", fails(over(transport(runtime).max_response_size(5), &server)).await));
    let server = to(vec![Step::Close]);
    errors.push(("broken", fails(over(transport(runtime), &server)).await));
    let server = to(vec![Step::Answer("hello\r\n\r\n".into())]);
    errors.push(("no HTTP", fails(over(transport(runtime), &server)).await));
    let server = to(vec![Step::Silence]);
    let soon = Duration::from_millis(500);
    errors.push(("timed out", fails(over(transport(runtime).attempt_timeout(soon), &server)).await));
    errors.push(("no time", fails(over(transport(runtime).overall_timeout(Duration::ZERO), &server)).await));

    let credential = || Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
    let nobody = Hub::new(format!("http://{}", closed_port()), "news", credential()).unwrap();
    errors.push(("refused connection", fails(transport(runtime).build().unwrap().hub(nobody)).await));
    let far = Hub::new("https://nh.test", "news", credential()).unwrap();
    let proxied = |url: String| transport(runtime).proxy(&url).unwrap().build().unwrap().hub(far.clone());
    errors.push(("no proxy", fails(proxied(format!("http://{}", closed_port()))).await));
    errors.push(("no socks", fails(proxied(format!("socks5://{}", closed_port()))).await));
    let locked = Proxy::new(Kind::Http(Some("Basic sesame")), closed_port());
    errors.push(("proxy refuses", fails(proxied(format!("http://{}", locked.address))).await));
    let locked = Proxy::new(Kind::Socks5(Some(("a", "b"))), closed_port());
    errors.push(("socks refuses", fails(proxied(format!("socks5://a:c@{}", locked.address))).await));

    let (one, other) = (emulator().await, emulator().await);
    let stranger = builder(&other, runtime.clone()).retry(RetryPolicy::NEVER).build().unwrap();
    errors.push(("untrusted", fails(stranger.hub(hub(&one))).await));
    let leads_there = Proxy::new(Kind::Http(None), one.address());
    let friend = builder(&one, runtime.clone()).retry(RetryPolicy::NEVER);
    let friend = friend.proxy(&format!("http://{}", leads_there.address)).unwrap().build().unwrap();
    errors.push(("another name", fails(friend.hub(far)).await));

    let gives_up = tower::service_fn(|_: Request<Full<Bytes>>| {
        std::future::ready(Err::<Response<Full<Bytes>>, _>(io::Error::other("closed")))
    });
    errors
        .push(("service", fails(transport(runtime).service(gives_up).build().unwrap().hub(any_hub())).await));
    errors
}

pub(crate) async fn each_thing_is_said_once(runtime: impl Runtime + Clone) {
    for (kind, error) in all(&runtime).await {
        let first: &(dyn std::error::Error + 'static) = &error;
        let texts: Vec<_> =
            iter::successors(Some(first), |&error| error.source()).map(ToString::to_string).collect();
        for (i, text) in texts.iter().enumerate() {
            assert!(!text.is_empty() && !text.contains('\n'), "{kind}: {texts:?}");
            for cause in &texts[i + 1..] {
                assert!(!text.contains(cause.as_str()), "{kind}: {texts:?}");
            }
        }
    }
}

pub(crate) async fn each_sentence_helps_by_itself(runtime: impl Runtime + Clone) {
    let said = |errors: &[(&str, Error)], kind: &str| {
        errors.iter().find(|(name, _)| *name == kind).map(|(_, error)| error.to_string()).unwrap()
    };
    let errors = all(&runtime).await;
    for (kind, parts) in [
        ("400", &["the service answered 400 Bad Request", "No."][..]),
        ("unreadable", &["cannot be read", "; the request was carried out"]),
        ("too large", &["larger than 5 bytes", "max_response_size"]),
        ("broken", &["no complete answer came from 127.0.0.1:", "; the request may have been carried out"]),
        ("timed out", &["no answer within 500 ms"]),
        ("no time", &["the call was given no time"]),
        ("refused connection", &["could not connect to 127.0.0.1:"]),
        ("no proxy", &["could not connect to nh.test", "the connection to the proxy 127.0.0.1:", "failed"]),
        ("no socks", &["could not connect to nh.test", "the connection to the proxy 127.0.0.1:", "failed"]),
        (
            "proxy refuses",
            &["the proxy 127.0.0.1:", "answered 407 Proxy Authentication Required", "user:password@"],
        ),
        ("socks refuses", &["the proxy 127.0.0.1:", "refuses this user and password"]),
        ("untrusted", &["signed by an authority that is not trusted", "add_root_pem"]),
        ("another name", &["its certificate is for another name"]),
        ("service", &["no complete answer came from contoso.servicebus.windows.net"]),
    ] {
        let text = said(&errors, kind);
        assert!(parts.iter().all(|part| text.contains(part)), "{kind}: {text}");
    }
    // A read frightens nobody.
    let server = Scripted::new(vec![Step::Close]);
    let client = transport(&runtime).build().unwrap().hub(server.hub());
    let error = client.get_registration("1").await.unwrap_err();
    assert!(error.fate().is_unknown() && !error.to_string().contains("carried out"), "{error}");
}

pub(crate) async fn a_proxys_refusal_is_judged(runtime: impl Runtime + Clone) {
    let far = Emulator::builder().demo_devices(true).host("nh.test").start().await.unwrap();
    let twice = RetryPolicy::new().attempts(2).base(Duration::ZERO);
    let (wrong, status) = (Kind::Socks5(Some(("user", "sesame"))), Kind::Refuses);
    for (kind, url, connections, words) in [
        (wrong, "socks5://user:wrong@", 1, "refuses this user and password"),
        (wrong, "socks5://", 1, "wants a user and a password"),
        (
            status("403 Forbidden"),
            "http://",
            1,
            "answered 403 Forbidden; it does not allow this host and port",
        ),
        (status("502 Bad Gateway"), "http://", 2, "answered 502 Bad Gateway"),
        (status("2000 OK"), "http://", 1, "does not speak HTTP"),
    ] {
        let proxy = Proxy::new(kind, far.address());
        let url = format!("{url}{}", proxy.address);
        let builder = builder(&far, runtime.clone()).proxy(&url).unwrap().retry(twice.clone());
        let error = fails(builder.build().unwrap().hub(hub(&far))).await;
        assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
        assert!(error.to_string().contains(words) && !error.to_string().contains("wrong"), "{error}");
        assert_eq!(proxy.connections(), connections, "{error}");
    }
}

/// What an attempt has met is not forgotten while the next one waits for its turn.
pub(crate) async fn an_attempt_is_not_forgotten_in_the_crowd(runtime: impl Runtime + Clone) {
    let asked = Arc::new(AtomicUsize::new(0));
    let service = tower::service_fn(move |_: Request<Full<Bytes>>| {
        let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            // The other call queues up meanwhile, and keeps the only place.
            yield_now().await;
            if !first {
                pending::<()>().await;
            }
            Ok::<_, Infallible>(Response::builder().status(500).body(Full::new(Bytes::new())).unwrap())
        }
    });
    let twice = RetryPolicy::new().attempts(2).base(Duration::ZERO);
    let builder = transport(&runtime).service(service).max_in_flight(1).retry(twice);
    let client = builder.build().unwrap().hub(any_hub());
    let soon = CallOptions::new().overall_timeout(Duration::from_millis(300));
    let hurried = client.with_options(soon);
    let read = async { hurried.get_registration("1").await.map(drop) };
    let error = or(read, async { client.send(alert(), "sports").await.map(drop) }).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(500), "{error}");
}

/// Another wall clock.
#[derive(Clone)]
struct Off<R>(R, std::time::SystemTime);

impl<R: Runtime> Runtime for Off<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        self.0.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.0.sleep(duration)
    }
    fn now(&self) -> std::time::SystemTime {
        self.1
    }
}

pub(crate) async fn a_clock_that_is_wrong_is_named(runtime: impl Runtime + Clone) {
    // Sun, 06 Nov 1994 08:49:37 GMT
    let service = std::time::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let minutes = |count: u64| Duration::from_secs(60 * count);
    for (now, status, words) in [
        (
            service + minutes(10),
            "401 Unauthorized",
            Some("this machine's clock is 10 min ahead of the service's"),
        ),
        (
            service - minutes(10),
            "401 Unauthorized",
            Some("this machine's clock is 10 min behind the service's"),
        ),
        (service + minutes(5), "401 Unauthorized", None),
        (service + minutes(10), "404 Not Found", None),
    ] {
        let server = Scripted::new(vec![Step::answer(status, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "")]);
        let client = transport(&Off(runtime.clone(), now)).build().unwrap().hub(server.hub());
        let error = fails(client).await.to_string();
        match words {
            Some(words) => assert!(error.contains(words), "{error}"),
            None => assert!(!error.contains("clock"), "{error}"),
        }
    }
}

/// Takes connections, reads something, and says these bytes. Counts its connections.
fn says(bytes: &'static [u8]) -> (std::net::SocketAddr, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connections = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = connections.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        }
    });
    (address, connections)
}

pub(crate) async fn what_speaks_no_tls_is_named(runtime: impl Runtime + Clone) {
    let plain = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    // An alert: fatal, protocol_version.
    let old = b"\x15\x03\x02\x00\x02\x02\x46";
    // A ServerHello of TLS 1.1: random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    let hello =
        b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr\x00\x00\x2f\x00";
    for (bytes, words) in [
        (&plain[..], "it does not speak TLS"),
        (old, "it speaks TLS 1.1 or older only"),
        (hello, "it speaks TLS 1.1 or older only"),
    ] {
        let (address, connections) = says(bytes);
        let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
        let hub = Hub::new(format!("https://{address}"), "news", credential).unwrap();
        let twice = RetryPolicy::new().attempts(2).base(Duration::ZERO);
        let error = fails(transport(&runtime).retry(twice).build().unwrap().hub(hub)).await;
        assert!(error.is_connect() && error.fate().is_not_done(), "{error}");
        assert!(error.to_string().contains(words), "{error}: {:?}", std::error::Error::source(&error));
        assert_eq!(connections.load(std::sync::atomic::Ordering::Relaxed), 1, "{error}");
    }
}
