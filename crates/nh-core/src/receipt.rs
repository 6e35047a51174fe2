use crate::error::tracking_id;
use crate::path::location_id;
use bytes::Bytes;
use http::{Response, header};
use nh_outcome::NotificationOutcome;
use serde::Serialize;

/// The service has queued a notification. That says nothing of its delivery yet.
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
    /// Names the notification when asking what became of it, or cancelling it: the last segment of `Location`, which
    /// only hubs of the Standard tier send (recorded both with and without).
    pub notification_id: Option<String>,
    /// What Azure support asks for.
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

/// The answer to a test send: the receipt, and what became of the notification on up to ten devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TestReceipt {
    /// As for any send.
    pub receipt: Receipt,
    /// `None` if the service answered without a body, as it does where it ignores the test flag.
    pub outcome: Option<NotificationOutcome>,
}
