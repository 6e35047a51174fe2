//! tower layers over the built-in stack, and over a service that replaces it.

use crate::calls::{alert, builder, emulator, hub};
use crate::scripted::{Scripted, Step};
use crate::stack::{Seen, any_hub, mock};
use nh_core::http::{HeaderValue, Request};
use nh_core::retry::RetryPolicy;
use nh_core::{Credential, Hub};
use nh_hyper::{CallOptions, Runtime, Transport};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::limit::ConcurrencyLimitLayer;
use tower::util::MapRequestLayer;
use tower::{Layer, Service};

/// Writes its name down for each request.
#[derive(Clone)]
struct Named<S> {
    name: &'static str,
    log: Log,
    inner: S,
}

type Log = Arc<Mutex<Vec<&'static str>>>;

fn named(name: &'static str, log: &Log) -> Named<()> {
    Named { name, log: log.clone(), inner: () }
}

impl<S> Layer<S> for Named<()> {
    type Service = Named<S>;
    fn layer(&self, inner: S) -> Named<S> {
        Named { name: self.name, log: self.log.clone(), inner }
    }
}

impl<R, S: Service<R>> Service<R> for Named<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }
    fn call(&mut self, request: R) -> S::Future {
        self.log.lock().unwrap().push(self.name);
        self.inner.call(request)
    }
}

pub(crate) async fn layers_go_over_the_built_in_stack(runtime: impl Runtime) {
    let emulator = emulator().await;
    let log = Log::default();
    let transport = builder(&emulator, runtime)
        .layer(named("inner", &log))
        .layer(ConcurrencyLimitLayer::new(2))
        .layer(named("outer", &log))
        .build()
        .unwrap();
    let client = transport.hub(hub(&emulator));
    client.send(alert(), "sports").await.unwrap();
    client.create_registration_id().await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["outer", "inner", "outer", "inner"]);
    assert_eq!(emulator.inbox().len(), 1);
}

pub(crate) async fn a_layer_sees_each_attempt(runtime: impl Runtime) {
    let busy = Step::answer("429 Too Many Requests", "", "");
    let server = Scripted::new(vec![busy, Step::answer("201 Created", "", "")]);
    let log = Log::default();
    let tenant = MapRequestLayer::new(|mut request: Request<_>| {
        request.headers_mut().insert("x-tenant", HeaderValue::from_static("contoso"));
        request
    });
    let (runtime, _) = crate::network::patient(runtime);
    let transport =
        Transport::builder_on(runtime).platform_roots(false).connect_timeout(Duration::from_secs(30));
    let transport = transport.layer(tenant).layer(named("counted", &log)).build().unwrap();
    transport.hub(server.hub()).send(alert(), "sports").await.unwrap();
    assert_eq!(log.lock().unwrap().len(), 2);
    assert!(server.heads().iter().all(|head| head.contains("x-tenant: contoso\r\n")), "{:?}", server.heads());
}

pub(crate) async fn layers_go_over_a_service_of_ones_own(runtime: impl Runtime) {
    let (seen, log) = (Seen::default(), Log::default());
    let transport = Transport::builder_on(runtime)
        .layer(named("layer", &log))
        .service(mock(seen.clone(), &[201]))
        .build()
        .unwrap();
    transport.hub(any_hub()).send(alert(), "sports").await.unwrap();
    assert_eq!((log.lock().unwrap().len(), seen.lock().unwrap().len()), (1, 1));
}

/// Nothing of a request has left while it waits for a layer.
pub(crate) async fn what_waits_for_a_layer_was_not_sent(runtime: impl Runtime) {
    let server = Scripted::new(vec![Step::Silence, Step::answer("201 Created", "", "")]);
    let transport = Transport::builder_on(runtime)
        .platform_roots(false)
        .layer(ConcurrencyLimitLayer::new(1))
        .retry(RetryPolicy::NEVER)
        .build()
        .unwrap();
    let client = transport.hub(server.hub());
    let limit = |milliseconds| CallOptions::new().attempt_timeout(Duration::from_millis(milliseconds));
    let (first, second) = (client.with_options(limit(2000)), client.with_options(limit(500)));
    let sends = futures_lite::future::zip(first.send(alert(), "sports"), second.send(alert(), "sports"));
    let (first, second) = sends.await;
    assert!(first.unwrap_err().fate().is_unknown());
    let second = second.unwrap_err();
    assert!(second.is_timeout() && second.fate().is_not_done(), "{second}");
    assert_eq!(server.requests().len(), 1);
}

/// A layer does not hide that there was no connection, unless it throws away what the request carries.
pub(crate) async fn a_handshake_under_a_layer(runtime: impl Runtime + Clone) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let hub = Hub::new(&url, "news", credential).unwrap();
    let transport = || {
        let builder = Transport::builder_on(runtime.clone()).platform_roots(false).retry(RetryPolicy::NEVER);
        builder.attempt_timeout(Duration::from_millis(50))
    };
    let seeing = transport().layer(named("keeps", &Log::default())).build().unwrap();
    let error = seeing.hub(hub.clone()).send(alert(), "sports").await.unwrap_err();
    assert!(error.is_connect() && error.fate().is_not_done(), "{error}");

    let losing = MapRequestLayer::new(|mut request: Request<_>| {
        request.extensions_mut().clear();
        request
    });
    let error =
        transport().layer(losing).build().unwrap().hub(hub).send(alert(), "sports").await.unwrap_err();
    assert!(error.is_timeout() && error.fate().is_unknown(), "{error}");
}
