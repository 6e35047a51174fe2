use crate::multipart;
use crate::notification::{Content, Notification};
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::rules::size;
use crate::service::notification_id;
use axum::body::Body;
use http::{Response, header};

/// `POST /{hub}/messages/$batch?direct`
pub(crate) fn send_direct_batch(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let (service, hub, body) = (call.service, call.hub()?, call.body);
    let missing = || Refusal::bad_request("Could not find a part of the multipart content supplied");
    let boundary = call.asked.header(header::CONTENT_TYPE.as_str()).and_then(multipart::boundary);
    let parts = multipart::parts(body, &boundary.ok_or_else(missing)?).ok_or_else(missing)?;
    let part =
        |name: &str| parts.iter().find(|part| part.name().as_deref() == Some(name)).ok_or_else(missing);

    let content = part("notification")?;
    let notification = Notification::part(&call.asked.headers, body.slice_ref(content.body))?;
    if let Content::Template(_) = notification.content {
        return Err(Refusal::bad_request("A template notification cannot be sent to device handles."));
    }
    let handles: Vec<String> = serde_json::from_slice(part("devices")?.body)
        .map_err(|_| Refusal::bad_request("The devices are no JSON array of strings."))?;
    let most = size::BATCH_HANDLES;
    if handles.is_empty() || handles.len() > most || handles.iter().any(String::is_empty) {
        let detail = format!("A batch has 1 to {most} device handles, none of them empty.");
        return Err(Refusal::bad_request(detail));
    }
    let now = service.clock.now();
    let id = notification_id(now);
    let delivered = service.deliver_direct(hub, &notification, &handles, &id);
    service.telemetry.sent(&hub.name, &id, &notification, None, &delivered, now);
    let location = service.location(hub, &format!("messages/$batch/{id}"), call.api_version, "&direct");
    Ok(reply::created(&id, location, None))
}
