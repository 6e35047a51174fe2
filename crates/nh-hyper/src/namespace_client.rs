use crate::call_options::CallOptions;
use crate::client::Client;
use crate::error::{Error, found};
use crate::transport::Transport;
#[cfg(feature = "tokio")]
use nh_core::IntoConnectionString;
use nh_core::{
    CreateHub, DeclaredHub, DeleteHub, GetHub, HubChange, HubDescription, ListHubDescriptions, ListHubs,
    Namespace, Operation, UpdateHub,
};
use std::fmt;

/// A namespace, and the transport to it: it creates, reads, changes and deletes hubs. Cheap to clone.
///
/// ```
/// use nh_hyper::nh_core::credentials::AdmCredential;
/// use nh_hyper::{HubDescription, Namespace, Notification};
///
/// # demo::run!(|client, emulator| {
/// # let connection_string = emulator.namespace_connection_string();
/// # let transport = client.transport();
/// // let transport = Transport::builder().build()?;
/// let namespace = transport.namespace(Namespace::from_connection_string(connection_string)?);
/// let created = namespace.create_hub("news", HubDescription::new()).await?;
/// let adm = AdmCredential { client_id: "id", client_secret: "c2VjcmV0" };
/// namespace.update_hub("news", created.with_credential(adm)?).await?;
///
/// let news = namespace.hub("news")?;
/// news.send(Notification::apple("{}")?, "sports").await?;
/// namespace.delete_hub("news").await?;
/// # });
/// ```
#[derive(Clone)]
pub struct NamespaceClient {
    transport: Transport,
    namespace: Namespace,
}

impl Transport {
    /// A client for a namespace, to manage its hubs.
    pub fn namespace(&self, namespace: impl Into<Namespace>) -> NamespaceClient {
        NamespaceClient { transport: self.clone(), namespace: namespace.into() }
    }
}

impl NamespaceClient {
    /// A client on tokio, with the default settings. For other settings, begin with [`Transport::builder`].
    ///
    /// # Errors
    /// Fails like [`TransportBuilder::build`](crate::TransportBuilder::build).
    #[cfg(feature = "tokio")]
    pub fn new(namespace: impl Into<Namespace>) -> Result<NamespaceClient, Error> {
        Ok(Transport::builder().build()?.namespace(namespace))
    }

    /// A client on tokio for the namespace of a connection string, with the default settings.
    ///
    /// # Errors
    /// Fails like [`Namespace::from_connection_string`] and [`TransportBuilder::build`](crate::TransportBuilder::build).
    #[cfg(feature = "tokio")]
    pub fn from_connection_string(
        connection_string: impl IntoConnectionString,
    ) -> Result<NamespaceClient, Error> {
        NamespaceClient::new(Namespace::from_connection_string(connection_string)?)
    }

    /// The transport that carries the requests.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The namespace that the requests go to.
    pub fn target(&self) -> &Namespace {
        &self.namespace
    }

    /// The same client with other timeouts, limits or retries. Connections are shared.
    ///
    /// ```
    /// use nh_hyper::{CallOptions, Namespace, RetryPolicy, Transport};
    ///
    /// # let connection_string = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    /// # let transport = Transport::builder().platform_roots(false).build()?;
    /// let namespace = transport.namespace(Namespace::from_connection_string(connection_string)?);
    /// let once = namespace.with_options(CallOptions::new().retry(RetryPolicy::NEVER));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_options(&self, options: CallOptions) -> NamespaceClient {
        NamespaceClient {
            transport: self.transport.with_options(&options),
            namespace: self.namespace.clone(),
        }
    }

    /// A client for a hub of the namespace, over the same transport and with the same credential. It does not ask whether the hub
    /// exists.
    ///
    /// ```
    /// # use nh_hyper::Namespace;
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let client = namespace.hub("news")?;
    /// assert_eq!(client.target().name(), "news");
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails if the name is not legal.
    pub fn hub(&self, name: impl AsRef<str>) -> Result<Client, Error> {
        Ok(self.transport.hub(self.namespace.hub(name)?))
    }

    /// Asks the service, and reads the answer.
    ///
    /// ```
    /// use nh_hyper::nh_core::ListHubs;
    /// # use nh_hyper::Namespace;
    ///
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// assert_eq!(namespace.execute(&ListHubs).await?, ["demo-hub"]);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn execute<O: Operation<Namespace> + ?Sized>(&self, operation: &O) -> Result<O::Output, Error> {
        self.transport.execute(&self.namespace, operation).await
    }

    /// Creates a hub.
    ///
    /// ```
    /// use nh_hyper::HubDescription;
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let created = namespace.create_hub("news", HubDescription::new()).await?;
    /// assert_eq!(created.authorization_rules().len(), 2);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]; with 409 if there is a hub of this name.
    pub async fn create_hub(
        &self,
        name: impl Into<String>,
        description: impl Into<HubDescription>,
    ) -> Result<HubDescription, Error> {
        self.execute(&CreateHub::new(name, description)?).await
    }

    /// Replaces a hub's description. What the new description leaves out is removed.
    ///
    /// ```
    /// use nh_hyper::HubDescription;
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// namespace.create_hub("news", HubDescription::new()).await?;
    /// let news = namespace.get_hub("news").await?;
    /// namespace.update_hub("news", news.with_user_metadata("mine")).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn update_hub(
        &self,
        name: impl Into<String>,
        description: impl Into<HubDescription>,
    ) -> Result<HubDescription, Error> {
        self.execute(&UpdateHub::new(name, description)?).await
    }

    /// Reads a hub's description, with its keys.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let hub = namespace.get_hub("demo-hub").await?;
    /// assert_eq!(hub.name(), Some("demo-hub"));
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn get_hub(&self, name: impl Into<String>) -> Result<HubDescription, Error> {
        self.execute(&GetHub::new(name)?).await
    }

    /// Returns true if there is a hub of this name.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// assert!(!namespace.hub_exists("news").await?);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn hub_exists(&self, name: impl Into<String>) -> Result<bool, Error> {
        found(self.get_hub(name).await)
    }

    /// Deletes a hub and everything in it.
    ///
    /// ```
    /// use nh_hyper::HubDescription;
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// namespace.create_hub("news", HubDescription::new()).await?;
    /// namespace.delete_hub("news").await?;
    /// assert!(!namespace.hub_exists("news").await?);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn delete_hub(&self, name: impl Into<String>) -> Result<(), Error> {
        self.execute(&DeleteHub::new(name)?).await
    }

    /// Compares a hub with what is declared. Changes nothing. [`apply_hub`](NamespaceClient::apply_hub) carries the change out.
    ///
    /// ```
    /// use nh_hyper::nh_core::DeclaredHub;
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// let declared = DeclaredHub::new("news").with_user_metadata("mine");
    /// let change = namespace.compare_hub(&declared).await?;
    /// assert!(change.creates());
    /// namespace.apply_hub(&change).await?;
    /// assert!(namespace.compare_hub(&declared).await?.is_empty());
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`DeclaredHub::change`] before anything is asked, and like [`Client::execute`].
    pub async fn compare_hub(&self, declared: &DeclaredHub) -> Result<HubChange, Error> {
        // What makes no sense is refused before anything is asked.
        declared.change(None)?;
        match self.get_hub(declared.name()).await {
            Ok(actual) => Ok(declared.change(Some(&actual))?),
            Err(error) if error.is_not_found() => Ok(declared.change(None)?),
            Err(error) => Err(error),
        }
    }

    /// Makes a hub as declared: one request, so all of the change is done or nothing. An empty change asks nothing.
    ///
    /// The service takes no condition here but `If-Match: *` ([`UpdateHub`]). So a change that somebody else makes after
    /// [`compare_hub`](NamespaceClient::compare_hub) has read the hub is undone.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn apply_hub(&self, change: &HubChange) -> Result<(), Error> {
        match (change.is_empty(), change.creates()) {
            (true, _) => Ok(()),
            (false, true) => self.create_hub(change.name(), change.description()).await.map(drop),
            (false, false) => self.update_hub(change.name(), change.description()).await.map(drop),
        }
    }

    /// Reads the names of the namespace's hubs.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// # let namespace = client.transport().namespace(nh_hyper::Namespace::from_connection_string(emulator.namespace_connection_string())?);
    /// assert_eq!(namespace.list_hubs().await?, ["demo-hub"]);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn list_hubs(&self) -> Result<Vec<String>, Error> {
        self.execute(&ListHubs).await
    }

    /// Reads the descriptions of the namespace's hubs, keys included. It asks for as many pages as it takes.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn list_hub_descriptions(&self) -> Result<Vec<HubDescription>, Error> {
        let mut all = Vec::new();
        let mut next = Some(ListHubDescriptions::new());
        while let Some(list) = next {
            let page = self.execute(&list).await?;
            all.extend(page.items);
            next = page.next;
        }
        Ok(all)
    }
}

impl fmt::Debug for NamespaceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamespaceClient").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}
