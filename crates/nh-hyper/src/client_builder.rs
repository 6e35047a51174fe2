use crate::carrier::{BoxError, Carrier, FromService};
use crate::connector::Connector;
use crate::exchange::{Dump, Exchange, Settings};
use crate::pool::{Pool, PoolSettings};
use crate::proxy::Proxy;
use crate::runtime::Erased;
use crate::tls::{self, Roots};
use crate::{Client, Error, Runtime};
use async_lock::Semaphore;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Body;
use nh_core::Hub;
use nh_core::retry::RetryPolicy;
use rustls::ClientConfig;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower_service::Service;

/// Below the minute after which front ends of Azure may close a connection that is idle.
const MOST_IDLE: Duration = Duration::from_secs(60);

const AGENT: &str = concat!("nh-hyper/", env!("CARGO_PKG_VERSION"));

/// How a [`Client`] is set up. Every setting has a default.
///
/// ```
/// use nh_core::Hub;
/// use nh_hyper::Client;
/// use std::time::Duration;
///
/// # let connection_string = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
/// let hub = Hub::from_connection_string(connection_string, "news")?;
/// let client = Client::builder(hub)
///     .attempt_timeout(Duration::from_secs(5))
///     .dump(std::io::stderr())
/// #   .platform_roots(false)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    hub: Hub,
    runtime: Arc<dyn Erased>,
    settings: Settings,
    connect_timeout: Duration,
    in_flight: usize,
    pool: PoolSettings,
    proxy: Option<Proxy>,
    roots: Roots,
    tls: Option<ClientConfig>,
    carrier: Option<Arc<dyn Carrier>>,
}

impl ClientBuilder {
    pub(crate) fn new(hub: Hub, runtime: impl Runtime) -> ClientBuilder {
        ClientBuilder {
            hub,
            runtime: Arc::new(runtime),
            settings: Settings {
                attempt_timeout: Duration::from_secs(30),
                overall_timeout: Duration::from_secs(120),
                max_response_size: 8 * 1024 * 1024,
                retry: RetryPolicy::default(),
                user_agent: HeaderValue::from_static(AGENT),
                dump: None,
            },
            connect_timeout: Duration::from_secs(10),
            in_flight: 256,
            pool: PoolSettings {
                idle: Duration::from_secs(50),
                age: Duration::from_secs(600),
                #[cfg(feature = "http2")]
                http2: false,
            },
            proxy: None,
            roots: Roots {
                platform: true,
                #[cfg(feature = "webpki-roots")]
                webpki: false,
                own: Vec::new(),
            },
            tls: None,
            carrier: None,
        }
    }

    /// How long a TCP connection may take, through a proxy if there is one: 10 s unless set. (The TLS handshake counts towards
    /// the attempt.)
    pub fn connect_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.connect_timeout = timeout;
        self
    }

    /// How long one attempt may take, from connecting to the last byte of the answer: 30 s unless set. A test send
    /// waits for the push services.
    pub fn attempt_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.settings.attempt_timeout = timeout;
        self
    }

    /// How long a call may take, with all its attempts and waits: 120 s unless set.
    pub fn overall_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.settings.overall_timeout = timeout;
        self
    }

    /// How many bytes an answer may have: 8 MiB unless set.
    pub fn max_response_size(mut self, bytes: usize) -> ClientBuilder {
        self.settings.max_response_size = bytes;
        self
    }

    /// How often what certainly was not carried out is tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> ClientBuilder {
        self.settings.retry = policy;
        self
    }

    /// Writes each request and response as text, as the tutorials' debug flag does. Signatures and the bodies of
    /// confidential operations are left out.
    pub fn dump(mut self, writer: impl Write + Send + 'static) -> ClientBuilder {
        self.settings.dump = Some(Dump::Writer(Arc::new(Mutex::new(Box::new(writer)))));
        self
    }

    /// The same as events of `tracing`, at level debug and with the target `nh_hyper::dump`.
    pub fn dump_to_tracing(mut self) -> ClientBuilder {
        self.settings.dump = Some(Dump::Tracing);
        self
    }

    /// Trusts the certificate authorities of a PEM text too.
    ///
    /// # Errors
    /// A text without a certificate, or with one that cannot be read.
    pub fn add_root_pem(mut self, pem: &[u8]) -> Result<ClientBuilder, Error> {
        self.roots.own.extend(tls::certificates(pem)?);
        Ok(self)
    }

    /// Trusts the platform's certificate authorities: true unless set. Without them only those of
    /// [`add_root_pem`](ClientBuilder::add_root_pem) are good.
    pub fn platform_roots(mut self, trust: bool) -> ClientBuilder {
        self.roots.platform = trust;
        self
    }

    /// Trusts Mozilla's certificate authorities as they were when this was compiled, and those of
    /// [`add_root_pem`](ClientBuilder::add_root_pem), in place of the platform's: for machines that have none.
    #[cfg(feature = "webpki-roots")]
    pub fn webpki_roots(mut self) -> ClientBuilder {
        self.roots.webpki = true;
        self
    }

    /// A configuration of your own for TLS, roots and all: client certificates, other providers, keys to log. The settings of
    /// roots do not count then. ALPN is set here.
    pub fn tls_config(mut self, mut config: ClientConfig) -> ClientBuilder {
        config.alpn_protocols.clear();
        self.tls = Some(config);
        self
    }

    /// Goes through this proxy, loopback excepted: `http://host:port` (HTTP CONNECT) or `socks5://host:port`, with
    /// `user:password@` if it asks. Unless set, `ALL_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the environment say.
    ///
    /// # Errors
    /// A URL that cannot be read, or of another kind. It is not repeated.
    pub fn proxy(mut self, url: &str) -> Result<ClientBuilder, Error> {
        self.proxy = Some(Proxy::by_hand(url)?);
        Ok(self)
    }

    /// Goes through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> ClientBuilder {
        self.proxy = Some(Proxy::OFF);
        self
    }

    /// Offers HTTP/2 too: false unless set. All requests then share one connection, watched with pings. No document says that
    /// the service speaks it; its Java SDK does.
    #[cfg(feature = "http2")]
    pub fn http2(mut self, offer: bool) -> ClientBuilder {
        self.pool.http2 = offer;
        self
    }

    /// How long a connection may be idle before it is closed: 50 s unless set, and at most 60, as front ends of Azure close
    /// what is idle for longer.
    pub fn idle_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.pool.idle = timeout.min(MOST_IDLE);
        self
    }

    /// How long connections are used before new ones take their place, so that a change of address is followed: 10 minutes
    /// unless set. What is in flight finishes.
    pub fn connection_age(mut self, age: Duration) -> ClientBuilder {
        self.pool.age = age;
        self
    }

    /// How many requests may be in flight at once, of all clients that share the connections: 256 unless set. What is over
    /// waits its turn, which counts towards the overall timeout. 0 counts as 1.
    pub fn max_in_flight(mut self, requests: usize) -> ClientBuilder {
        self.in_flight = requests.max(1);
        self
    }

    /// Says who asks, before the name of this crate: `contoso-backend/1.2`.
    ///
    /// # Errors
    /// A text that is no header value.
    pub fn user_agent(mut self, product: &str) -> Result<ClientBuilder, Error> {
        let value = HeaderValue::from_str(&format!("{product} {AGENT}"));
        self.settings.user_agent = value
            .map_err(|_| Error::configuration("the user agent is no header value; use visible ASCII"))?;
        Ok(self)
    }

    /// Hands requests to a `tower` service in place of the built-in stack: middleware, a mock, another client. Connections,
    /// TLS and proxies are its own; timeouts, retries and the dump stay.
    ///
    /// ```
    /// use http_body_util::Full;
    /// use nh_core::{Hub, Notification, bytes::Bytes, http::{Request, Response}};
    /// use nh_hyper::Client;
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
    /// let client = Client::builder(hub).service(mock).build()?;
    /// client.send(Notification::apple("{}")?, "sports").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn service<S, B>(mut self, service: S) -> ClientBuilder
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        self.carrier = Some(Arc::new(FromService(Mutex::new(service))));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// Certificate authorities that cannot be used: a container may have none installed.
    pub fn build(self) -> Result<Client, Error> {
        let carrier = match self.carrier {
            Some(carrier) => carrier,
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
                Arc::new(Pool::new(self.runtime.clone(), connector, tls, self.pool))
            }
        };
        let exchange = Exchange {
            carrier,
            runtime: self.runtime,
            in_flight: Arc::new(Semaphore::new(self.in_flight)),
            settings: self.settings,
        };
        Ok(Client::new_in(self.hub, Arc::new(exchange)))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("hub", &self.hub).finish_non_exhaustive()
    }
}
