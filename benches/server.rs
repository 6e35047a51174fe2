//! A server that answers every request as the service answers a send, over TLS.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use nh_hyper::{Runtime, Tokio};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Where a [`Server`] listens and whom to trust, or the server itself for connections in memory.
#[derive(Clone)]
pub struct Server {
    acceptor: TlsAcceptor,
    pem: String,
}

impl Server {
    /// Makes a server for `localhost` with a certificate of its own.
    ///
    /// # Errors
    /// Fails if no certificate can be made.
    pub fn new() -> Result<Server, Box<dyn Error + Send + Sync>> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        Ok(Server { acceptor: Arc::new(config).into(), pem: made.cert.pem() })
    }

    /// Returns its certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Listens on loopback, on a thread of its own, as long as the process lives.
    ///
    /// # Errors
    /// Fails if there is no socket.
    pub fn listen(&self) -> io::Result<SocketAddr> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let server = self.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener)?;
                loop {
                    let (stream, _) = listener.accept().await?;
                    stream.set_nodelay(true)?;
                    tokio::spawn(server.clone().serve(stream));
                }
                #[expect(unreachable_code, reason = "the type of the block")]
                io::Result::Ok(())
            })
        });
        Ok(address)
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Ok(stream) = self.acceptor.accept(stream).await else { return };
        let http = hyper::server::conn::http1::Builder::new();
        let _ = http.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// Returns a client's settings that trust the server with this certificate.
///
/// # Errors
/// Fails if the certificate cannot be read.
pub fn client_tls(pem: &str) -> Result<rustls::ClientConfig, Box<dyn Error + Send + Sync>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
    let config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(config.with_no_client_auth())
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

async fn answer(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Box<dyn Error + Send + Sync>> {
    let id = request.headers().get("trackingid").cloned();
    request.into_body().collect().await?;
    let location = "https://contoso.servicebus.windows.net/news/messages/4051830129735340212-9015243412345678901-1\
         ?api-version=2020-06";
    let mut response = Response::builder()
        .status(StatusCode::CREATED)
        .header("Location", location)
        .header("Server", "Microsoft-HTTPAPI/2.0");
    if let Some(id) = id {
        response = response.header("TrackingId", id);
    }
    Ok(response.body(Empty::new())?)
}

/// tokio, with connections in memory: the server is at their other end, on the same runtime. Nothing of it depends on the machine.
#[derive(Clone, Debug)]
pub struct Memory(pub Server);

impl Runtime for Memory {
    type Stream = TokioIo<DuplexStream>;

    async fn connect(&self, _: &str, _: u16) -> io::Result<Self::Stream> {
        let (near, far) = duplex(64 * 1024);
        tokio::spawn(self.0.clone().serve(far));
        Ok(TokioIo::new(near))
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        Tokio.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        Tokio.sleep(duration)
    }
}
