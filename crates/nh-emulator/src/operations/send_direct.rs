use super::outcome::outcome;
use crate::hub::Hub;
use crate::notification::{Content, Notification, text};
use crate::reply::{self, Refusal};
use crate::service::{Service, notification_id};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response};
use nh_outcome::Platform;

/// `POST /{hub}/messages?direct`
pub(crate) fn send_direct(
    service: &Service,
    hub: &Hub,
    headers: &HeaderMap,
    body: Bytes,
    test: bool,
) -> Result<Response<Body>, Refusal> {
    let notification = Notification::read(headers, body)?;
    let handle = text(headers, "servicebusnotification-devicehandle").filter(|handle| !handle.is_empty());
    let Some(handle) = handle else {
        return Err(Refusal::bad_request(
            "The HTTP header \"ServiceBusNotification-DeviceHandle\" is missing or empty.",
        ));
    };
    if let Content::Template(_) = notification.content {
        return Err(Refusal::bad_request("A template notification cannot be sent to a device handle."));
    }
    let keys = ["p256dh", "auth"].iter().all(|name| text(headers, name).is_some_and(|key| !key.is_empty()));
    if notification.platform() == Some(&Platform::Browser) && !keys {
        return Err(Refusal::bad_request(
            "A browser notification needs the HTTP headers \"P256DH\" and \"Auth\".",
        ));
    }
    let now = service.clock.now();
    let id = notification_id(now);
    let delivered = service.deliver_direct(hub, &notification, &[handle.to_owned()], &id);
    service.telemetry.sent(&id, &notification, None, &delivered, now);
    let location = service.location(hub, &format!("messages/{id}"), "&direct");
    Ok(reply::created(&id, location, test.then(|| outcome(&delivered))))
}
