use crate::error::no_connection;
use crate::proxy::{Proxy, Route};
use crate::proxy_error::ProxyError;
use crate::runtime::{BoxFuture, BoxIo, Erased};
use crate::within::within;
use crate::{socks5, tunnel};
use http::Uri;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// Opens connections on the transport's runtime, directly or through a proxy, within the connect timeout.
#[derive(Clone)]
pub(crate) struct Connector {
    pub(crate) runtime: Arc<dyn Erased>,
    pub(crate) timeout: Duration,
    pub(crate) proxy: Arc<Proxy>,
}

impl Service<Uri> for Connector {
    type Response = BoxIo;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<BoxIo>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Connector { runtime, timeout, proxy } = self.clone();
        Box::pin(async move {
            let sleep = runtime.sleep(timeout);
            within(sleep, open(runtime, &proxy, &uri)).await.unwrap_or_else(|| Err(no_connection(timeout)))
        })
    }
}

async fn open(runtime: Arc<dyn Erased>, proxy: &Proxy, uri: &Uri) -> io::Result<BoxIo> {
    let (host, port) = place(uri)?;
    match proxy.route(uri)? {
        Route::Direct => connect(runtime, uri).await,
        Route::Tunnel { proxy, authorization } => {
            let (mut stream, name) = reach(runtime, &proxy).await?;
            tunnel::open(&mut stream, &name, &format!("{host}:{port}"), authorization.as_ref()).await?;
            Ok(stream)
        }
        Route::Socks { proxy, login } => {
            let (mut stream, name) = reach(runtime, &proxy).await?;
            let login = login.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
            socks5::open(&mut stream, &name, (host, port), login).await?;
            Ok(stream)
        }
    }
}

/// A connection to a proxy, and its name for errors.
async fn reach(runtime: Arc<dyn Erased>, proxy: &Uri) -> io::Result<(BoxIo, String)> {
    let (host, port) = place(proxy)?;
    let name = format!("{host}:{port}");
    let stream = connect(runtime, proxy).await.map_err(|why| ProxyError::broken(&name, why))?;
    Ok((stream, name))
}

async fn connect(runtime: Arc<dyn Erased>, uri: &Uri) -> io::Result<BoxIo> {
    let (host, port) = place(uri)?;
    runtime.connect(host.trim_matches(['[', ']']).to_owned(), port).await
}

fn place(uri: &Uri) -> io::Result<(&str, u16)> {
    let default = match uri.scheme_str() {
        Some("http") => 80,
        Some("socks5" | "socks5h") => 1080,
        _ => 443,
    };
    let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?;
    Ok((host, uri.port_u16().unwrap_or(default)))
}
