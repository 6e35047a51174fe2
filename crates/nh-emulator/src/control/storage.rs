//! Blobs: the files of jobs and of feedback.

use super::json::{Fault, Json};
use crate::reply::guid;
use crate::rules::name;
use crate::service::Service;
use crate::storage::{Access, Denied, Permissions, list_xml};
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
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
    State(service): State<Arc<Service>>,
    Json(NewContainer { name }): Json<NewContainer>,
) -> Result<(StatusCode, axum::Json<Container>), Fault> {
    name::check_id(&name).map_err(Fault::bad_request)?;
    let uri = service.storage.container_uri(&service.authority, &name, Permissions::ReadWriteAndList);
    Ok((StatusCode::CREATED, axum::Json(Container { uri })))
}

/// `GET /$emulator/storage/{container}/{blob}`, or of a container with `comp=list` its blobs.
pub(super) async fn read(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let query = query.unwrap_or_default();
    if query.split('&').any(|pair| pair == "comp=list") {
        service.storage.check(&path, &query, Access::List)?;
        let xml = list_xml(&service.storage, &path);
        return Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response());
    }
    service.storage.check(&path, &query, Access::Read)?;
    let blob = service.storage.get(&path).ok_or(Refused::NotFound)?;
    Ok(blob.into_response())
}

/// `PUT /$emulator/storage/{container}/{blob}`
pub(super) async fn write(
    State(service): State<Arc<Service>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    content: Bytes,
) -> Result<StatusCode, Refused> {
    service.storage.check(&path, &query.unwrap_or_default(), Access::Write)?;
    service.storage.put(&path, &content);
    Ok(StatusCode::CREATED)
}

/// As Azure's storage answers.
#[derive(Debug)]
pub(super) enum Refused {
    Denied(Denied),
    NotFound,
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Refused {
        Refused::Denied(denied)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Refused::Denied(Denied(why)) => (StatusCode::FORBIDDEN, "AuthenticationFailed", why),
            Refused::NotFound => {
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
