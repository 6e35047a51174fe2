use crate::hub::Hub;
use crate::reply::{self, Refusal};
use crate::service::Service;
use axum::body::Body;
use http::Response;

/// `DELETE /{hub}/schedulednotifications/{id}`
pub(crate) fn cancel_scheduled(service: &Service, hub: &Hub, id: &str) -> Result<Response<Body>, Refusal> {
    if !service.schedule.cancel(&hub.name, id) {
        return Err(Refusal::not_found("The scheduled notification does not exist"));
    }
    service.data.forget_scheduled(id);
    service.telemetry.cancel(id);
    Ok(reply::done())
}
