use crate::documents::notification_details::notification_details;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::reply;
use axum::body::Body;
use http::Response;

/// `GET /{hub}/messages/{id}`
pub(crate) fn get_notification_details(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let (namespace, hub, id) = (call.namespace, call.hub()?, call.id);
    let location = format!("{}/messages/{id}?api-version={}", call.base(), call.api_version);
    let location = location.replacen("https://", "sb://", 1);
    // The real service says no more than this for an id that it does not know (yet), or that another hub has.
    let record = namespace.telemetry.record(&hub.name, id, namespace.clock.now());
    let record = record.ok_or_else(|| ErrorAnswer::not_found(""))?;
    Ok(reply::found(notification_details(&record, id, &location)))
}
