mod installations;
mod jobs;
mod registrations;
mod sends;
mod telemetry;
mod tutorial;

use crate::call_options::CallOptions;
use crate::error::Error;
use crate::items::Items;
use crate::transport::Transport;
use bytes::Bytes;
use http::Request;
#[cfg(feature = "tokio")]
use nh_core::IntoConnectionString;
use nh_core::{Hub, List, Operation};
use std::fmt;

/// A hub, and the transport to it. Cheap to clone.
///
/// Each method makes an operation and gives it to [`execute`](Client::execute). `execute` also takes operations of your own.
///
/// ```
/// use nh_hyper::{Audience, Notification};
///
/// # demo::run!(|client, emulator| {
/// let alert = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
///
/// client.send(&alert, "sports && !politics").await?;           // a tag expression
/// client.send(&alert, ["sports", "politics"]).await?;          // any of these tags
/// client.send(&alert, Audience::user("bob@contoso.com")?).await?;
/// client.send_direct(&alert, "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0").await?;
///
/// let outcome = client.test_send(&alert, Audience::EVERYONE).await?.outcome.expect("a test send has an outcome");
/// assert!(outcome.success > 0);
/// # });
/// ```
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    hub: Hub,
}

impl Transport {
    /// Makes a client for a hub.
    pub fn hub(&self, hub: impl Into<Hub>) -> Client {
        Client { transport: self.clone(), hub: hub.into() }
    }
}

impl Client {
    /// Makes a client on tokio the default settings. For other settings, begin with [`Transport::builder`].
    ///
    /// # Errors
    /// Fails like [`TransportBuilder::build`](crate::TransportBuilder::build).
    #[cfg(feature = "tokio")]
    pub fn new(hub: impl Into<Hub>) -> Result<Client, Error> {
        Ok(Transport::builder().build()?.hub(hub))
    }

    /// A client on tokio for the hub `name` under a connection string, with the default settings.
    ///
    /// # Errors
    /// Fails like [`Hub::from_connection_string`] and [`TransportBuilder::build`](crate::TransportBuilder::build).
    #[cfg(feature = "tokio")]
    pub fn from_connection_string(
        connection_string: impl IntoConnectionString,
        name: impl AsRef<str>,
    ) -> Result<Client, Error> {
        Client::new(Hub::from_connection_string(connection_string, name)?)
    }

    /// The transport that carries the requests.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// A client for another hub, over the same transport.
    pub fn hub(&self, other: impl Into<Hub>) -> Client {
        self.transport.hub(other)
    }

    /// The hub that the requests go to.
    pub fn target(&self) -> &Hub {
        &self.hub
    }

    /// The same client with other timeouts, limits or retries. Connections are shared.
    ///
    /// ```
    /// use nh_hyper::{CallOptions, Notification};
    /// # use std::time::Duration;
    ///
    /// # demo::run!(|client, emulator| {
    /// let patient = client.with_options(CallOptions::new().attempt_timeout(Duration::from_secs(90)));
    /// patient.test_send(Notification::apple("{}")?, "sports").await?;
    /// # });
    /// ```
    pub fn with_options(&self, options: CallOptions) -> Client {
        Client { transport: self.transport.with_options(&options), hub: self.hub.clone() }
    }

    /// Asks the service, and reads the answer.
    ///
    /// # Errors
    /// Fails if the operation refuses its input, if the service refuses the request, or if the network fails. [`Error`] says
    /// which, and [`Error::fate`] says whether the request may have been carried out.
    pub async fn execute<O: Operation + ?Sized>(&self, operation: &O) -> Result<O::Output, Error> {
        self.transport.execute(&self.hub, operation).await
    }

    /// Returns the request that an attempt at this operation would send now, and sends nothing. It is signed, and has all headers
    /// but those of the connection. Layers have not seen it. Each call gives it another tracking id.
    ///
    /// ```
    /// use nh_hyper::Notification;
    /// use nh_hyper::nh_core::{SendNotification, dump};
    ///
    /// # demo::run!(|client, emulator| {
    /// let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports")?;
    /// let request = client.request(&send)?;
    /// assert!(request.headers().contains_key("user-agent") && request.headers().contains_key("trackingid"));
    /// println!("{}", dump::request(&send, &request));     // without the signature
    /// # assert_eq!(emulator.served().requests, 0);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails if the operation refuses its input, or if the clock shows an impossible time.
    pub fn request<O: Operation + ?Sized>(&self, operation: &O) -> Result<Request<Bytes>, Error> {
        self.transport.draft(&self.hub, operation)
    }

    /// Reads a list, page by page as its items are wanted. The named lists ([`list_registrations`] and its like) call this with
    /// their own first page.
    ///
    /// ```
    /// use nh_hyper::nh_core::ListRegistrations;
    ///
    /// # demo::run!(|client, emulator| {
    /// let mut registrations = client.list(ListRegistrations::new().top(5));
    /// while let Some(registration) = registrations.next().await {
    ///     println!("{:?}", registration?.tags());
    /// }
    /// # });
    /// ```
    ///
    /// [`list_registrations`]: Client::list_registrations
    pub fn list<L>(&self, first: L) -> Items<L::Item>
    where
        L: List<Item: Send + 'static> + 'static,
    {
        Items::new(self.transport.clone(), self.hub.clone(), first)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hub", &self.hub).finish_non_exhaustive()
    }
}
