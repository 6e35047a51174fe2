use super::json::{ControlError, Json, Query};
use crate::app::App;
use crate::namespace::operations::device::Device;
use crate::namespace::operations::devices::{DeviceFilter, DevicePage};
use crate::namespace::operations::new_device::NewDevice;
use crate::rejection::Rejection;
use axum::extract::State;
use http::StatusCode;
use nh_outcome::Platform;
use serde::Deserialize;
use std::sync::Arc;
use tokio::task::block_in_place;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Handle {
    hub: Option<String>,
    platform: Platform,
    pns_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRejection {
    hub: Option<String>,
    platform: Platform,
    pns_handle: String,
    outcome: Option<Rejection>,
}

/// `GET /$emulator/devices`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(filter): Query<DeviceFilter>,
) -> Result<axum::Json<DevicePage>, ControlError> {
    Ok(axum::Json(block_in_place(|| app.namespace.list_devices(&filter))?))
}

/// `POST /$emulator/devices`
pub(super) async fn register(
    State(app): State<Arc<App>>,
    Json(new): Json<NewDevice>,
) -> Result<(StatusCode, axum::Json<Device>), ControlError> {
    let device = app.namespace.register_device(new)?;
    app.namespace.data.settled().await?;
    Ok((StatusCode::CREATED, axum::Json(device)))
}

/// `DELETE /$emulator/devices`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Query(handle): Query<Handle>,
) -> Result<StatusCode, ControlError> {
    app.namespace.delete_device(handle.hub.as_deref(), &handle.platform, &handle.pns_handle)?;
    app.namespace.data.settled().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /$emulator/devices/rejection`
pub(super) async fn reject(
    State(app): State<Arc<App>>,
    Json(new): Json<NewRejection>,
) -> Result<StatusCode, ControlError> {
    app.namespace.reject(new.hub.as_deref(), &new.platform, &new.pns_handle, new.outcome)?;
    Ok(StatusCode::NO_CONTENT)
}
