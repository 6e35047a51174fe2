use crate::error::found;
use crate::exchange::Exchange;
use crate::{CallOptions, Client, Error};
use nh_core::{
    BuildError, CreateHub, DeleteHub, GetHub, HubDescription, ListHubs, Namespace, Operation, UpdateHub,
};
use std::fmt;
use std::sync::Arc;

/// A namespace, and the connections to it: what creates, reads, changes and deletes hubs. Cheap to clone; clones share
/// connections and settings.
///
/// ```
/// use nh_core::{HubDescription, Namespace, PnsCredential};
/// # let runtime = tokio::runtime::Runtime::new()?;
/// # runtime.block_on(async {
/// # let emulator = nh_emulator::Emulator::start().await?;
/// # let (connection_string, pem) = (emulator.namespace_connection_string(), emulator.ca_pem());
/// # let any = nh_core::Hub::from_connection_string(connection_string, "any")?;
/// # let any = nh_hyper::Client::builder(any).platform_roots(false).add_root_pem(pem.as_bytes())?.build()?;
/// # let namespace = any.with_namespace(Namespace::from_connection_string(connection_string)?);
/// // let namespace = NamespaceClient::from_connection_string(connection_string)?;
/// let created = namespace.create_hub("news", HubDescription::new()).await?;
/// namespace.update_hub("news", created.with_credential(PnsCredential::adm("id", "c2VjcmV0")?)).await?;
///
/// let news = namespace.hub("news")?;
/// news.send(nh_core::Notification::apple("{}")?, "sports").await?;
/// namespace.delete_hub("news").await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct NamespaceClient {
    exchange: Arc<Exchange>,
    namespace: Namespace,
}

impl NamespaceClient {
    /// A client on tokio for the namespace of a connection string, with the default settings. For others, make a [`Client`] and
    /// ask its [`with_namespace`](Client::with_namespace).
    ///
    /// # Errors
    /// What [`Namespace::from_connection_string`] and [`ClientBuilder::build`](crate::ClientBuilder::build) refuse.
    #[cfg(feature = "tokio")]
    pub fn from_connection_string(connection_string: &str) -> Result<NamespaceClient, Error> {
        let namespace = Namespace::from_connection_string(connection_string)?;
        // The settings and connections do not care which hub.
        Ok(Client::new(namespace.hub("any")?)?.with_namespace(namespace))
    }

    pub(crate) fn new_in(namespace: Namespace, exchange: Arc<Exchange>) -> NamespaceClient {
        NamespaceClient { exchange, namespace }
    }

    /// A client whose calls go otherwise, over the same connections: see [`Client::with_options`].
    ///
    /// ```
    /// use nh_core::{Namespace, retry::RetryPolicy};
    /// use nh_hyper::CallOptions;
    /// # let connection_string = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    /// # let hub = nh_core::Hub::from_connection_string(connection_string, "any")?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).build()?;
    /// let namespace = client.with_namespace(Namespace::from_connection_string(connection_string)?);
    /// let once = namespace.with_options(CallOptions::new().retry(RetryPolicy::NEVER));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_options(&self, options: CallOptions) -> NamespaceClient {
        NamespaceClient {
            exchange: Arc::new(self.exchange.with_options(&options)),
            namespace: self.namespace.clone(),
        }
    }

    /// The namespace.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// A client for a hub of the namespace, with the same connections, settings and credential. Whether it exists is not asked.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let client = namespace.hub("news")?;
    /// assert_eq!(client.hub().name(), "news");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An illegal name.
    pub fn hub(&self, name: &str) -> Result<Client, BuildError> {
        Ok(Client::new_in(self.namespace.hub(name)?, self.exchange.clone()))
    }

    /// Asks the service, and reads the answer.
    ///
    /// ```
    /// use nh_core::ListHubs;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// assert_eq!(namespace.execute(&ListHubs).await?, ["demo-hub"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn execute<O: Operation<Namespace> + ?Sized>(&self, operation: &O) -> Result<O::Output, Error> {
        self.exchange.execute(&self.namespace, operation).await
    }

    /// Creates a hub.
    ///
    /// ```
    /// use nh_core::HubDescription;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let created = namespace.create_hub("news", HubDescription::new()).await?;
    /// assert_eq!(created.authorization_rules().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`]; 409 if there is one of this name.
    pub async fn create_hub(
        &self,
        name: impl Into<String>,
        description: HubDescription,
    ) -> Result<HubDescription, Error> {
        self.execute(&CreateHub::new(name, description)?).await
    }

    /// Replaces a hub's description: what the new one leaves out is gone.
    ///
    /// ```
    /// use nh_core::HubDescription;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// namespace.create_hub("news", HubDescription::new()).await?;
    /// let news = namespace.get_hub("news").await?;
    /// namespace.update_hub("news", news.with_user_metadata("mine")).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn update_hub(
        &self,
        name: impl Into<String>,
        description: HubDescription,
    ) -> Result<HubDescription, Error> {
        self.execute(&UpdateHub::new(name, description)?).await
    }

    /// Reads a hub's description, keys included.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let hub = namespace.get_hub("demo-hub").await?;
    /// assert_eq!(hub.name(), Some("demo-hub"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn get_hub(&self, name: impl Into<String>) -> Result<HubDescription, Error> {
        self.execute(&GetHub::new(name)?).await
    }

    /// Is there a hub of this name?
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// assert!(!namespace.hub_exists("news").await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn hub_exists(&self, name: impl Into<String>) -> Result<bool, Error> {
        found(self.get_hub(name).await)
    }

    /// Deletes a hub and everything in it.
    ///
    /// ```
    /// use nh_core::HubDescription;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// namespace.create_hub("news", HubDescription::new()).await?;
    /// namespace.delete_hub("news").await?;
    /// assert!(!namespace.hub_exists("news").await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn delete_hub(&self, name: impl Into<String>) -> Result<(), Error> {
        self.execute(&DeleteHub::new(name)?).await
    }

    /// The names of the namespace's hubs.
    ///
    /// ```
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// # let namespace = client.with_namespace(nh_core::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// assert_eq!(namespace.list_hubs().await?, ["demo-hub"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn list_hubs(&self) -> Result<Vec<String>, Error> {
        self.execute(&ListHubs).await
    }
}

impl fmt::Debug for NamespaceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceClient").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}
