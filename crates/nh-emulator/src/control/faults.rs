use super::json::{Fault as Wrong, Json};
use crate::fault::Fault;
use crate::service::Service;
use axum::extract::{Path, State};
use http::StatusCode;
use std::sync::Arc;

/// `GET /$emulator/faults`
pub(super) async fn list(State(service): State<Arc<Service>>) -> axum::Json<Vec<Fault>> {
    axum::Json(service.faults.all())
}

/// `POST /$emulator/faults`
pub(super) async fn add(
    State(service): State<Arc<Service>>,
    Json(fault): Json<Fault>,
) -> Result<(StatusCode, axum::Json<Fault>), Wrong> {
    fault.check().map_err(Wrong::bad_request)?;
    Ok((StatusCode::CREATED, axum::Json(service.faults.add(fault))))
}

/// `DELETE /$emulator/faults`
pub(super) async fn clear(State(service): State<Arc<Service>>) -> StatusCode {
    service.faults.clear();
    StatusCode::NO_CONTENT
}

/// `DELETE /$emulator/faults/{id}`
pub(super) async fn remove(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Wrong> {
    match id.parse().is_ok_and(|id| service.faults.remove(id)) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Wrong::not_found(format!("there is no fault '{id}'"))),
    }
}
