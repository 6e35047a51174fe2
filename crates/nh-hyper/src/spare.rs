use crate::connector::Connector;
use crate::error::BoxError;
use crate::runtime::{BoxFuture, BoxIo};
use http::Uri;
use http::uri::Authority;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tower_service::Service;

/// Connects, or gives the connection that was made in the hope of HTTP/2 and speaks HTTP/1.1.
#[derive(Clone)]
pub(crate) struct Spare {
    inner: HttpsConnector<Connector>,
    stream: Arc<Mutex<Option<(Authority, Stream)>>>,
}

type Stream = MaybeHttpsStream<BoxIo>;

impl Spare {
    pub(crate) fn new(inner: HttpsConnector<Connector>) -> Spare {
        Spare { inner, stream: Arc::default() }
    }

    #[cfg(feature = "http2")]
    pub(crate) fn put(&self, uri: &Uri, stream: Stream) {
        *self.slot() = uri.authority().cloned().map(|authority| (authority, stream));
    }

    /// Forgets a connection that nobody has taken: it would be stale for the next.
    #[cfg(feature = "http2")]
    pub(crate) fn clear(&self) {
        self.slot().take();
    }

    fn slot(&self) -> MutexGuard<'_, Option<(Authority, Stream)>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service<Uri> for Spare {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<Result<Stream, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let there = self.slot().take_if(|(authority, _)| uri.authority() == Some(authority));
        match there {
            Some((_, stream)) => Box::pin(async move { Ok(stream) }),
            None => self.inner.call(uri),
        }
    }
}
