use super::outcome::outcome;
use crate::hub::Hub;
use crate::notification::Notification;
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::service::{Service, audience, notification_id};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response};

/// A test send reaches at most so many devices.
const TESTED: usize = 10;

/// `POST /{hub}/messages`
pub(crate) fn send(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let test = call.asked.query("test").is_some();
    let body = call.body.clone();
    send_to(call.service, call.hub()?, &call.asked.headers, body, call.api_version, test)
}

pub(crate) fn send_to(
    service: &Service,
    hub: &Hub,
    headers: &HeaderMap,
    body: Bytes,
    api_version: &str,
    test: bool,
) -> Result<Response<Body>, Refusal> {
    let notification = Notification::read(headers, body)?;
    let audience = audience(headers)?;
    let now = service.clock.now();
    let id = notification_id(now);
    let most = if test { TESTED } else { usize::MAX };
    let delivered = service.deliver(hub, &notification, audience.as_ref(), &id, most);
    let tags = audience.as_ref().map(ToString::to_string);
    service.telemetry.sent(&hub.name, &id, &notification, tags, &delivered, now);
    let location = service.location(hub, &format!("messages/{id}"), api_version, "");
    Ok(reply::created(&id, location, test.then(|| outcome(&delivered))))
}
