//! Blobs: the files of jobs and of feedback.

use crate::service::Service;
use crate::storage::list_xml;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header};
use std::sync::Arc;

/// `GET /$emulator/storage/{container}/{blob}`, or of a container with `comp=list` its blobs.
pub(super) async fn read(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, StatusCode> {
    if query.unwrap_or_default().split('&').any(|pair| pair == "comp=list") {
        let xml = list_xml(&service.storage, &path);
        return Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response());
    }
    let blob = service.storage.get(&path).ok_or(StatusCode::NOT_FOUND)?;
    Ok(blob.into_response())
}

/// `PUT /$emulator/storage/{container}/{blob}`
pub(super) async fn write(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
    content: Bytes,
) -> StatusCode {
    service.storage.put(&path, content);
    StatusCode::CREATED
}
