//! Answers in the shapes of the current gateway: recorded 2023 and 2024.

use crate::model::ids::guid;
use crate::model::logged_send::LoggedSend;
use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};

const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");
const CONTINUATION_TOKEN: HeaderName = HeaderName::from_static("x-ms-continuationtoken");
const ENTRY: HeaderValue = HeaderValue::from_static("application/atom+xml;type=entry;charset=utf-8");
const POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// What is told beside an answer to a send: it goes to the log, and not to the caller.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    pub(crate) send: LoggedSend,
    /// What will surprise on the real service.
    pub(crate) hints: Vec<String>,
}

/// 201 for a notification that is queued, and where to ask for it.
pub(crate) fn created(location: Option<String>, outcome: Option<String>, aside: Aside) -> Response<Body> {
    let mut response = response(StatusCode::CREATED, &guid(), outcome);
    response.extensions_mut().insert(aside);
    let headers = response.headers_mut();
    headers.insert(POWERED_BY, HeaderValue::from_static("Azure Notification Hubs"));
    if let Some(Ok(location)) = location.map(HeaderValue::try_from) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// 201 for something else that was made.
pub(crate) fn made(location: &str, entry: Option<String>) -> Response<Body> {
    let has_entry = entry.is_some();
    let mut response = response(StatusCode::CREATED, &guid(), entry);
    if has_entry {
        response.headers_mut().insert(header::CONTENT_TYPE, ENTRY);
    }
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 200 with a document.
pub(crate) fn found(document: String) -> Response<Body> {
    response(StatusCode::OK, &guid(), Some(document))
}

/// A page of a list. The token stands in a header, percent-encoded already (recorded).
pub(crate) fn page(document: String, token: Option<&str>) -> Response<Body> {
    let mut response = found(document);
    if let Some(Ok(token)) = token.map(HeaderValue::try_from) {
        response.headers_mut().insert(CONTINUATION_TOKEN, token);
    }
    response
}

/// 200 with the entry of what has been written (recorded 2023: what is only read is plain XML).
pub(crate) fn written(entry: String) -> Response<Body> {
    let mut response = found(entry);
    response.headers_mut().insert(header::CONTENT_TYPE, ENTRY);
    response
}

/// 200 with a document that is not XML.
pub(crate) fn found_as(content_type: &'static str, document: String) -> Response<Body> {
    let mut response = found(document);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// 200 without a body.
pub(crate) fn done() -> Response<Body> {
    response(StatusCode::OK, &guid(), None)
}

/// 204.
pub(crate) fn nothing() -> Response<Body> {
    let mut response = response(StatusCode::NO_CONTENT, &guid(), None);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

pub(super) fn response(status: StatusCode, tracking_id: &str, xml: Option<String>) -> Response<Body> {
    let has_body = xml.is_some();
    let mut response = Response::new(xml.map_or_else(Body::empty, Body::from));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let id = |id: &str| HeaderValue::try_from(id).expect("a guid is hexadecimal");
    headers.insert(TRACKING_ID, id(tracking_id));
    headers.insert(CORRELATION_ID, id(&guid()));
    if has_body {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml; charset=utf-8"));
    } else {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    response
}
