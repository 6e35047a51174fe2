use crate::data::Scheduled;
use crate::hub::Hub;
use crate::notification::Notification;
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::rules::{header, time as written};
use crate::schedule::Waiting;
use crate::service::{Service, audience, notification_id};
use axum::body::Body;
use http::Response;
use nh_core::TagExpression;
use time::{Duration, OffsetDateTime};

/// So far ahead a send can be scheduled (the article on scheduled sends).
const WINDOW: Duration = Duration::days(7);

const TIME: &str = "ServiceBusNotification-ScheduleTime";

/// `POST /{hub}/schedulednotifications`
pub(crate) fn schedule(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let (service, hub, headers) = (call.service, call.hub()?, &call.asked.headers);
    let notification = Notification::read(headers, call.body.clone())?;
    let audience = audience(headers)?;
    let now = service.clock.now();
    let given = call.asked.header(TIME).ok_or_else(|| header::missing(TIME))?;
    let at = written::read(given).ok_or_else(|| header::invalid(TIME, given))?;
    if at <= now || at - now > WINDOW {
        let words = header::invalid(TIME, given);
        return Err(Refusal::bad_request(format!("{words} It must be in the future, at most 7 days ahead.")));
    }

    let id = notification_id(now);
    let send =
        Scheduled { hub: hub.name.clone(), at, headers: headers.clone(), body: notification.body.clone() };
    service.data.keep_scheduled(&id, &send);
    arm(service, hub, &id, at, notification, audience);
    let path = format!("schedulednotifications/{id}");
    Ok(reply::created(&id, service.location(hub, &path, call.api_version, ""), None))
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
    service.telemetry.schedule(&hub.name, id, &notification, tags, service.clock.now());
    service.schedule.add(id, at, Waiting { hub: hub.name.clone(), notification, audience });
}
