//! How long connections are kept, and what is spoken over them.

use crate::calls::alert;
use crate::scripted::{Scripted, Step};
use futures_lite::future::zip;
use nh_core::retry::RetryPolicy;
use nh_hyper::{Hub, Runtime, Transport, TransportBuilder};
use std::future::{Future, pending};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";

fn builder(runtime: impl Runtime) -> TransportBuilder {
    Transport::builder_on(runtime).platform_roots(false)
}

/// The first call is answered only after connections that were too old for the second have been replaced.
pub(crate) async fn what_is_in_flight_outlives_its_connections(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Silence, Step::AnswerAll(CREATED.to_owned())]);
    let client = builder(runtime).connection_age(Duration::ZERO).build().unwrap().hub(server.hub());
    let (one, other) = zip(client.send(alert(), "sports"), client.send(alert(), "sports")).await;
    one.and(other).unwrap();
    assert_eq!(server.requests().len(), 2);
}

pub(crate) async fn an_idle_connection_is_closed(runtime: impl Runtime) {
    let (close, closed) = tokio::sync::oneshot::channel();
    let server = Scripted::new(vec![Step::AnswerUntilClosed(CREATED.to_owned(), close)]);
    let client = builder(runtime).idle_timeout(Duration::from_millis(20)).build().unwrap().hub(server.hub());
    client.send(alert(), "sports").await.unwrap();
    let began = Instant::now();
    closed.await.unwrap();
    // Unless set, it is closed after 50 s.
    assert!(began.elapsed() < Duration::from_secs(25));
}

/// A runtime on which the first connection is the only one that is ever made.
struct Lonely<R> {
    runtime: R,
    is_made: AtomicBool,
}

impl<R: Runtime> Runtime for Lonely<R> {
    type Stream = R::Stream;

    async fn connect(&self, host: &str, port: u16) -> io::Result<R::Stream> {
        if self.is_made.swap(true, Ordering::Relaxed) {
            pending::<()>().await;
        }
        self.runtime.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.runtime.sleep(duration)
    }
}

/// Those who wait for a connection of their own take the one that is given back, one after the other.
pub(crate) async fn whoever_waits_takes_what_is_given_back(runtime: impl Runtime) {
    let emulator = crate::calls::emulator().await;
    let lonely = Lonely { runtime, is_made: AtomicBool::new(false) };
    let builder = builder(lonely).add_root_pem(emulator.ca_pem()).unwrap();
    // A second attempt would find the connection idle.
    let transport = builder.retry(RetryPolicy::NEVER).build().unwrap();
    let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap();
    let client = transport.hub(hub);
    let send = || client.send(alert(), "sports");
    let ((one, two), (three, four)) = zip(zip(send(), send()), zip(send(), send())).await;
    one.and(two).and(three).and(four).unwrap();
}

#[cfg(feature = "http2")]
pub(crate) async fn http2_is_spoken_when_it_is_offered(runtime: impl Runtime + Clone) {
    use crate::tls::provider;
    use nh_core::Credential;
    use std::io::Read;
    use std::sync::Arc;

    for (offer, protocol, beginning) in
        [(true, Some("h2"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (false, None, "POST /news/messages?api-v")]
    {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Says what was agreed on and what came first, and hangs up.
        let server = std::thread::spawn(move || {
            let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, listener.accept().unwrap().0);
            let mut first = [0; 24];
            stream.read_exact(&mut first).unwrap();
            (stream.conn.alpn_protocol().map(<[u8]>::to_vec), first)
        });
        let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
        let hub = Hub::new(format!("https://localhost:{port}"), "news", credential).unwrap();
        let client = builder(runtime.clone())
            .add_root_pem(cert.pem().as_bytes())
            .unwrap()
            .http2(offer)
            .retry(RetryPolicy::NEVER)
            .build()
            .unwrap()
            .hub(hub);
        client.send(alert(), "sports").await.unwrap_err();
        let (agreed, first) = server.join().unwrap();
        // Without an offer there is nothing to agree on.
        assert_eq!(agreed.as_deref(), protocol.map(str::as_bytes));
        assert_eq!(String::from_utf8_lossy(&first), &beginning[..24]);
    }
}
