use crate::path::location_id;
use crate::tracking::tracking_id;
use bytes::Bytes;
use http::{Response, header};
use nh_outcome::NotificationOutcome;
use serde::Serialize;

/// The answer to a send: the service has queued the notification. The service has not delivered it yet.
///
/// ```
/// use nh_core::{Audience, Notification, Operation, SendNotification, bytes::Bytes, http::Response};
///
/// let send = SendNotification::new(Notification::apple("{}")?, Audience::EVERYONE)?;
/// let answer = Response::builder()
///     .status(201)
///     .header("Location", "https://contoso.servicebus.windows.net/news/messages/NH-1?api-version=2020-06")
///     .header("TrackingId", "bd4cfa67-0e76-4d20-bc68-97eba684f876")
///     .body(Bytes::new())?;
/// let receipt = send.response(answer)?;
/// assert_eq!(receipt.notification_id.as_deref(), Some("NH-1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The id of the notification. [`GetNotificationDetails`](crate::GetNotificationDetails) and
    /// [`CancelScheduledNotification`](crate::CancelScheduledNotification) take it.
    ///
    /// It is the last segment of the `Location` header. Only hubs of the Standard tier send this header ([Send notification];
    /// recorded both with and without it).
    ///
    /// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
    pub notification_id: Option<String>,
    /// The id that Azure support asks for.
    pub tracking_id: Option<String>,
}

impl Receipt {
    pub(crate) fn of(response: &Response<Bytes>) -> Receipt {
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        Receipt {
            notification_id: location
                .and_then(|location| location_id(location, &["messages", "schedulednotifications"])),
            tracking_id: tracking_id(response.headers()),
        }
    }
}

/// The answer to a [test send](crate::TestSend): the receipt, and the result for each of up to ten devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TestReceipt {
    /// The receipt, as for every send.
    pub receipt: Receipt,
    /// The results. `None` if the service answered without a body. It does so if it ignores the test flag.
    pub outcome: Option<NotificationOutcome>,
}
