//! The spans of a call and of its attempts, with the names of OpenTelemetry's conventions for HTTP clients. No header, no body
//! and no value of a query, which may be a handle, is in them.

use crate::call::Call;
use crate::error::Error;
use http::{Request, Uri};
use nh_core::TrackingId;
use nh_core::retry::Fate;
use tracing::{Span, field};

pub(crate) fn call(call: &dyn Call) -> Span {
    tracing::info_span!(
        "nh.call",
        "otel.name" = call.name(),
        "otel.status_code" = field::Empty,
        "nh.operation" = call.name(),
        "nh.hub" = %call.target(),
        "nh.attempts" = field::Empty,
        "nh.fate" = field::Empty,
        "nh.tracking_id" = field::Empty,
        "error.type" = field::Empty,
    )
}

/// Says of a call's span why it gave nothing.
pub(crate) fn failed(span: &Span, error: &Error) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", &*error.kind());
    span.record("nh.fate", fate_name(error.fate()));
    if let Some(id) = error.tracking_id() {
        span.record("nh.tracking_id", id);
    }
}

pub(crate) fn attempt<B>(
    request: &Request<B>,
    number: u32,
    tracking_id: TrackingId,
    call: &dyn Call,
) -> Span {
    let uri = request.uri();
    tracing::info_span!(
        "nh.attempt",
        "otel.name" = request.method().as_str(),
        "otel.kind" = "client",
        "otel.status_code" = field::Empty,
        "http.request.method" = request.method().as_str(),
        "http.request.resend_count" = number - 1,
        "http.response.status_code" = field::Empty,
        "url.full" = %redacted(uri),
        "url.scheme" = uri.scheme_str(),
        "url.path" = uri.path(),
        "server.address" = uri.host(),
        "server.port" = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 }),
        "nh.operation" = call.name(),
        "nh.hub" = %call.target(),
        "nh.tracking_id" = %tracking_id,
        "nh.fate" = field::Empty,
        "error.type" = field::Empty,
    )
}

/// Says of an attempt's span that it did not succeed.
pub(crate) fn attempt_failed(span: &Span, why: &str, fate: Fate) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", why);
    span.record("nh.fate", fate_name(fate));
}

/// The whole URL, but for what is asked of it.
fn redacted(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("https");
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let mut text = format!("{scheme}://{authority}{}", uri.path());
    for (i, field) in uri.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        match field.split_once('=') {
            Some((name, _)) => text.extend([name, "=REDACTED"]),
            None => text.push_str(field),
        }
    }
    text
}

pub(crate) fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::NotDone { .. } => "not_done",
        Fate::Final => "final",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_shown_without_its_values() {
        let uri = Uri::from_static("https://a.net/news/registrations?test&$filter=sesame&$top=1");
        assert_eq!(redacted(&uri), "https://a.net/news/registrations?test&$filter=REDACTED&$top=REDACTED");
        assert_eq!(redacted(&Uri::from_static("http://[::1]:80/news")), "http://[::1]:80/news");
    }
}
