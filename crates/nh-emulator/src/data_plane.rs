//! The data plane: what a request asks for, whether it may, and who answers it.

use crate::notification::text;
use crate::operations;
use crate::reply::Refusal;
use crate::sas::{self, Claim};
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use time::OffsetDateTime;

/// What is known of a request before its body is read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
}

/// What a request may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    Send { test: bool },
    SendDirect { test: bool },
    SendDirectBatch,
    Schedule,
    CancelScheduled(String),
    GetNotificationDetails(String),
}

pub(crate) fn answer(service: &Arc<Service>, asked: &Asked, body: Bytes) -> Result<Response<Body>, Refusal> {
    let (hub, route) = route(asked)?;
    authorize(service, asked, Claim::Send)?;
    let hub = service.hubs.get(&hub.to_ascii_lowercase());
    let hub = hub.ok_or_else(|| Refusal::not_found("No service is hosted at the specified address."))?;
    let headers = &asked.headers;
    match route {
        Route::Send { test } => operations::send(service, hub, headers, body, test),
        Route::SendDirect { test } => operations::send_direct(service, hub, headers, body, test),
        Route::SendDirectBatch => operations::send_direct_batch(service, hub, headers, &body),
        Route::Schedule => operations::schedule(service, hub, headers, body),
        Route::CancelScheduled(id) => operations::cancel_scheduled(service, &id),
        Route::GetNotificationDetails(id) => operations::get_notification_details(service, hub, &id),
    }
}

/// The hub's name, and what is asked of it. The service's own words have no case; flags need no value.
fn route(asked: &Asked) -> Result<(String, Route), Refusal> {
    let (path, query) = asked.path_and_query.split_once('?').unwrap_or((&asked.path_and_query, ""));
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let words: Vec<String> = segments.iter().skip(1).map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let name = |pair: &str| decode(pair.split('=').next().unwrap_or_default()).to_ascii_lowercase();
    let names: Vec<String> = query.split('&').map(name).collect();
    let has = |name: &str| names.iter().any(|n| n == name);

    let found = match (&asked.method, words.as_slice()) {
        (&Method::POST, ["messages"]) if has("direct") => Route::SendDirect { test: has("test") },
        (&Method::POST, ["messages"]) => Route::Send { test: has("test") },
        (&Method::POST, ["messages", "$batch"]) => Route::SendDirectBatch,
        (&Method::POST, ["schedulednotifications"]) => Route::Schedule,
        (&Method::DELETE, ["schedulednotifications", _]) => Route::CancelScheduled(segments[2].clone()),
        (&Method::GET, ["messages", _]) => Route::GetNotificationDetails(segments[2].clone()),
        (_, ["messages" | "schedulednotifications", ..]) => {
            let detail = "The specified HTTP verb is not valid.";
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, detail));
        }
        _ => {
            return Err(Refusal::not_found(
                "The resource does not exist, or this emulator does not have it yet.",
            ));
        }
    };
    if !has("api-version") {
        return Err(Refusal::bad_request("The api-version in the query string is missing."));
    }
    Ok((segments[0].clone(), found))
}

fn authorize(service: &Service, asked: &Asked, claim: Claim) -> Result<(), Refusal> {
    let host = text(&asked.headers, header::HOST.as_str()).unwrap_or_default();
    let authorization = text(&asked.headers, header::AUTHORIZATION.as_str());
    let now = OffsetDateTime::now_utc();
    let checked = sas::check(&service.rules, authorization, host, &asked.path_and_query, claim, now);
    checked.map_err(|refusal| match refusal {
        sas::Refusal::Unauthorized(detail) => Refusal::new(StatusCode::UNAUTHORIZED, detail),
        sas::Refusal::Forbidden => Refusal { status: StatusCode::FORBIDDEN, detail: None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks_for(method: Method, path_and_query: &str) -> Result<Route, u16> {
        let asked = Asked { method, path_and_query: path_and_query.into(), headers: HeaderMap::new() };
        route(&asked).map(|(_, route)| route).map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn routes_as_sdks_write_them() {
        for (path, found) in [
            ("/h/messages?api-version=1", Route::Send { test: false }),
            ("/h/Messages/?api-version=1&test", Route::Send { test: true }),
            ("/h/messages?test=true&api-version=1", Route::Send { test: true }),
            ("/h/messages?direct=true&api-version=1", Route::SendDirect { test: false }),
            ("/h/messages/$batch?direct&api-version=1", Route::SendDirectBatch),
            ("/h/messages/%24batch/?direct=true&api-version=1", Route::SendDirectBatch),
            ("/h/schedulednotifications?api-version=1", Route::Schedule),
        ] {
            assert_eq!(asks_for(Method::POST, path), Ok(found), "{path}");
        }
        assert_eq!(
            asks_for(Method::DELETE, "/h/scheduledNotifications/a%2Fb?api-version=1"),
            Ok(Route::CancelScheduled("a/b".into()))
        );
    }

    #[test]
    fn other_paths_and_verbs() {
        assert_eq!(asks_for(Method::POST, "/h/messages"), Err(400));
        assert_eq!(asks_for(Method::GET, "/h/schedulednotifications?api-version=1"), Err(405));
        assert_eq!(asks_for(Method::GET, "/h/nothing?api-version=1"), Err(404));
        assert_eq!(asks_for(Method::GET, "/"), Err(404));
    }
}
