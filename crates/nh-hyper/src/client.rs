use crate::exchange::{Call, Exchange};
use crate::{ClientBuilder, Error, Runtime};
use nh_core::retry::Fate;
use nh_core::{
    Audience, BuildError, CancelScheduledNotification, DeviceHandle, GetFeedbackContainer,
    GetNotificationDetails, Hub, Notification, NotificationDetails, Operation, Receipt, SasUri,
    ScheduleNotification, SendDirect, SendDirectBatch, SendNotification, ServiceError, TestReceipt,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

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

    pub(crate) fn new_in(hub: Hub, exchange: Arc<Exchange>) -> Client {
        Client { exchange, hub }
    }

    /// A client for another hub, with the same connections and settings.
    pub fn with_hub(&self, hub: Hub) -> Client {
        Client { exchange: self.exchange.clone(), hub }
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
        let call = Call {
            build: &|now| self.hub.request(operation, now),
            repeatable: operation.repeatable(),
            confidential: operation.confidential(),
        };
        let (response, fate) = self.exchange.call(call).await?;
        operation.response(response).map_err(|error| Error::of_service(error, fate.unwrap_or(Fate::Final)))
    }

    /// Sends a notification to an audience: an [`Audience`], a tag expression, or a list of tags of which any will do.
    ///
    /// # Errors
    /// As [`Client::execute`]; an empty text as the audience, as a broadcast must be meant ([`Audience::EVERYONE`]).
    pub async fn send<A>(&self, notification: impl Into<Notification>, audience: A) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(notification, of(audience)?);
        self.execute(&send).await
    }

    /// Sends, and waits for what becomes of it on up to ten devices: the tutorials' debug flag. At most ten a minute.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn test_send<A>(
        &self,
        notification: impl Into<Notification>,
        audience: A,
    ) -> Result<TestReceipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let send = SendNotification::new(notification, of(audience)?).test();
        self.execute(&send).await
    }

    /// Sends to one device by its handle.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn send_direct<D>(
        &self,
        notification: impl Into<Notification>,
        device: D,
    ) -> Result<Receipt, Error>
    where
        D: TryInto<DeviceHandle>,
        BuildError: From<D::Error>,
    {
        let send = SendDirect::new(notification, device.try_into().map_err(BuildError::from)?)?;
        self.execute(&send).await
    }

    /// Sends to up to 1000 devices by their handles.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn send_batch<D>(
        &self,
        notification: impl Into<Notification>,
        devices: impl IntoIterator<Item = D>,
    ) -> Result<Receipt, Error>
    where
        D: TryInto<DeviceHandle>,
        BuildError: From<D::Error>,
    {
        let devices: Result<Vec<DeviceHandle>, D::Error> = devices.into_iter().map(D::try_into).collect();
        let send = SendDirectBatch::new(notification, devices.map_err(BuildError::from)?)?;
        self.execute(&send).await
    }

    /// Sends at a later time, within seven days.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn schedule<A>(
        &self,
        notification: impl Into<Notification>,
        audience: A,
        at: impl Into<OffsetDateTime>,
    ) -> Result<Receipt, Error>
    where
        A: TryInto<Audience>,
        BuildError: From<A::Error>,
    {
        let schedule = ScheduleNotification::new(notification, of(audience)?, at);
        self.execute(&schedule).await
    }

    /// Takes back a scheduled notification by the id of its receipt.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn cancel(&self, notification_id: impl Into<String>) -> Result<(), Error> {
        self.execute(&CancelScheduledNotification::new(notification_id)?).await
    }

    /// What has become of a notification so far, by the id of its receipt.
    ///
    /// # Errors
    /// As [`Client::execute`]; 404 also while the notification has not come far enough.
    pub async fn get_notification_details(
        &self,
        notification_id: impl Into<String>,
    ) -> Result<NotificationDetails, Error> {
        self.execute(&GetNotificationDetails::new(notification_id)?).await
    }

    /// Asks until it is known what has become of a notification, every ten seconds as the service advises, for at most
    /// `time` (the service knows within 30 minutes, or never).
    ///
    /// ```
    /// # use nh_core::Notification;
    /// # use std::time::Duration;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let emulator = nh_emulator::Emulator::start().await?;
    /// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    /// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    /// let receipt = client.send(Notification::apple("{}")?, "sports").await?;
    /// if let Some(id) = receipt.notification_id {
    ///     let details = client.wait_for_notification_details(id, Duration::from_secs(30 * 60)).await?;
    ///     assert_eq!(details.outcome_counts["apns"]["Success"], 1);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::execute`]. When the time is over the last answer stands: a 404, or the details as far as they have come.
    pub async fn wait_for_notification_details(
        &self,
        notification_id: impl Into<String>,
        time: Duration,
    ) -> Result<NotificationDetails, Error> {
        let ask = GetNotificationDetails::new(notification_id)?;
        let polling = self.exchange.polling(time);
        loop {
            let answer = self.execute(&ask).await;
            let known = match &answer {
                Ok(details) => details.state.is_final(),
                Err(error) => !error.as_service().is_some_and(ServiceError::is_not_found),
            };
            if known || !polling.pause().await {
                return answer;
            }
        }
    }

    /// Where the hub collects the handles that push services have reported as gone.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn get_feedback_container(&self) -> Result<SasUri, Error> {
        self.execute(&GetFeedbackContainer).await
    }
}

pub(crate) fn of<A>(audience: A) -> Result<Audience, BuildError>
where
    A: TryInto<Audience>,
    BuildError: From<A::Error>,
{
    Ok(audience.try_into()?)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hub", &self.hub).finish_non_exhaustive()
    }
}
