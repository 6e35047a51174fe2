//! JSON in and out, and errors that say what would be right.

use crate::caller::small_body;
use crate::hub::Hub;
use crate::reply::Refusal;
use crate::ring::{Numbered, Ring};
use crate::service::Service;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::sync::Arc;
use tokio::task::block_in_place;

/// More is not read.
const MOST_BYTES: usize = 1024 * 1024;

/// `{"error": ".."}`
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    error: String,
}

impl Fault {
    pub(super) fn new(status: StatusCode, error: impl ToString) -> Fault {
        Fault { status, error: error.to_string() }
    }

    pub(super) fn bad_request(error: impl ToString) -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, error)
    }

    pub(super) fn not_found(error: impl ToString) -> Fault {
        Fault::new(StatusCode::NOT_FOUND, error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        Fault::new(refusal.status, refusal.detail.unwrap_or_else(|| "the service refuses it".to_owned()))
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        let kind = match fault.status {
            StatusCode::NOT_FOUND => io::ErrorKind::NotFound,
            _ => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, fault.error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (self.status, axum::Json(serde_json::json!({ "error": self.error }))).into_response()
    }
}

/// A JSON body. Only `application/json` is read: what a form of another site can send is not.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Json<T>, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json")) {
            let error = "the body is JSON: say Content-Type: application/json";
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        let body = small_body(request.into_body(), MOST_BYTES).await;
        let body = body.ok_or_else(|| Fault::bad_request("the body is larger than 1 MiB, or broke off"))?;
        serde_json::from_slice(&body).map(Json).map_err(|why| Fault::bad_request(format!("the body: {why}")))
    }
}

/// The hub of that name; without a name, the first one.
pub(super) fn hub(service: &Service, name: Option<&str>) -> Result<Arc<Hub>, Fault> {
    let name = name.unwrap_or(&service.first_hub);
    service.hub(name).ok_or_else(|| Fault::not_found(format!("there is no hub '{name}'")))
}

/// Text without regard to case.
pub(super) fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// The newest of a ring that fit.
pub(super) fn newest<T: Numbered + Serialize>(
    ring: &Ring<T>,
    limit: Option<usize>,
    before: Option<u64>,
    fits: impl Fn(&T) -> bool,
) -> Response {
    block_in_place(|| axum::Json(ring.newest(limit.unwrap_or(usize::MAX), before, fits)).into_response())
}

/// Does it fit a filter, if there is one?
pub(super) fn same(wanted: &Option<String>, is: Option<&str>) -> bool {
    wanted.as_deref().is_none_or(|wanted| is.is_some_and(|is| is.eq_ignore_ascii_case(wanted)))
}
