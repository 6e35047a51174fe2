use crate::carrier::BoxError;
use crate::proxy::{Proxy, Route};
use crate::runtime::{BoxFuture, BoxIo, Erased};
use crate::within::within;
use http::Uri;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower_service::Service;

/// Opens connections on the client's runtime, directly or through a proxy, within the connect timeout.
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
            within(sleep, open(Tcp(runtime), &proxy, uri)).await.unwrap_or_else(|| {
                Err(io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {timeout:?}")))
            })
        })
    }
}

async fn open(mut tcp: Tcp, proxy: &Proxy, uri: Uri) -> io::Result<BoxIo> {
    match proxy.route(&uri)? {
        Route::Direct => tcp.call(uri).await,
        Route::Tunnel { proxy, authorization } => {
            let mut tunnel = Tunnel::new(proxy.clone(), tcp);
            if let Some(authorization) = authorization {
                tunnel = tunnel.with_auth(authorization);
            }
            tunnel.call(with_port(uri)?).await.map_err(|why| {
                let refused = matches!(why, TunnelError::ProxyAuthRequired);
                ProxyError::through(&proxy, refused, why)
            })
        }
        Route::Socks { proxy, login } => {
            let mut socks = SocksV5::new(proxy.clone(), tcp);
            if let Some((user, password)) = login {
                socks = socks.with_auth(user, password);
            }
            socks.call(with_port(uri)?).await.map_err(|why| match why {
                SocksError::Inner(why) | SocksError::Io(why) => ProxyError::through(&proxy, false, why),
                why => ProxyError::through(&proxy, false, why),
            })
        }
    }
}

// hyper-util does not name them.
type TunnelError = <Tunnel<Tcp> as Service<Uri>>::Error;
type SocksError = <SocksV5<Tcp> as Service<Uri>>::Error;

/// What a proxy said, or why it cannot be asked.
#[derive(Debug)]
pub(crate) struct ProxyError {
    /// Asked again, it would say the same.
    lasting: bool,
    problem: String,
    source: Option<BoxError>,
}

impl ProxyError {
    /// Names the proxy, without what it was asked with.
    fn through(proxy: &Uri, lasting: bool, why: impl Into<BoxError>) -> io::Error {
        let problem = format!("through the proxy {}", proxy.host().unwrap_or_default());
        io::Error::other(ProxyError { lasting, problem, source: Some(why.into()) })
    }

    /// A proxy that no attempt can go through.
    pub(crate) fn unusable(problem: String) -> io::Error {
        io::Error::new(io::ErrorKind::Unsupported, ProxyError { lasting: true, problem, source: None })
    }

    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl StdError for ProxyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|why| why as &(dyn StdError + 'static))
    }
}

/// A proxy wants to be told the port.
fn with_port(uri: Uri) -> io::Result<Uri> {
    if uri.port().is_some() {
        return Ok(uri);
    }
    let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?;
    let authority = format!("{host}:{}", default_port(&uri));
    let mut parts = uri.into_parts();
    parts.authority = Some(authority.parse().map_err(io::Error::other)?);
    Uri::from_parts(parts).map_err(io::Error::other)
}

fn default_port(uri: &Uri) -> u16 {
    match uri.scheme_str() {
        Some("http") => 80,
        Some("socks5" | "socks5h") => 1080,
        _ => 443,
    }
}

/// Opens TCP connections.
struct Tcp(Arc<dyn Erased>);

impl Service<Uri> for Tcp {
    type Response = BoxIo;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<BoxIo>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let runtime = self.0.clone();
        Box::pin(async move {
            let host = uri.host().ok_or(io::ErrorKind::InvalidInput)?.trim_matches(['[', ']']).to_owned();
            runtime.connect(host, uri.port_u16().unwrap_or_else(|| default_port(&uri))).await
        })
    }
}
