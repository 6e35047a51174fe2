//! The built-in stack: hyper's pool over rustls over the runtime's connections.

use crate::connector::Connector;
use crate::runtime::{Erased, Executor, Timer};
use crate::stack::Journey;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::capture_connection;
use rustls::ClientConfig;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower_service::Service;

type Http = legacy::Client<HttpsConnector<Connector>, Full<Bytes>>;

/// How connections are kept.
pub(crate) struct PoolSettings {
    /// A connection that is idle for so long is closed.
    pub(crate) idle: Duration,
    /// No connection is used for a request when it may be older than this.
    pub(crate) age: Duration,
    #[cfg(feature = "http2")]
    pub(crate) http2: bool,
}

#[derive(Clone)]
pub(crate) struct Pool(Arc<Inner>);

struct Inner {
    settings: PoolSettings,
    runtime: Arc<dyn Erased>,
    connector: HttpsConnector<Connector>,
    /// Replaced when it is old: what is in flight finishes on its own connections.
    current: RwLock<(Http, Instant)>,
}

impl Pool {
    pub(crate) fn new(
        runtime: Arc<dyn Erased>,
        connector: Connector,
        tls: ClientConfig,
        settings: PoolSettings,
    ) -> Pool {
        // nh-core's hubs have plain http on loopback only.
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        #[cfg(feature = "http2")]
        let connector = match settings.http2 {
            true => builder.enable_http2().wrap_connector(connector),
            false => builder.wrap_connector(connector),
        };
        #[cfg(not(feature = "http2"))]
        let connector = builder.wrap_connector(connector);
        let http = build(&runtime, &connector, &settings);
        let current = RwLock::new((http, runtime.instant()));
        Pool(Arc::new(Inner { settings, runtime, connector, current }))
    }
}

impl Inner {
    fn http(&self) -> Http {
        let now = self.runtime.instant();
        let is_young = |began: Instant| now.saturating_duration_since(began) < self.settings.age;
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        if is_young(current.1) {
            return current.0.clone();
        }
        drop(current);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if !is_young(current.1) {
            *current = (build(&self.runtime, &self.connector, &self.settings), now);
        }
        current.0.clone()
    }
}

fn build(runtime: &Arc<dyn Erased>, connector: &HttpsConnector<Connector>, settings: &PoolSettings) -> Http {
    let mut builder = legacy::Client::builder(Executor(runtime.clone()));
    builder.timer(Timer(runtime.clone())).pool_timer(Timer(runtime.clone())).pool_idle_timeout(settings.idle);
    // A connection of HTTP/2 that died is noticed though nobody closes it: before a request has to wait for it in vain.
    #[cfg(feature = "http2")]
    builder
        .http2_keep_alive_interval(Duration::from_secs(15))
        .http2_keep_alive_timeout(Duration::from_secs(5))
        .http2_keep_alive_while_idle(true)
        .http2_adaptive_window(true);
    builder.build(connector.clone())
}

impl Service<Request<Full<Bytes>>> for Pool {
    type Response = <Http as Service<Request<Full<Bytes>>>>::Response;
    type Error = legacy::Error;
    type Future = legacy::ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), legacy::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Full<Bytes>>) -> legacy::ResponseFuture {
        let connection = capture_connection(&mut request);
        if let Some(journey) = request.extensions().get::<Journey>() {
            journey.connecting(connection);
        }
        self.0.http().request(request)
    }
}
