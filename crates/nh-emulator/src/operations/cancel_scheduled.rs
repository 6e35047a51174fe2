use crate::operation::Call;
use crate::reply::{self, Refusal};
use axum::body::Body;
use http::Response;

/// `DELETE /{hub}/schedulednotifications/{id}`
pub(crate) fn cancel_scheduled(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let (service, hub, id) = (call.service, call.hub()?, call.id);
    if !service.schedule.cancel(&hub.name, id) {
        return Err(Refusal::not_found("The scheduled notification does not exist"));
    }
    service.data.forget_scheduled(id);
    service.telemetry.cancel(id);
    Ok(reply::done())
}
