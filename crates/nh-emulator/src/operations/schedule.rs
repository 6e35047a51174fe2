use crate::data::Scheduled;
use crate::hub::Hub;
use crate::notification::{Notification, text};
use crate::reply::{self, Refusal};
use crate::schedule::Waiting;
use crate::service::{Service, audience, notification_id};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Response};
use nh_core::{ScheduleNotification, TagExpression};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// `POST /{hub}/schedulednotifications`
pub(crate) fn schedule(
    service: &Service,
    hub: &Hub,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Response<Body>, Refusal> {
    let notification = Notification::read(headers, body)?;
    let audience = audience(headers)?;
    let now = service.clock.now();
    let at = text(headers, "servicebusnotification-scheduletime").and_then(schedule_time);
    let at = at.ok_or_else(|| Refusal::bad_request("ScheduleTime is not valid"))?;
    if at <= now
        || at - now > Duration::try_from(ScheduleNotification::MAX_AHEAD).expect("a week is not much")
    {
        return Err(Refusal::bad_request(
            "ScheduleTime is not valid: it must be in the future, at most 7 days ahead",
        ));
    }

    let id = notification_id(now);
    let send =
        Scheduled { hub: hub.name.clone(), at, headers: headers.clone(), body: notification.body.clone() };
    service.data.keep_scheduled(&id, &send);
    arm(service, hub, &id, at, notification, audience);
    Ok(reply::created(&id, service.location(hub, &format!("schedulednotifications/{id}"), ""), None))
}

/// What waited when the emulator ended goes on waiting; what has come due since is sent now. A hub may be gone.
pub(crate) fn schedule_again(service: &Service, id: &str, send: Scheduled) {
    let hub = service.hub(&send.hub);
    let read =
        Notification::read(&send.headers, send.body).and_then(|read| Ok((read, audience(&send.headers)?)));
    match (hub, read) {
        (Some(hub), Ok((notification, audience))) => arm(service, &hub, id, send.at, notification, audience),
        _ => service.data.forget_scheduled(id),
    }
}

fn arm(
    service: &Service,
    hub: &Hub,
    id: &str,
    at: OffsetDateTime,
    notification: Notification,
    audience: Option<TagExpression>,
) {
    let tags = audience.as_ref().map(ToString::to_string);
    service.telemetry.schedule(id, &notification, tags, service.clock.now());
    service.schedule.add(id, at, Waiting { hub: hub.name.clone(), notification, audience });
}

/// With a zone and a fraction as the JavaScript SDK writes it, or with neither, which means UTC.
fn schedule_time(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_as_sdks_write_them() {
        let time = datetime!(2024-01-01 00:00 UTC);
        for text in [
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.000Z",
            "2024-01-01T01:00:00+01:00",
            "2024-01-01T00:00:00Z",
        ] {
            assert_eq!(schedule_time(text), Some(time), "{text}");
        }
        for text in ["", "tomorrow", "2024-01-01'T'00:00:00", "2024-13-01T00:00:00"] {
            assert_eq!(schedule_time(text), None, "{text}");
        }
    }
}
