use crate::operation::Call;
use crate::reply::{self, Refusal};
use axum::body::Body;
use http::Response;

/// `GET /{hub}/messages/{id}`
pub(crate) fn get_notification_details(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let (service, hub, id) = (call.service, call.hub()?, call.id);
    let location = format!("{}/messages/{id}?api-version={}", service.base(hub), call.api_version);
    let location = location.replacen("https://", "sb://", 1);
    // The real service says no more than this for an id that it does not know (yet), or that another hub has.
    let document = service
        .telemetry
        .document(&hub.name, id, &location, service.clock.now())
        .ok_or_else(|| Refusal::not_found(""))?;
    Ok(reply::found(document))
}
