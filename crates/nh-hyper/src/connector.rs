use crate::runtime::{BoxFuture, BoxIo, Erased};
use crate::within::within;
use http::Uri;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// Opens TCP connections on the client's runtime, within the connect timeout.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) runtime: Arc<dyn Erased>,
    pub(crate) timeout: Duration,
}

impl Service<Uri> for Connector {
    type Response = BoxIo;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<BoxIo>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Connector { runtime, timeout } = self.clone();
        Box::pin(async move {
            let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?.trim_matches(['[', ']']).to_owned();
            let default_port = if uri.scheme_str() == Some("http") { 80 } else { 443 };
            let port = uri.port_u16().unwrap_or(default_port);
            let sleep = runtime.sleep(timeout);
            within(sleep, runtime.connect(host, port)).await.unwrap_or_else(|| {
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {timeout:?}")))
            })
        })
    }
}
