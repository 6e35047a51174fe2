use crate::connector::Connector;
use crate::dump::Dump;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::http1::Keeping;
use crate::pool::Pool;
use crate::proxy::Proxy;
use crate::runtime::{Erased, Runtime};
use crate::settings::Settings;
use crate::stack::{HttpService, Stack};
use crate::tls::{self, Roots};
use crate::transport::Transport;
use http::HeaderValue;
use nh_core::retry::RetryPolicy;
use rustls::ClientConfig;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tower_layer::Layer;

/// Below the minute after which front ends of Azure may close a connection that is idle.
const MAX_IDLE: Duration = Duration::from_secs(60);

const AGENT: &str = concat!("nh-hyper/", env!("CARGO_PKG_VERSION"));

/// Sets up a [`Transport`]. Every setting has a default.
///
/// ```
/// use nh_hyper::Transport;
/// use std::time::Duration;
///
/// let transport = Transport::builder()
///     .attempt_timeout(Duration::from_secs(5))
///     .dump(std::io::stderr())
/// #   .platform_roots(false)
///     .build()?;
/// # Ok::<(), nh_hyper::Error>(())
/// ```
#[must_use]
pub struct TransportBuilder {
    runtime: Arc<dyn Erased>,
    settings: Settings,
    connect_timeout: Duration,
    in_flight: usize,
    idle: Duration,
    age: Duration,
    #[cfg(feature = "http2")]
    http2: bool,
    proxy: Option<Proxy>,
    roots: Roots,
    tls: Option<ClientConfig>,
    /// What stands in place of the built-in stack.
    service: Option<Stack>,
    /// From the innermost to the outermost.
    layers: Vec<Box<dyn FnOnce(Stack) -> Stack + Send>>,
}

impl TransportBuilder {
    pub(crate) fn new(runtime: impl Runtime) -> TransportBuilder {
        TransportBuilder {
            runtime: Arc::new(runtime),
            settings: Settings {
                attempt_timeout: Duration::from_secs(30),
                overall_timeout: Duration::from_secs(120),
                max_response_size: 8 * 1024 * 1024,
                retry: RetryPolicy::new(),
                user_agent: HeaderValue::from_static(AGENT),
                dump: None,
                observer: None,
                renewal: None,
            },
            connect_timeout: Duration::from_secs(10),
            in_flight: 256,
            idle: Duration::from_secs(50),
            age: Duration::from_secs(600),
            #[cfg(feature = "http2")]
            http2: false,
            proxy: None,
            roots: Roots {
                platform: true,
                #[cfg(feature = "webpki-roots")]
                webpki: false,
                own: Vec::new(),
            },
            tls: None,
            service: None,
            layers: Vec::new(),
        }
    }

    /// Sets how long a TCP connection may take, through a proxy if there is one: 10 s unless set. The TLS handshake counts
    /// towards the attempt instead.
    pub fn connect_timeout(mut self, timeout: Duration) -> TransportBuilder {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long one attempt may take, from connecting to the last byte of the answer: 30 s unless set. A test send waits
    /// for the push services, so it takes longer than other calls.
    #[doc(alias("request_timeout", "timeout"))]
    pub fn attempt_timeout(mut self, timeout: Duration) -> TransportBuilder {
        self.settings.attempt_timeout = timeout;
        self
    }

    /// Sets how long a call may take, with all its attempts and waits: 120 s unless set.
    pub fn overall_timeout(mut self, timeout: Duration) -> TransportBuilder {
        self.settings.overall_timeout = timeout;
        self
    }

    /// Sets how many bytes an answer may have: 8 MiB unless set.
    pub fn max_response_size(mut self, bytes: usize) -> TransportBuilder {
        self.settings.max_response_size = bytes;
        self
    }

    /// Sets how often a call is tried, and how long it waits in between.
    pub fn retry(mut self, policy: RetryPolicy) -> TransportBuilder {
        self.settings.retry = policy;
        self
    }

    /// Writes each request and response as text, like the debug flag of the official SDKs. Signatures and the bodies of
    /// confidential operations are left out.
    pub fn dump(mut self, writer: impl Write + Send + 'static) -> TransportBuilder {
        self.settings.dump = Some(Dump::Writer(Arc::new(Mutex::new(Box::new(writer)))));
        self
    }

    /// Makes an event of `tracing` of each request and response, at level debug and with the target `nh_hyper::dump`. The text is
    /// that of [`dump`](TransportBuilder::dump).
    pub fn dump_to_tracing(mut self) -> TransportBuilder {
        self.settings.dump = Some(Dump::Tracing);
        self
    }

    /// Trusts the certificate authorities in a PEM text, too.
    ///
    /// # Errors
    /// Fails if the text has no certificate, or one that cannot be read.
    pub fn add_root_pem(mut self, pem: impl AsRef<[u8]>) -> Result<TransportBuilder, Error> {
        self.roots.own.extend(tls::certificates(pem.as_ref())?);
        Ok(self)
    }

    /// Sets whether the platform's certificate authorities are trusted: true unless set. With false, only those of
    /// [`add_root_pem`](TransportBuilder::add_root_pem) are trusted.
    pub fn platform_roots(mut self, trust: bool) -> TransportBuilder {
        self.roots.platform = trust;
        self
    }

    /// Trusts Mozilla's certificate authorities, as they were when the program was compiled, instead of the platform's. Those of
    /// [`add_root_pem`](TransportBuilder::add_root_pem) are trusted, too. For machines that have no certificate authorities.
    #[cfg(feature = "webpki-roots")]
    pub fn webpki_roots(mut self) -> TransportBuilder {
        self.roots.webpki = true;
        self
    }

    /// Takes a whole TLS configuration of your own, for client certificates or another provider. The settings for certificate
    /// authorities have no effect then. The transport sets ALPN itself.
    pub fn tls_config(mut self, mut config: ClientConfig) -> TransportBuilder {
        config.alpn_protocols.clear();
        self.tls = Some(config);
        self
    }

    /// Goes through this proxy, except to loopback: `http://host:port` (HTTP CONNECT) or `socks5://host:port`, with
    /// `user:password@` if the proxy asks for it. Unless set, the environment's `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` decide. A
    /// variable that cannot be read makes calls fail; they do not go around the proxy.
    ///
    /// # Errors
    /// Fails if the URL cannot be read or is of another kind. The error does not repeat the URL, which may hold a password.
    pub fn proxy(mut self, url: &str) -> Result<TransportBuilder, Error> {
        self.proxy = Some(Proxy::by_hand(url)?);
        Ok(self)
    }

    /// Goes through no proxy. The environment's settings have no effect then.
    pub fn no_proxy(mut self) -> TransportBuilder {
        self.proxy = Some(Proxy::Off);
        self
    }

    /// Offers HTTP/2, too: false unless set. If the service takes it, all requests share one connection, which is watched with
    /// pings. No document says that the service speaks HTTP/2; its Java SDK speaks it.
    #[cfg(feature = "http2")]
    pub fn http2(mut self, offer: bool) -> TransportBuilder {
        self.http2 = offer;
        self
    }

    /// Sets how long a connection may be idle before it is closed: 50 s unless set. More than 60 s counts as 60 s, because front
    /// ends of Azure close connections that are idle for longer.
    pub fn idle_timeout(mut self, timeout: Duration) -> TransportBuilder {
        self.idle = timeout.min(MAX_IDLE);
        self
    }

    /// Sets how long connections are used before new ones replace them, so that a change of address is noticed: 10 minutes unless
    /// set. Requests in flight finish on the old ones.
    pub fn connection_age(mut self, age: Duration) -> TransportBuilder {
        self.age = age;
        self
    }

    /// Sets how many requests may be in flight at once, of all clients over this transport: 256 unless set. Further requests
    /// wait their turn: first come, first served. The wait counts towards the overall timeout. 0 counts as 1.
    pub fn max_in_flight(mut self, requests: usize) -> TransportBuilder {
        self.in_flight = requests.max(1);
        self
    }

    /// Puts your product, such as `contoso-backend/1.2`, in front of this crate in the `User-Agent` header.
    ///
    /// # Errors
    /// Fails if the text cannot be a header value.
    pub fn user_agent(mut self, product: &str) -> Result<TransportBuilder, Error> {
        let value = HeaderValue::from_str(&format!("{product} {AGENT}"));
        self.settings.user_agent = value.map_err(|_| {
            Error::configuration("the user agent cannot be a header value; use visible ASCII")
        })?;
        Ok(self)
    }

    /// Puts a `tower` layer over the stack: a header for each request, a limit, a counter. It sees each attempt, with its signature
    /// on, and the answer before it is read. A layer that is added later is put over the earlier ones. Layers go over the built-in
    /// stack, or over the [`service`](TransportBuilder::service) that replaces it.
    ///
    /// A layer must not repeat requests: [`retry`](TransportBuilder::retry) does that, and knows what may not be sent twice.
    ///
    /// ```
    /// use nh_hyper::Transport;
    /// use nh_hyper::nh_core::http::{HeaderValue, Request};
    /// use tower::limit::ConcurrencyLimitLayer;
    /// use tower::util::MapRequestLayer;
    ///
    /// let transport = Transport::builder()
    ///     .layer(ConcurrencyLimitLayer::new(8))
    ///     .layer(MapRequestLayer::new(|mut request: Request<_>| {
    ///         request.headers_mut().insert("x-tenant", HeaderValue::from_static("contoso"));
    ///         request
    ///     }))
    /// #   .platform_roots(false)
    ///     .build()?;
    /// # Ok::<(), nh_hyper::Error>(())
    /// ```
    pub fn layer<L>(mut self, layer: L) -> TransportBuilder
    where
        L: Layer<Stack> + Send + 'static,
        L::Service: HttpService,
    {
        self.layers.push(Box::new(move |stack| Stack::new(layer.layer(stack))));
        self
    }

    /// Replaces the built-in stack by a `tower` service: a mock, or another HTTP client. The service has its own connections, TLS
    /// and proxies. Timeouts, retries, layers and the dump stay.
    ///
    /// ```
    /// use http_body_util::Full;
    /// use nh_hyper::{Hub, Notification, Transport};
    /// use nh_hyper::nh_core::{bytes::Bytes, http::{Request, Response}};
    /// use std::convert::Infallible;
    ///
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let hub = Hub::from_connection_string(
    /// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
    /// let mock = tower::service_fn(|request: Request<Full<Bytes>>| async move {
    ///     assert_eq!(request.uri().path(), "/news/messages");
    ///     Ok::<_, Infallible>(Response::builder().status(201).body(Full::new(Bytes::new())).unwrap())
    /// });
    /// let client = Transport::builder().service(mock).build()?.hub(hub);
    /// client.send(Notification::apple("{}")?, "sports").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn service(mut self, service: impl HttpService) -> TransportBuilder {
        self.service = Some(Stack::new(service));
        self
    }

    /// Makes the transport.
    ///
    /// # Errors
    /// Fails if certificate authorities cannot be used. A container may have none installed; the error names the ways out.
    pub fn build(self) -> Result<Transport, Error> {
        let stack = match self.service {
            Some(service) => service,
            None => {
                let tls = match self.tls {
                    Some(config) => config,
                    None => tls::config(self.roots)?,
                };
                let connector = Connector {
                    runtime: self.runtime.clone(),
                    timeout: self.connect_timeout,
                    proxy: Arc::new(self.proxy.unwrap_or_else(Proxy::from_environment)),
                };
                let keeping = Keeping { runtime: self.runtime.clone(), idle: self.idle, age: self.age };
                Stack::pool(Pool::new(
                    connector,
                    tls,
                    keeping,
                    #[cfg(feature = "http2")]
                    self.http2,
                ))
            }
        };
        let stack = self.layers.into_iter().fold(stack, |stack, layer| layer(stack));
        Ok(Transport::over(Exchange {
            stack: Arc::new(Mutex::new(stack)),
            runtime: self.runtime,
            brakes: Arc::default(),
            in_flight: Arc::new(Semaphore::new(self.in_flight.min(Semaphore::MAX_PERMITS))),
            settings: self.settings,
        }))
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder").finish_non_exhaustive()
    }
}
