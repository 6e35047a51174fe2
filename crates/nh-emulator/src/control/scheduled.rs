//! Sends that wait for their time.

use super::json::ControlError;
use crate::app::App;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use time::OffsetDateTime;

#[derive(Serialize)]
pub(super) struct Scheduled {
    notification_id: String,
    hub: String,
    #[serde(with = "time::serde::rfc3339")]
    time: OffsetDateTime,
    format: String,
    tags: Option<String>,
    payload: String,
}

/// `GET /$emulator/scheduled`: the next one comes first.
pub(super) async fn list(State(app): State<Arc<App>>) -> axum::Json<Vec<Scheduled>> {
    let all = app.namespace.schedule.all().into_iter();
    let scheduled = all.map(|(time, notification_id, waiting)| Scheduled {
        notification_id,
        hub: waiting.hub,
        time,
        format: waiting.send.notification.format().word().to_owned(),
        tags: waiting.send.target.tags(),
        payload: String::from_utf8_lossy(&waiting.send.notification.body).into_owned(),
    });
    axum::Json(scheduled.collect())
}

/// `DELETE /$emulator/scheduled/{id}`
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ControlError> {
    let hub = app.namespace.schedule.hub_of(&id);
    let hub = hub.ok_or_else(|| ControlError::not_found(format!("no send '{id}' waits")))?;
    app.namespace.cancel_scheduled(&hub, &id)?;
    Ok(StatusCode::NO_CONTENT)
}
