//! The built-in stack: hyper's connections over rustls over the runtime's, kept while they are idle.

use crate::connector::Connector;
use crate::error::BoxError;
use crate::http1::{Answer, Http1, Keeping};
#[cfg(feature = "http2")]
use crate::http2::{Http2, Taken};
use crate::journey::Journey;
use crate::runtime::BoxFuture;
use bytes::Bytes;
#[cfg(feature = "http2")]
use http::uri::Scheme;
use http::{Request, Response};
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use rustls::ClientConfig;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

#[derive(Clone)]
pub(crate) struct Pool(Arc<Inner>);

struct Inner {
    http1: Http1,
    #[cfg(feature = "http2")]
    http2: Option<Http2>,
}

impl Pool {
    pub(crate) fn new(
        connector: Connector,
        tls: ClientConfig,
        keeping: Keeping,
        #[cfg(feature = "http2")] offers_http2: bool,
    ) -> Pool {
        // nh-core's hubs have plain http on loopback only.
        let builder = |tls| HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        #[cfg(feature = "http2")]
        let http2 = offers_http2.then(|| {
            let offers_both = builder(tls.clone()).enable_http2().wrap_connector(connector.clone());
            Http2::new(offers_both, keeping.clone())
        });
        Pool(Arc::new(Inner {
            http1: Http1::new(builder(tls).wrap_connector(connector), keeping),
            #[cfg(feature = "http2")]
            http2,
        }))
    }

    /// Carries a request, and tells its journey how far it has come.
    pub(crate) async fn carry(
        &self,
        request: Request<Full<Bytes>>,
        journey: &Journey,
    ) -> Result<Response<Answer>, BoxError> {
        journey.connecting();
        let Inner { http1, .. } = &*self.0;
        #[cfg(feature = "http2")]
        let request = match &self.0.http2 {
            Some(http2) if request.uri().scheme() == Some(&Scheme::HTTPS) => {
                match Box::pin(http2.carry(request, journey, http1)).await? {
                    Taken::Answer(response) => return Ok(response.map(Answer::shared)),
                    Taken::Http1(request) => request,
                }
            }
            _ => request,
        };
        http1.carry(request, journey).await
    }
}

impl Service<Request<Full<Bytes>>> for Pool {
    type Response = Response<Answer>;
    type Error = BoxError;
    type Future = BoxFuture<Result<Response<Answer>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        let pool = self.clone();
        Box::pin(async move {
            let journey = request.extensions().get::<Journey>().cloned().unwrap_or_default();
            pool.carry(request, &journey).await
        })
    }
}
