//! The floor of sending: the same hyper-util client, over the same runtime and TLS, with one request that was built before.

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection};
use nh_hyper::Runtime;
use std::error::Error;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A client of hyper-util that sends one request again and again.
pub struct Bare<R: Runtime> {
    client: legacy::Client<HttpsConnector<Connect<R>>, Full<Bytes>>,
    request: Request<Full<Bytes>>,
}

impl<R: Runtime> Bare<R> {
    /// Makes a client that trusts as `tls` says.
    pub fn new(runtime: R, tls: rustls::ClientConfig, request: Request<Bytes>) -> Bare<R> {
        let runtime = Arc::new(runtime);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let connector = connector.wrap_connector(Connect(runtime.clone()));
        let client = legacy::Client::builder(Spawn(runtime)).build(connector);
        Bare { client, request: request.map(Full::new) }
    }

    /// Sends the request, and reads the whole answer.
    pub async fn send(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let response = self.client.request(self.request.clone()).await?;
        let status = response.status();
        response.into_body().collect().await?;
        if status.is_success() { Ok(()) } else { Err(status.to_string().into()) }
    }
}

impl<R: Runtime> std::fmt::Debug for Bare<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").finish_non_exhaustive()
    }
}

struct Spawn<R>(Arc<R>);

impl<R> Clone for Spawn<R> {
    fn clone(&self) -> Self {
        Spawn(self.0.clone())
    }
}

impl<R: Runtime, F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Spawn<R> {
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}

struct Connect<R>(Arc<R>);

impl<R> Clone for Connect<R> {
    fn clone(&self) -> Self {
        Connect(self.0.clone())
    }
}

impl<R: Runtime> Service<Uri> for Connect<R> {
    type Response = Stream<R::Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let runtime = self.0.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            Ok(Stream(runtime.connect(host, uri.port_u16().unwrap_or(443)).await?))
        })
    }
}

struct Stream<S>(S);

impl<S: Read + Unpin> Read for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: Write + Unpin> Write for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }
}

impl<S> Connection for Stream<S> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
