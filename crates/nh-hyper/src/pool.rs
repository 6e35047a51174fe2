//! The built-in stack: hyper's pool over rustls over the runtime's connections.

use crate::connector::Connector;
use crate::error::BoxError;
#[cfg(feature = "http2")]
use crate::http2::{Http2, Taken};
use crate::interim;
use crate::journey::Journey;
use crate::runtime::{BoxFuture, Erased, Executor, Timer};
use crate::spare::Spare;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::capture_connection;
use rustls::ClientConfig;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower_service::Service;

type Http = legacy::Client<Spare, Full<Bytes>>;

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
    connector: Spare,
    /// Replaced when it is old: what is in flight finishes on its own connections.
    current: RwLock<(Http, Instant)>,
    #[cfg(feature = "http2")]
    http2: Option<Http2>,
}

impl Pool {
    pub(crate) fn new(
        runtime: Arc<dyn Erased>,
        connector: Connector,
        tls: ClientConfig,
        settings: PoolSettings,
    ) -> Pool {
        // nh-core's hubs have plain http on loopback only.
        let builder = |tls| HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        #[cfg(feature = "http2")]
        let http2 = settings.http2.then(|| {
            let offers_both = builder(tls.clone()).enable_http2().wrap_connector(connector.clone());
            Http2::new(runtime.clone(), offers_both, settings.idle, settings.age)
        });
        let connector = Spare::new(builder(tls).wrap_connector(connector));
        let http = build(&runtime, &connector, &settings);
        let current = RwLock::new((http, runtime.instant()));
        Pool(Arc::new(Inner {
            settings,
            runtime,
            connector,
            current,
            #[cfg(feature = "http2")]
            http2,
        }))
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

    fn over_http1(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> impl Future<Output = Result<Response<Incoming>, BoxError>> + Send + use<> {
        let connection = capture_connection(&mut request);
        interim::limit(&mut request, connection.clone());
        if let Some(journey) = request.extensions().get::<Journey>() {
            journey.connecting(move || connection.connection_metadata().is_some());
        }
        let answer = self.http().request(request);
        async { Ok(answer.await?) }
    }

    #[cfg(feature = "http2")]
    async fn over_either(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, BoxError> {
        use std::sync::atomic::{AtomicBool, Ordering};
        let Some(http2) = &self.http2 else { return self.over_http1(request).await };
        let connected = Arc::new(AtomicBool::new(false));
        if let Some(journey) = request.extensions().get::<Journey>() {
            let connected = connected.clone();
            journey.connecting(move || connected.load(Ordering::Relaxed));
        }
        match http2.carry(request, &connected, &self.connector).await? {
            Taken::Answer(response) => Ok(response),
            Taken::Http1(request) => {
                let answer = self.over_http1(request).await;
                self.connector.clear();
                answer
            }
        }
    }
}

fn build(runtime: &Arc<dyn Erased>, connector: &Spare, settings: &PoolSettings) -> Http {
    let mut builder = legacy::Client::builder(Executor(runtime.clone()));
    builder.timer(Timer(runtime.clone())).pool_timer(Timer(runtime.clone())).pool_idle_timeout(settings.idle);
    builder.build(connector.clone())
}

impl Service<Request<Full<Bytes>>> for Pool {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Response<Incoming>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        #[cfg(feature = "http2")]
        if self.0.http2.is_some() && request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) {
            let inner = self.0.clone();
            return Box::pin(async move { inner.over_either(request).await });
        }
        Box::pin(self.0.over_http1(request))
    }
}
