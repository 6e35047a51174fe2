//! Blobs: the files of jobs and of feedback.

use super::authority::Authority;
use super::json::{ControlError, Json};
use crate::app::App;
use crate::caller::{NoBody, drop_body, small_body};
use crate::documents::blob_list::{blob_list, http_date};
use crate::model::ids::guid;
use crate::namespace::blobs::{About, BlobAccess, BlobDenied, BlobPermissions, Blobs};
use crate::rules::{name, size};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode_str;
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
    Authority(authority): Authority,
    Json(NewContainer { name }): Json<NewContainer>,
) -> Result<(StatusCode, axum::Json<Container>), ControlError> {
    name::check_id(&name).map_err(ControlError::bad_request)?;
    let uri = app.namespace.blobs.container_uri(&authority, &name, BlobPermissions::ReadWriteAndList);
    Ok((StatusCode::CREATED, axum::Json(Container { uri })))
}

/// A page has at most so many blobs (reference page).
const MAX_PAGE: usize = 5000;

/// `GET /$emulator/storage/{container}/{blob}`, or of a container with `restype=container&comp=list` its blobs.
pub(super) async fn read(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, BlobError> {
    let query = query.unwrap_or_default();
    let blobs = &app.namespace.blobs;
    let field = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(known, _)| *known == name)?.1;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    if field("comp").is_none() {
        blobs.check(&path, &query, BlobAccess::Read)?;
        return part(blobs, &path, &headers);
    }
    let most = field("maxresults").map_or(Some(MAX_PAGE), |most| most.parse().ok());
    let (Some("list"), Some("container"), Some(most @ 1..)) =
        (field("comp").as_deref(), field("restype").as_deref(), most)
    else {
        return Err(BlobError::Query);
    };
    blobs.check(&path, &query, BlobAccess::List)?;
    let (prefix, marker) =
        (field("prefix").unwrap_or_default(), field("marker").filter(|text| !text.is_empty()));
    let after = match &marker {
        Some(marker) => Some(read_marker(marker).ok_or(BlobError::Query)?),
        None => None,
    };
    let (page, more) = blobs.list(&path, &prefix, after.as_deref(), most.min(MAX_PAGE));
    let next = page.last().filter(|_| more).map(|(last, _)| marker_after(last));
    let xml = blob_list(&path, &page, next.as_deref());
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

/// Nobody reads it but the storage: it looks like those of Azure's.
fn marker_after(name: &str) -> String {
    let text = STANDARD.encode(name);
    format!("2!{}!{text}", text.len())
}

fn read_marker(marker: &str) -> Option<String> {
    let (_, text) = marker.strip_prefix("2!")?.split_once('!')?;
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// A blob, or the part of it that a `Range` asks for ([Get Blob]). The other forms of a range are passed over.
///
/// [Get Blob]: https://learn.microsoft.com/rest/api/storageservices/get-blob
fn part(blobs: &Blobs, path: &str, headers: &HeaderMap) -> Result<Response, BlobError> {
    let range = ["x-ms-range", "range"].iter().find_map(|name| headers.get(*name)?.to_str().ok());
    let range = range.and_then(|text| {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
        let first: u64 = first.parse().ok()?;
        (first <= last).then_some((first, last))
    });
    let asked = |about: About| match range {
        Some((first, last)) => first..last.saturating_add(1).min(about.len),
        None => 0..about.len,
    };
    let (content, about) = blobs.part(path, asked).ok_or(BlobError::NotFound)?;
    let status = match range {
        Some((first, _)) if first >= about.len => return Err(BlobError::Range(about.len)),
        Some(_) => StatusCode::PARTIAL_CONTENT,
        None => StatusCode::OK,
    };
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::ACCEPT_RANGES, "bytes")],
        [(header::ETAG, about.etag()), (header::LAST_MODIFIED, http_date(about.modified))],
        [("x-ms-blob-type", about.kind())],
        content,
    )
        .into_response();
    if let Some((first, last)) = range {
        let last = last.min(about.len - 1);
        let range = HeaderValue::try_from(format!("bytes {first}-{last}/{}", about.len));
        response.headers_mut().insert(header::CONTENT_RANGE, range.expect("numbers are header text"));
    }
    Ok(response)
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
    Query,
    /// The blob has so many bytes.
    Range(u64),
}

impl From<BlobDenied> for BlobError {
    fn from(denied: BlobDenied) -> BlobError {
        BlobError::Denied(denied)
    }
}

impl IntoResponse for BlobError {
    fn into_response(self) -> Response {
        let size = if let BlobError::Range(size) = self { Some(size) } else { None };
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
            BlobError::Query => (
                StatusCode::BAD_REQUEST,
                "InvalidQueryParameterValue",
                "Value for one of the query parameters specified in the request URI is invalid.",
            ),
            BlobError::Range(_) => (
                StatusCode::RANGE_NOT_SATISFIABLE,
                "InvalidRange",
                "The range specified is invalid for the current size of the resource.",
            ),
        };
        let id = guid();
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}\nRequestId:{id}</Message>\
             </Error>"
        );
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/xml")],
            [("x-ms-error-code", code), ("x-ms-request-id", &*id)],
            xml,
        )
            .into_response();
        if let Some(size) = size {
            let range = HeaderValue::try_from(format!("bytes */{size}")).expect("numbers are header text");
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
        response
    }
}
