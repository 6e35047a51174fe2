//! Sends notifications.

use crate::Client;
use crate::error::Error;
use nh_core::{
    CancelScheduledNotification, IntoAudience, IntoDevice, IntoTime, Notification, Receipt,
    ScheduleNotification, SendDirect, SendDirectBatch, SendNotification, TestReceipt,
};

impl Client {
    /// Sends a notification to an audience: an [`Audience`](nh_core::Audience), a tag, a tag expression, or a list of tags. A list
    /// selects the devices that have at least one of its tags.
    ///
    /// ```
    /// use nh_hyper::{Audience, Notification};
    ///
    /// # demo::run!(|client, emulator| {
    /// let alert = Notification::apple(r#"{"aps":{"alert":"Goal!"}}"#)?;
    /// let receipt = client.send(alert, "follows_RedSox && !follows_Cardinals").await?;
    /// println!("queued as {:?}", receipt.notification_id);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]. An empty text is refused as an audience. To send to everyone, give
    /// [`Audience::EVERYONE`](nh_core::Audience::EVERYONE).
    pub async fn send(
        &self,
        notification: impl Into<Notification>,
        audience: impl IntoAudience,
    ) -> Result<Receipt, Error> {
        // Awaited without the arguments, which need not be `Send`.
        let send = SendNotification::new(notification, audience)?;
        self.execute(&send).await
    }

    /// Sends to at most ten devices, and waits until their push services have answered. The official SDKs call this a debug or
    /// test send. The service allows ten test sends a minute.
    ///
    /// ```
    /// use nh_hyper::Notification;
    ///
    /// # demo::run!(|client, emulator| {
    /// let tested = client.test_send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    /// for result in &tested.outcome.expect("a test send has an outcome").results {
    ///     println!("{:?}: {}", result.pns_handle, result.outcome);
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::send`].
    pub async fn test_send(
        &self,
        notification: impl Into<Notification>,
        audience: impl IntoAudience,
    ) -> Result<TestReceipt, Error> {
        let send = SendNotification::new(notification, audience)?.test();
        self.execute(&send).await
    }

    /// Sends to one device by its handle.
    ///
    /// ```
    /// use nh_hyper::Notification;
    ///
    /// # demo::run!(|client, emulator| {
    /// client.send_direct(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "ab12").await?;
    /// assert_eq!(emulator.inbox()[0].pns_handle, "ab12");
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn send_direct(
        &self,
        notification: impl Into<Notification>,
        device: impl IntoDevice,
    ) -> Result<Receipt, Error> {
        let send = SendDirect::new(notification, device)?;
        self.execute(&send).await
    }

    /// Sends to up to 1000 devices by their handles.
    ///
    /// ```
    /// use nh_hyper::Notification;
    ///
    /// # demo::run!(|client, emulator| {
    /// client.send_batch(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, ["ab12", "cd34"]).await?;
    /// assert_eq!(emulator.inbox().len(), 2);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn send_batch(
        &self,
        notification: impl Into<Notification>,
        devices: impl IntoIterator<Item: IntoDevice>,
    ) -> Result<Receipt, Error> {
        let send = SendDirectBatch::new(notification, devices)?;
        self.execute(&send).await
    }

    /// Sends at a later time, within seven days.
    ///
    /// ```
    /// use nh_hyper::Notification;
    /// use std::time::{Duration, SystemTime};
    ///
    /// # demo::run!(|client, emulator| {
    /// let in_an_hour = SystemTime::now() + Duration::from_secs(60 * 60);
    /// let alert = Notification::apple(r#"{"aps":{"alert":"Kick-off"}}"#)?;
    /// let receipt = client.schedule(alert, "sports", in_an_hour).await?;
    /// client.cancel(receipt.notification_id.expect("the emulator names it")).await?;
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::send`].
    pub async fn schedule(
        &self,
        notification: impl Into<Notification>,
        audience: impl IntoAudience,
        at: impl IntoTime,
    ) -> Result<Receipt, Error> {
        let schedule = ScheduleNotification::new(notification, audience, at)?;
        self.execute(&schedule).await
    }

    /// Cancels a scheduled notification by the id of its receipt. See [`schedule`](Client::schedule).
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    #[doc(alias = "cancel_scheduled")]
    pub async fn cancel(&self, notification_id: impl Into<String>) -> Result<(), Error> {
        self.execute(&CancelScheduledNotification::new(notification_id)?).await
    }
}
