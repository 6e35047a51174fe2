use super::outcome::outcome;
use crate::hub::Hub;
use crate::notification::{Content, Notification, text};
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::rules::header;
use crate::service::{Service, notification_id};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response};
use nh_outcome::Platform;

/// `POST /{hub}/messages?direct`
pub(crate) fn send_direct(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let test = call.asked.query("test").is_some();
    let body = call.body.clone();
    send_to_handle(call.service, call.hub()?, &call.asked.headers, body, call.api_version, test)
}

pub(crate) fn send_to_handle(
    service: &Service,
    hub: &Hub,
    headers: &HeaderMap,
    body: Bytes,
    api_version: &str,
    test: bool,
) -> Result<Response<Body>, Refusal> {
    let notification = Notification::read(headers, body)?;
    let needed = |name: &str| {
        let given = text(headers, &name.to_ascii_lowercase()).filter(|value| !value.trim().is_empty());
        given.ok_or_else(|| header::missing(name))
    };
    let handle = needed("ServiceBusNotification-DeviceHandle")?;
    if let Content::Template(_) = notification.content {
        return Err(Refusal::bad_request("A template notification cannot be sent to a device handle."));
    }
    if notification.platform() == Some(&Platform::Browser) {
        needed("P256DH")?;
        needed("Auth")?;
    }
    let now = service.clock.now();
    let id = notification_id(now);
    let delivered = service.deliver_direct(hub, &notification, &[handle.to_owned()], &id);
    service.telemetry.sent(&hub.name, &id, &notification, None, &delivered, now);
    let location = service.location(hub, &format!("messages/{id}"), api_version, "&direct");
    Ok(reply::created(&id, location, test.then(|| outcome(&delivered))))
}
