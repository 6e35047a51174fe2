//! What became of notifications.

use crate::{Client, Error};
use nh_core::{GetFeedbackContainer, GetNotificationDetails, NotificationDetails, SasUri, ServiceError};
use std::time::Duration;

impl Client {
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
    /// As [`Client::execute`], but what may pass (the service is busy or throttles, a connection breaks) is waited out. It is
    /// looked a last time when the time is over; then the last answer stands: the details as far as they have come, or a 404.
    pub async fn wait_for_notification_details(
        &self,
        notification_id: impl Into<String>,
        time: Duration,
    ) -> Result<NotificationDetails, Error> {
        let ask = GetNotificationDetails::new(notification_id)?;
        let not_yet = |error: &Error| error.as_service().is_some_and(ServiceError::is_not_found);
        let known = |details: &NotificationDetails| details.state.is_final();
        self.exchange.poll(&self.hub, &ask, time, not_yet, known).await
    }

    /// Where the hub collects the handles that push services have reported as gone.
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn get_feedback_container(&self) -> Result<SasUri, Error> {
        self.execute(&GetFeedbackContainer).await
    }
}
