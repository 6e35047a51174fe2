//! Answers in the shapes of the current gateway: recorded 2023 and 2024.

use crate::rules::{Breach, size};
use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use time::OffsetDateTime;
use time::macros::format_description;

const TRACKING_ID: HeaderName = HeaderName::from_static("trackingid");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");
const CONTINUATION_TOKEN: HeaderName = HeaderName::from_static("x-ms-continuationtoken");
const ENTRY: HeaderValue = HeaderValue::from_static("application/atom+xml;type=entry;charset=utf-8");
const POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// An answer other than success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// `None`: no body.
    pub(crate) detail: Option<String>,
    /// Seconds after which to try again.
    pub(crate) retry_after: Option<u64>,
    /// The methods that the path takes.
    pub(crate) allow: Option<String>,
}

impl From<Breach> for Refusal {
    fn from(breach: Breach) -> Refusal {
        Refusal::bad_request(breach.to_string())
    }
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Refusal {
        Refusal { status, detail: Some(detail.into()), retry_after: None, allow: None }
    }

    /// 403 without a body, as the current gateway answers who lacks a right (recorded).
    pub(crate) fn forbidden() -> Refusal {
        Refusal { detail: None, ..Refusal::new(StatusCode::FORBIDDEN, "") }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn method_not_allowed(methods: &[&str]) -> Refusal {
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "The specified HTTP verb is not valid.");
        Refusal { allow: Some(methods.join(", ")), ..refusal }
    }

    pub(crate) fn too_large() -> Refusal {
        let kilobytes = size::BODY / 1024;
        let detail = format!("SubCode=41300. The request body is larger than {kilobytes} KB.");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let tracking_id = guid();
        let body = self.detail.map(|detail| {
            let detail = quick_xml::escape::escape(detail);
            let time = time_stamp(OffsetDateTime::now_utc());
            format!(
                "<Error><Code>{}</Code><Detail>{detail}.TrackingId:{tracking_id},TimeStamp:{time}</Detail></Error>",
                self.status.as_u16()
            )
        });
        let mut response = response(self.status, &tracking_id, body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(Ok(methods)) = self.allow.map(HeaderValue::try_from) {
            response.headers_mut().insert(header::ALLOW, methods);
        }
        response
    }
}

/// `10/14/2022 4:10:33 PM +00:00`
fn time_stamp(now: OffsetDateTime) -> String {
    let format = format_description!(
        "[month padding:none]/[day padding:none]/[year] [hour repr:12 padding:none]:[minute]:[second] [period case:upper] +00:00"
    );
    now.format(format).expect("the system's time has a month and an hour")
}

/// The id of a notification that has been sent, beside the answer.
#[derive(Clone, Debug)]
pub(crate) struct NotificationId(pub(crate) String);

/// 201 for a notification that is queued, and where to ask for it.
pub(crate) fn created(id: &str, location: Option<String>, outcome: Option<String>) -> Response<Body> {
    let mut response = response(StatusCode::CREATED, &guid(), outcome);
    response.extensions_mut().insert(NotificationId(id.to_owned()));
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

fn response(status: StatusCode, tracking_id: &str, xml: Option<String>) -> Response<Body> {
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

/// A random GUID (RFC 9562, version 4).
pub(crate) fn guid() -> String {
    let random = fastrand::u128(..);
    let random = random & !(0xF << 76) | 4 << 76;
    let random = random & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{random:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_time_is_written_as_recorded() {
        assert_eq!(time_stamp(datetime!(2022-10-14 16:10:33 UTC)), "10/14/2022 4:10:33 PM +00:00");
        assert_eq!(time_stamp(datetime!(2018-01-07 00:18:37 UTC)), "1/7/2018 12:18:37 AM +00:00");
    }

    #[test]
    fn guids_have_a_version_and_a_variant() {
        for _ in 0..100 {
            let guid = guid();
            let bytes = guid.as_bytes();
            assert!(guid.len() == 36 && bytes[14] == b'4' && b"89ab".contains(&bytes[19]), "{guid}");
        }
    }
}
