//! JSON in and out, and errors that say what would be right.

use crate::caller::{NoBody, small_body};
use crate::model::refusal::{Reason, Refusal};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// More is not read.
const MAX_BYTES: usize = 1024 * 1024;

/// `{"error": ".."}`
#[derive(Debug)]
pub(crate) struct ControlError {
    status: StatusCode,
    error: String,
}

impl ControlError {
    pub(super) fn new(status: StatusCode, error: impl ToString) -> ControlError {
        ControlError { status, error: error.to_string() }
    }

    pub(super) fn bad_request(error: impl ToString) -> ControlError {
        ControlError::new(StatusCode::BAD_REQUEST, error)
    }

    pub(super) fn not_found(error: impl ToString) -> ControlError {
        ControlError::new(StatusCode::NOT_FOUND, error)
    }
}

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> ControlError {
        let status = match refusal.reason {
            Reason::NotFound => StatusCode::NOT_FOUND,
            Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Reason::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Reason::Forbidden => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        ControlError::new(status, refusal.words.unwrap_or_else(|| "the service refuses it".to_owned()))
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(serde_json::json!({ "error": self.error }))).into_response()
    }
}

/// A JSON body. Only `application/json` is read: what a form of another site can send is not.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, _: &S) -> Result<Json<T>, ControlError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json")) {
            let error = "the body is JSON: say Content-Type: application/json";
            return Err(ControlError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        let body = small_body(request.into_body(), MAX_BYTES).await.map_err(|why| match why {
            NoBody::TooLarge => {
                ControlError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB")
            }
            NoBody::BrokeOff => ControlError::bad_request("the body broke off"),
        })?;
        serde_json::from_slice(&body).map(Json).map_err(|why| {
            ControlError::bad_request(format!("the body: {}", in_plain_words(&why.to_string())))
        })
    }
}

/// The parameters of a query.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ControlError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, ControlError> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(query)| Query(query)).map_err(|why| {
            let why = why.body_text();
            let why = why.strip_prefix("Failed to deserialize query string: ").unwrap_or(&why);
            ControlError::bad_request(format!("the query: {}", in_plain_words(why)))
        })
    }
}

/// What a reader of JSON or of a query says, without the words of Rust.
pub(super) fn in_plain_words(why: &str) -> String {
    const WORDS: [(&str, &str); 9] = [
        ("EOF while parsing", "it ends within"),
        ("invalid digit found in string", "not a whole number from 0 on"),
        ("number too large to fit in target type", "too large a number"),
        ("expected usize", "expected a whole number from 0 on"),
        ("expected u64", "expected a whole number from 0 on"),
        ("expected u16", "expected a whole number from 0 on"),
        ("expected i64", "expected a whole number"),
        ("expected a sequence", "expected an array"),
        ("invalid type: map", "invalid type: object"),
    ];
    let why = WORDS.iter().fold(why.to_owned(), |why, (rust, plain)| why.replace(rust, plain));
    match why.split_once("expected struct ") {
        Some((before, after)) => {
            let (_, rest) = after.split_at(after.find(' ').unwrap_or(after.len()));
            format!("{before}expected an object{rest}")
        }
        None => why,
    }
}

/// JSON lines, one a thing, for a file of this name.
pub(super) fn json_lines<T: Serialize>(file: &str, all: &[T]) -> Response {
    let mut lines = Vec::new();
    for one in all {
        serde_json::to_writer(&mut lines, one).expect("texts, numbers and times are JSON");
        lines.push(b'\n');
    }
    let attached = format!("attachment; filename=\"{file}\"");
    let headers = [(header::CONTENT_TYPE, "application/jsonl"), (header::CONTENT_DISPOSITION, &attached)];
    (headers, lines).into_response()
}

/// Does it fit a filter, if there is one?
pub(super) fn same(wanted: &Option<String>, is: Option<&str>) -> bool {
    wanted.as_deref().is_none_or(|wanted| is.is_some_and(|is| is.eq_ignore_ascii_case(wanted)))
}
