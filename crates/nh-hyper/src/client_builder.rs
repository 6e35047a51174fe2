use crate::exchange::{Exchange, Settings};
use crate::runtime::Erased;
use crate::{Client, Error, Runtime, tls};
use nh_core::Hub;
use nh_core::retry::RetryPolicy;
use rustls::pki_types::CertificateDer;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

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
    platform_roots: bool,
    roots: Vec<CertificateDer<'static>>,
}

impl ClientBuilder {
    pub(crate) fn new(hub: Hub, runtime: impl Runtime) -> ClientBuilder {
        ClientBuilder {
            hub,
            runtime: Arc::new(runtime),
            settings: Settings {
                connect_timeout: Duration::from_secs(10),
                attempt_timeout: Duration::from_secs(30),
                overall_timeout: Duration::from_secs(120),
                max_response_size: 8 * 1024 * 1024,
                retry: RetryPolicy::default(),
                dump: None,
            },
            platform_roots: true,
            roots: Vec::new(),
        }
    }

    /// How long a TCP connection may take: 10 s unless set. (The TLS handshake counts towards the attempt.)
    pub fn connect_timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.settings.connect_timeout = timeout;
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
        self.settings.dump = Some(Mutex::new(Box::new(writer)));
        self
    }

    /// Trusts the certificate authorities of a PEM text too.
    ///
    /// # Errors
    /// A text without a certificate, or with one that cannot be read.
    pub fn add_root_pem(mut self, pem: &[u8]) -> Result<ClientBuilder, Error> {
        self.roots.extend(tls::certificates(pem)?);
        Ok(self)
    }

    /// Trusts the platform's certificate authorities: true unless set. Without them only those of
    /// [`add_root_pem`](ClientBuilder::add_root_pem) are good.
    pub fn platform_roots(mut self, trust: bool) -> ClientBuilder {
        self.platform_roots = trust;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// Certificate authorities that cannot be used: a container may have none installed.
    pub fn build(self) -> Result<Client, Error> {
        let tls = tls::config(self.platform_roots, self.roots)?;
        Ok(Client::new_in(self.hub, Arc::new(Exchange::new(self.runtime, tls, self.settings))))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("hub", &self.hub).finish_non_exhaustive()
    }
}
