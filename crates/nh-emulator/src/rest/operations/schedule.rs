use crate::model::logged_send::LoggedSend;
use crate::namespace::data::KeptSend;
use crate::namespace::operations::schedule::OutsideWindow;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::read_send;
use crate::rest::reply::{self, Aside};
use crate::rules::{header, time};
use axum::body::Body;
use http::Response;

const TIME: &str = "ServiceBusNotification-ScheduleTime";

/// `POST /{hub}/schedulednotifications`
pub(crate) fn schedule(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let hub = call.hub()?;
    let notification = read_send::notification(call.asked, call.body.clone())?;
    let audience = read_send::audience(call.asked)?;
    let given = call.asked.header(TIME).ok_or_else(|| header::missing(TIME))?;
    let at = time::read(&given).ok_or_else(|| header::invalid(TIME, &given))?;
    let hints = read_send::ignored(call.asked, &notification);
    let send = KeptSend { hub: hub.name.clone(), at, notification, audience };
    let id = call.namespace.schedule(hub, &send).map_err(|OutsideWindow| {
        let words = header::invalid(TIME, &given);
        ErrorAnswer::bad_request(format!("{words} It must be in the future, at most 7 days ahead."))
    })?;
    let aside = Aside { send: LoggedSend::waiting(&id, &send.notification, send.audience.as_ref()), hints };
    Ok(reply::created(call.location(&format!("schedulednotifications/{id}"), ""), None, aside))
}
