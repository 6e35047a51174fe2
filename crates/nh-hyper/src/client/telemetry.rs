//! Reads what became of notifications.

use crate::Client;
use crate::error::Error;
use nh_core::{GetFeedbackContainer, GetNotificationDetails, NotificationDetails, SasUri};
use std::time::Duration;
use tokio::sync::Semaphore;

impl Client {
    /// Reads what has become of a notification so far, by the id of its receipt.
    ///
    /// ```
    /// # use nh_hyper::Notification;
    /// # demo::run!(|client, emulator| {
    /// let receipt = client.send(Notification::apple("{}")?, "sports").await?;
    /// let details = client.get_notification_details(receipt.notification_id.expect("the emulator names it")).await?;
    /// println!("{:?}", details.state);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`]. It also fails with 404 as long as the service knows nothing about the notification yet.
    #[doc(alias = "telemetry")]
    pub async fn get_notification_details(
        &self,
        notification_id: impl Into<String>,
    ) -> Result<NotificationDetails, Error> {
        self.execute(&GetNotificationDetails::new(notification_id)?).await
    }

    /// Asks every ten seconds, as the service advises, until it is known what has become of a notification, for at most `time`.
    /// The service knows within 30 minutes, or never.
    ///
    /// ```
    /// # use nh_hyper::Notification;
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// let receipt = client.send(Notification::apple("{}")?, "sports").await?;
    /// if let Some(id) = receipt.notification_id {
    ///     let details = client.wait_for_notification_details(id, Duration::from_secs(30 * 60)).await?;
    ///     assert_eq!(details.outcome_counts[&nh_hyper::Platform::Apple]["Success"], 1);
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`], except that it waits while the service is busy or throttles, and when a connection breaks. When
    /// the time is over it asks a last time, and returns that answer: the details as they are then, or a 404.
    #[doc(alias = "wait_for_telemetry")]
    pub async fn wait_for_notification_details(
        &self,
        notification_id: impl Into<String>,
        time: Duration,
    ) -> Result<NotificationDetails, Error> {
        self.details_when_final(&GetNotificationDetails::new(notification_id)?, time, None).await
    }

    pub(crate) async fn details_when_final(
        &self,
        ask: &GetNotificationDetails,
        time: Duration,
        turns: Option<&Semaphore>,
    ) -> Result<NotificationDetails, Error> {
        let known = |details: &NotificationDetails| details.state.is_final();
        self.transport.poll(&self.hub, ask, time, turns, Error::is_not_found, known).await
    }

    /// Reads the address of the container where the hub collects the handles that push services have reported as gone.
    ///
    /// # Errors
    /// Fails like [`Client::execute`].
    pub async fn get_feedback_container(&self) -> Result<SasUri, Error> {
        self.execute(&GetFeedbackContainer).await
    }
}
