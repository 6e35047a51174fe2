mod installations;
mod jobs;
mod registrations;
mod sends;
mod telemetry;
mod tutorial;

#[cfg(feature = "tokio")]
use crate::carrier::BoxError;
use crate::exchange::Exchange;
use crate::{CallOptions, ClientBuilder, Error, Items, NamespaceClient, Runtime};
use nh_core::{Hub, Namespace, Operation, Page};
use std::fmt;
use std::sync::Arc;
#[cfg(feature = "tokio")]
use {
    bytes::Bytes,
    http::{Request, Response},
    http_body_util::Full,
    hyper::body::Body,
    tower_service::Service,
};

/// A hub, and the connections to it. Cheap to clone; clones share connections and settings.
///
/// One way in: [`execute`](Client::execute). The named methods make an operation and execute it.
///
/// ```
/// use nh_core::{Audience, DeviceHandle, Notification};
/// # let runtime = tokio::runtime::Runtime::new()?;
/// # runtime.block_on(async {
/// # let emulator = nh_emulator::Emulator::start().await?;
/// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
/// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
/// let alert = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
///
/// client.send(alert.clone(), "sports && !politics").await?;           // a tag expression
/// client.send(alert.clone(), ["sports", "politics"]).await?;          // any of these tags
/// client.send(alert.clone(), Audience::user("bob@contoso.com")?).await?;
/// client.send_direct(alert.clone(), "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0").await?;
///
/// let outcome = client.test_send(alert, Audience::EVERYONE).await?.outcome.expect("a test send has an outcome");
/// assert!(outcome.success > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
    hub: Hub,
}

impl Client {
    /// A client on tokio, with the default settings.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    #[cfg(feature = "tokio")]
    pub fn new(hub: Hub) -> Result<Client, Error> {
        Client::builder(hub).build()
    }

    /// A client on tokio for the hub `name` under a connection string.
    ///
    /// # Errors
    /// What [`Hub::from_connection_string`] and [`ClientBuilder::build`] refuse.
    #[cfg(feature = "tokio")]
    pub fn from_connection_string(connection_string: &str, name: &str) -> Result<Client, Error> {
        Client::new(Hub::from_connection_string(connection_string, name)?)
    }

    /// Sets up a client on tokio.
    #[cfg(feature = "tokio")]
    pub fn builder(hub: Hub) -> ClientBuilder {
        ClientBuilder::new(hub, crate::Tokio)
    }

    /// Sets up a client on another runtime: `Smol`, `AsyncStd`, or your own.
    pub fn builder_on(hub: Hub, runtime: impl Runtime) -> ClientBuilder {
        ClientBuilder::new(hub, runtime)
    }

    /// A client on tokio that hands its requests to a `tower` service: see [`ClientBuilder::service`].
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    #[cfg(feature = "tokio")]
    pub fn from_service<S, B>(hub: Hub, service: S) -> Result<Client, Error>
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        Client::builder(hub).service(service).build()
    }

    pub(crate) fn new_in(hub: Hub, exchange: Arc<Exchange>) -> Client {
        Client { exchange, hub }
    }

    /// A client for another hub, with the same connections and settings.
    pub fn with_hub(&self, hub: Hub) -> Client {
        Client { exchange: self.exchange.clone(), hub }
    }

    /// A client for a namespace, to manage its hubs, with the same connections and settings.
    pub fn with_namespace(&self, namespace: Namespace) -> NamespaceClient {
        NamespaceClient::new_in(namespace, self.exchange.clone())
    }

    /// A client whose calls go otherwise, over the same connections.
    ///
    /// ```
    /// use nh_hyper::CallOptions;
    /// # use nh_core::Notification;
    /// # use std::time::Duration;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let patient = client.with_options(CallOptions::new().attempt_timeout(Duration::from_secs(90)));
    /// patient.test_send(Notification::apple("{}")?, "sports").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_options(&self, options: CallOptions) -> Client {
        Client { exchange: Arc::new(self.exchange.with_options(&options)), hub: self.hub.clone() }
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Asks the service, and reads the answer.
    ///
    /// # Errors
    /// What the operation refuses, what the service answers, what the network does. See [`Error`].
    pub async fn execute<O: Operation + ?Sized>(&self, operation: &O) -> Result<O::Output, Error> {
        self.exchange.execute(&self.hub, operation).await
    }

    /// Asks for a list, page by page as its items are wanted. The named lists ([`list_registrations`] and its like) are this
    /// with their own first page.
    ///
    /// ```
    /// use nh_core::ListRegistrations;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let mut registrations = client.list(ListRegistrations::new().top(5));
    /// while let Some(registration) = registrations.next().await {
    ///     println!("{:?}", registration?.tags());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`list_registrations`]: Client::list_registrations
    pub fn list<T, O>(&self, first: O) -> Items<T>
    where
        T: Send + 'static,
        O: Operation<Output = Page<T, O>> + 'static,
    {
        Items::new(self.clone(), first)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hub", &self.hub).finish_non_exhaustive()
    }
}
