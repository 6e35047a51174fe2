//! Who may ask. Loopback may, unless a token is set; then whoever shows it. No page of another site may, in a browser's name.

use super::json::Fault;
use crate::caller::{Peer, host};
use crate::page;
use crate::service::Service;
use crate::storage;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::net::IpAddr;
use std::sync::Arc;

const COOKIE: &str = "nh-emulator=";

pub(super) async fn guard(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    if let Err(fault) = names_here(&head, &service.host) {
        return fault.into_response();
    }
    if is_signed(&head) {
        return next.run(Request::from_parts(head, body)).await;
    }
    match &service.control_token {
        None if !head
            .extensions
            .get::<Peer>()
            .is_some_and(|Peer(peer)| peer.ip().to_canonical().is_loopback()) =>
        {
            let error = "only loopback may ask; set a control token to let others in";
            return Fault::new(StatusCode::FORBIDDEN, error).into_response();
        }
        None => {}
        Some(token) => match shown(&head) {
            // A browser shows it once, and then has a cookie.
            Shown::Query(shown) if same(&shown, token) => {
                let mut response = page::redirect();
                let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
                let cookie = format!("{COOKIE}{token}; Path=/$emulator; HttpOnly; SameSite=Strict");
                let cookie = HeaderValue::try_from(cookie).expect("what is percent-encoded is ASCII");
                response.headers_mut().insert(header::SET_COOKIE, cookie);
                return response;
            }
            Shown::Header(shown) if same(&shown, token) => {}
            // Files that are the same for everyone. The page itself says that it needs the token.
            Shown::Header(_) | Shown::Nowhere if page::is_file(&head.method, head.uri.path()) => {}
            _ => {
                let error =
                    "show the control token: Authorization: Bearer TOKEN, or open /$emulator/?token=TOKEN";
                return Fault::new(StatusCode::UNAUTHORIZED, error).into_response();
            }
        },
    }
    let response = next.run(Request::from_parts(head, body)).await;
    match service.data.settled().await {
        Ok(()) => response,
        Err(refusal) => Fault::from(refusal).into_response(),
    }
}

/// The URL of a container is a right of its own.
fn is_signed(head: &Parts) -> bool {
    head.uri.path().starts_with(storage::PATH)
        && head.uri.query().unwrap_or_default().split('&').any(|pair| pair == storage::SIGNATURE)
}

/// A name that another site could have pointed here is no name of the emulator, and a page of another site says so itself.
fn names_here(head: &Parts, name: &str) -> Result<(), Fault> {
    let authority = host(head);
    let bare = match authority.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|b| b.is_ascii_digit()) => bare,
        _ => authority,
    };
    let address = bare.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let here = bare.eq_ignore_ascii_case("localhost") || bare.eq_ignore_ascii_case(name) || address.is_ok();
    if !here {
        let error = format!("'{bare}' is no name of this emulator");
        return Err(Fault::new(StatusCode::FORBIDDEN, error));
    }
    let Some(origin) = head.headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = String::from_utf8_lossy(origin.as_bytes());
    match origin.split_once("://") {
        Some(("http" | "https", origin)) if origin.eq_ignore_ascii_case(authority) => Ok(()),
        _ => Err(Fault::new(StatusCode::FORBIDDEN, format!("a page of '{origin}' may not ask"))),
    }
}

/// Where a token was shown.
enum Shown {
    Header(String),
    Query(String),
    Nowhere,
}

fn shown(head: &Parts) -> Shown {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(token) = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
        return Shown::Header(token.to_owned());
    }
    let mut query = head.uri.query().unwrap_or_default().split('&');
    if let Some(token) = query.find_map(|pair| pair.strip_prefix("token=")) {
        return Shown::Query(decode(token));
    }
    let mut cookies = text(header::COOKIE).unwrap_or_default().split("; ");
    match cookies.find_map(|cookie| cookie.strip_prefix(COOKIE)) {
        Some(token) => Shown::Header(decode(token)),
        None => Shown::Nowhere,
    }
}

/// In a time that does not tell how much of it is right.
fn same(shown: &str, token: &str) -> bool {
    let differences = shown.bytes().zip(token.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    shown.len() == token.len() && differences == 0
}
