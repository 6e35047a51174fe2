use super::json::{ControlError, Json};
use crate::app::App;
use crate::rest::fault::Fault;
use axum::extract::{Path, State};
use http::StatusCode;
use std::sync::Arc;

/// `GET /$emulator/faults`
pub(super) async fn list(State(app): State<Arc<App>>) -> axum::Json<Vec<Fault>> {
    axum::Json(app.faults())
}

/// `POST /$emulator/faults`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Json(fault): Json<Fault>,
) -> Result<(StatusCode, axum::Json<Fault>), ControlError> {
    fault.check().map_err(ControlError::bad_request)?;
    Ok((StatusCode::CREATED, axum::Json(app.add_fault(fault))))
}

/// `DELETE /$emulator/faults`
pub(super) async fn clear(State(app): State<Arc<App>>) -> StatusCode {
    app.clear_faults();
    StatusCode::NO_CONTENT
}

/// `DELETE /$emulator/faults/{id}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ControlError> {
    match id.parse().is_ok_and(|id| app.remove_fault(id)) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ControlError::not_found(format!("there is no fault '{id}'"))),
    }
}
