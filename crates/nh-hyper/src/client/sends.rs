//! What reaches devices.

use crate::{Client, Error};
use nh_core::{
    Audience, BuildError, CancelScheduledNotification, DeviceHandle, Notification, Receipt,
    ScheduleNotification, SendDirect, SendDirectBatch, SendNotification, TestReceipt,
};
use time::OffsetDateTime;

impl Client {
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
}

pub(crate) fn of<A>(audience: A) -> Result<Audience, BuildError>
where
    A: TryInto<Audience>,
    BuildError: From<A::Error>,
{
    Ok(audience.try_into()?)
}
