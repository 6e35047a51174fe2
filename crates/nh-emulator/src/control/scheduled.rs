//! Sends that wait for their time.

use super::json::ControlError;
use crate::app::App;
use crate::model::scheduled::Scheduled;
use axum::extract::{Path, State};
use http::StatusCode;
use std::sync::Arc;

/// `GET /$emulator/scheduled`: the next one comes first.
pub(super) async fn list(State(app): State<Arc<App>>) -> axum::Json<Vec<Scheduled>> {
    axum::Json(app.namespace.scheduled())
}

/// `DELETE /$emulator/scheduled/{id}`
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ControlError> {
    let hub = app.namespace.schedule.hub_of(&id);
    let hub = hub.ok_or_else(|| ControlError::not_found(format!("no send '{id}' waits")))?;
    app.namespace.cancel_scheduled(&hub, &id)?;
    app.namespace.data.settled().await?;
    Ok(StatusCode::NO_CONTENT)
}
