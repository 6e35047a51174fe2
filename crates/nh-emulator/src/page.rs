//! The inbox page: a few static files, compiled in.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};

/// `/$emulator/`
pub(crate) fn page() -> Response<Body> {
    Response::new(Body::from("<!doctype html><title>nh emulator</title>"))
}

/// `/$emulator/assets/{name}`
pub(crate) fn asset(_name: &str) -> Option<Response<Body>> {
    None
}

/// To the page.
pub(crate) fn redirect() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/$emulator/"));
    response
}
