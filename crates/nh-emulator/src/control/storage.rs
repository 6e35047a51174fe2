//! Blobs: the files of jobs and of feedback.

use super::json::{ControlError, Json};
use crate::app::App;
use crate::caller::{NoBody, drop_body, small_body};
use crate::documents::blob_list::blob_list;
use crate::model::ids::guid;
use crate::namespace::blobs::{BlobAccess, BlobDenied, BlobPermissions};
use crate::rules::{name, size};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewContainer {
    name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Container {
    uri: String,
}

/// `POST /$emulator/containers`
pub(super) async fn container(
    State(app): State<Arc<App>>,
    Json(NewContainer { name }): Json<NewContainer>,
) -> Result<(StatusCode, axum::Json<Container>), ControlError> {
    name::check_id(&name).map_err(ControlError::bad_request)?;
    let uri =
        app.namespace.blobs.container_uri(&app.namespace.authority, &name, BlobPermissions::ReadWriteAndList);
    Ok((StatusCode::CREATED, axum::Json(Container { uri })))
}

/// `GET /$emulator/storage/{container}/{blob}`, or of a container with `comp=list` its blobs.
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, BlobError> {
    let query = query.unwrap_or_default();
    if query.split('&').any(|pair| pair == "comp=list") {
        app.namespace.blobs.check(&path, &query, BlobAccess::List)?;
        let xml = blob_list(&path, &app.namespace.blobs.list(&path));
        return Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response());
    }
    app.namespace.blobs.check(&path, &query, BlobAccess::Read)?;
    let blob = app.namespace.blobs.get(&path).ok_or(BlobError::NotFound)?;
    Ok(blob.into_response())
}

/// `PUT /$emulator/storage/{container}/{blob}`
pub(super) async fn write(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    content: Body,
) -> Result<StatusCode, BlobError> {
    // Before its content is kept: nobody else fills the memory.
    if let Err(denied) = app.namespace.blobs.check(&path, &query.unwrap_or_default(), BlobAccess::Write) {
        drop_body(content).await;
        return Err(denied.into());
    }
    let content = small_body(content, size::BLOB).await.map_err(BlobError::NoBody)?;
    app.namespace.blobs.put(&path, &content);
    Ok(StatusCode::CREATED)
}

/// As Azure's storage answers.
#[derive(Debug)]
pub(super) enum BlobError {
    Denied(BlobDenied),
    NoBody(NoBody),
    NotFound,
}

impl From<BlobDenied> for BlobError {
    fn from(denied: BlobDenied) -> BlobError {
        BlobError::Denied(denied)
    }
}

impl IntoResponse for BlobError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            BlobError::Denied(BlobDenied(why)) => (StatusCode::FORBIDDEN, "AuthenticationFailed", why),
            BlobError::NoBody(NoBody::TooLarge) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestBodyTooLarge",
                "The request body is larger than 256 MB; the emulator takes no larger blob.",
            ),
            BlobError::NoBody(NoBody::BrokeOff) => {
                (StatusCode::BAD_REQUEST, "InvalidInput", "The request body could not be read.")
            }
            BlobError::NotFound => {
                (StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.")
            }
        };
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:{}</Message>\
             </Error>",
            guid()
        );
        (status, [(header::CONTENT_TYPE, "application/xml")], [("x-ms-error-code", code)], xml)
            .into_response()
    }
}
