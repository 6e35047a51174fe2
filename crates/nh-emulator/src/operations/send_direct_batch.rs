use crate::hub::Hub;
use crate::multipart;
use crate::notification::{Content, Notification, text};
use crate::reply::{self, Refusal};
use crate::service::{Service, notification_id};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response, header};
use nh_core::SendDirectBatch;

/// `POST /{hub}/messages/$batch?direct`
pub(crate) fn send_direct_batch(
    service: &Service,
    hub: &Hub,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response<Body>, Refusal> {
    let missing = || Refusal::bad_request("Could not find a part of the multipart content supplied");
    let boundary =
        text(headers, header::CONTENT_TYPE.as_str()).and_then(multipart::boundary).ok_or_else(missing)?;
    let parts = multipart::parts(body, &boundary).ok_or_else(missing)?;
    let part =
        |name: &str| parts.iter().find(|part| part.name().as_deref() == Some(name)).ok_or_else(missing);

    let notification = Notification::read(headers, body.slice_ref(part("notification")?.body))?;
    if let Content::Template(_) = notification.content {
        return Err(Refusal::bad_request("A template notification cannot be sent to device handles."));
    }
    let handles: Vec<String> = serde_json::from_slice(part("devices")?.body)
        .map_err(|_| Refusal::bad_request("The devices are no JSON array of strings."))?;
    if handles.is_empty()
        || handles.len() > SendDirectBatch::MAX_DEVICES
        || handles.iter().any(String::is_empty)
    {
        return Err(Refusal::bad_request("A batch has 1 to 1000 device handles, none of them empty."));
    }
    let now = service.clock.now();
    let id = notification_id(now);
    let delivered = service.deliver_direct(hub, &notification, &handles, &id);
    service.telemetry.sent(&id, &notification, None, &delivered, now);
    Ok(reply::created(&id, service.location(hub, &format!("messages/$batch/{id}"), "&direct"), None))
}
