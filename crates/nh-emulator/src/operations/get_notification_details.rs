use crate::hub::Hub;
use crate::reply::{self, Refusal};
use crate::service::Service;
use axum::body::Body;
use http::Response;

/// `GET /{hub}/messages/{id}`
pub(crate) fn get_notification_details(
    service: &Service,
    hub: &Hub,
    id: &str,
) -> Result<Response<Body>, Refusal> {
    let location = format!("{}/messages/{id}?api-version=2020-06", service.base(hub));
    let location = location.replacen("https://", "sb://", 1);
    // The real service says no more than this for an id that it does not know (yet).
    let document = service
        .telemetry
        .document(id, &location, service.clock.now())
        .ok_or_else(|| Refusal::not_found(""))?;
    Ok(reply::found(document))
}
