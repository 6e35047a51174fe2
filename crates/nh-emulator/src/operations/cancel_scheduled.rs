use crate::reply::{self, Refusal};
use crate::service::Service;
use axum::body::Body;
use http::Response;
use std::sync::PoisonError;

/// `DELETE /{hub}/schedulednotifications/{id}`
pub(crate) fn cancel_scheduled(service: &Service, id: &str) -> Result<Response<Body>, Refusal> {
    let scheduled = service.scheduled.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    let scheduled =
        scheduled.ok_or_else(|| Refusal::not_found("The scheduled notification does not exist"))?;
    scheduled.abort();
    service.data.forget_scheduled(id);
    service.telemetry.cancel(id);
    Ok(reply::done())
}
