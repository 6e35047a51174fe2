//! Who may ask. Loopback may, unless a token is set; then whoever shows it. No page of another site may, in a browser's name.

use super::credentials::CA_PATH;
use super::health::HEALTH_PATH;
use super::json::ControlError;
use crate::app::App;
use crate::caller::{Peer, host, split_port};
use crate::control_token::{ControlAccess, ControlToken};
use crate::namespace::blobs;
use crate::page;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::sync::Arc;

/// Where a browser says from which site a request comes (<https://www.w3.org/TR/fetch-metadata/>).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let mut response = match turned_away(&head, &app) {
        Some(response) => response,
        None => next.run(Request::from_parts(head, body)).await,
    };
    // What is asked for as a picture or a script shows nothing either.
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// What is answered to who may not ask; `None`: he may.
fn turned_away(head: &Parts, app: &App) -> Option<Response> {
    if let Err(fault) = asks_here(head, &app.host) {
        return Some(fault.into_response());
    }
    // The storage's own signatures say who may.
    if head.uri.path().starts_with(blobs::PATH) {
        return None;
    }
    // Whoever watches over a container asks from elsewhere, and has no token.
    if head.method == Method::GET && head.uri.path() == HEALTH_PATH {
        return None;
    }
    match &app.access {
        ControlAccess::Everyone => None,
        ControlAccess::Loopback if is_near(head) => None,
        ControlAccess::Loopback => {
            let error = "only loopback may ask; set a control token to let others in, or open the control API to everyone";
            Some(ControlError::new(StatusCode::FORBIDDEN, error).into_response())
        }
        ControlAccess::Token(token) => without_token(head, token),
    }
}

/// A name that another site could have pointed here is no name of the emulator, and a browser says when a page of another site
/// asks. Following a link is no asking.
fn asks_here(head: &Parts, name: &str) -> Result<(), ControlError> {
    let forbidden = |error: String| Err(ControlError::new(StatusCode::FORBIDDEN, error));
    let authority = host(head);
    let (bare, _) = split_port(authority);
    let address = bare.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if !(bare.eq_ignore_ascii_case("localhost") || bare.eq_ignore_ascii_case(name) || address.is_ok()) {
        return forbidden(format!(
            "'{bare}' is no name of this emulator; ask for localhost, an address, or '{name}'"
        ));
    }
    let text =
        |name: &HeaderName| head.headers.get(name).map(|text| String::from_utf8_lossy(text.as_bytes()));
    if let Some(origin) = text(&header::ORIGIN) {
        let own = matches!(origin.split_once("://"), Some(("http" | "https", origin)) if origin.eq_ignore_ascii_case(authority));
        if !own {
            return forbidden(format!("a page of '{origin}' may not ask"));
        }
    }
    let elsewhere = text(&FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none");
    let follows_a_link =
        head.method == Method::GET && text(&FETCH_MODE).is_some_and(|mode| mode == "navigate");
    if elsewhere && !follows_a_link {
        return forbidden("a page of another site may not ask".to_owned());
    }
    Ok(())
}

fn is_near(head: &Parts) -> bool {
    head.extensions.get::<Peer>().is_some_and(|peer| peer.address.ip().to_canonical().is_loopback())
}

fn without_token(head: &Parts, token: &ControlToken) -> Option<Response> {
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
    let mut query = head.uri.query().unwrap_or_default().split('&');
    let in_query = query.find_map(|pair| pair.strip_prefix("token="));
    let good = match (bearer, in_query) {
        (Some((_, shown)), _) => token.is(shown.trim()),
        (None, Some(shown)) if token.is(&percent_decode_str(shown).decode_utf8_lossy()) => {
            // A browser shows it once and then has a cookie; in its address line and history it has no business.
            let mut response = page::redirect();
            response.headers_mut().insert(header::SET_COOKIE, token.set_cookie());
            return Some(response);
        }
        (None, Some(_)) => false,
        (None, None) => token.is_in(text(header::COOKIE).unwrap_or_default()),
    };
    // Files that are the same for everyone may be had. The page itself says that it needs the token.
    let path = head.uri.path();
    let is_open = page::is_file(&head.method, path) || (head.method == Method::GET && path == CA_PATH);
    if good || (in_query.is_none() && is_open) {
        return None;
    }
    let error = "show the control token: Authorization: Bearer TOKEN, or open /$emulator/?token=TOKEN";
    let mut response = ControlError::new(StatusCode::UNAUTHORIZED, error).into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;
    use std::net::Ipv4Addr;

    #[test]
    fn who_is_not_near_is_let_in_by_a_token_or_where_everyone_is() {
        let asked = |app: &App, path: &str, bearer: Option<&str>| {
            let peer = Peer { address: (Ipv4Addr::new(172, 17, 0, 1), 1).into(), over_tls: false };
            let mut request =
                Request::builder().uri(path).header(header::HOST, "localhost:49153").extension(peer);
            if let Some(token) = bearer {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            turned_away(&request.body(()).unwrap().into_parts().0, app)
                .map(|response| response.status().as_u16())
        };
        let builder = Emulator::builder;
        let shut = builder().start_blocking().unwrap();
        let open = builder().open_control(true).start_blocking().unwrap();
        let locked = builder().open_control(true).control_token("sesame").start_blocking().unwrap();
        for (path, of_shut, of_locked) in [
            ("/$emulator/status", Some(403), Some(401)),
            (CA_PATH, Some(403), None),
            (HEALTH_PATH, None, None),
        ] {
            assert_eq!(asked(&shut.app, path, None), of_shut, "{path}");
            assert_eq!(asked(&open.app, path, None), None, "{path}");
            assert_eq!(asked(&locked.app, path, None), of_locked, "{path}");
            assert_eq!(asked(&locked.app, path, Some("sesame")), None, "{path}");
        }
    }
}
