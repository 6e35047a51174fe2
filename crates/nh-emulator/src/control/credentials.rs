//! What a line of curl needs that somebody pastes into a shell.

use super::authority::Authority;
use super::json::{ControlError, Query};
use crate::app::App;
use crate::rest::sas;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Where the certificate authority is. It is no secret.
pub(super) const CA_PATH: &str = "/$emulator/ca.pem";

/// So long a token is good.
const LIFETIME: Duration = Duration::hours(24);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HubOfToken {
    hub: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Token {
    token: String,
    #[serde(with = "time::serde::rfc3339")]
    expires: OffsetDateTime,
}

/// `GET /$emulator/ca.pem`
pub(super) async fn ca(State(app): State<Arc<App>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/x-pem-file"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"nh-emulator-ca.pem\""),
    ];
    (headers, app.ca_pem.clone()).into_response()
}

/// `GET /$emulator/token`
pub(super) async fn token(
    State(app): State<Arc<App>>,
    Authority(authority): Authority,
    Query(HubOfToken { hub }): Query<HubOfToken>,
) -> Result<axum::Json<Token>, ControlError> {
    let namespace = &app.namespace;
    let hub = namespace.hub_or_first(hub.as_deref())?;
    // The expiry of tokens goes by the system's time.
    let expires = OffsetDateTime::now_utc() + LIFETIME;
    let resource = format!("https://{authority}/{}", hub.name);
    Ok(axum::Json(Token { token: sas::token(&namespace.full_rule(&hub.name), &resource, expires), expires }))
}
