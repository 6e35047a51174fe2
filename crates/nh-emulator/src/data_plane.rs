//! The data plane: whether a request may do what it asks for, and who answers it.

use crate::hub::Hub;
use crate::notification::text;
use crate::operation::{Call, Found, Sends};
use crate::reply::Refusal;
use crate::rules;
use crate::sas::{self, Claim};
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;

/// What is known of a request before its body is read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Host and port.
    pub(crate) host: String,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    /// A parameter of the query, decoded as form data. Names have no case, flags need no value.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(known, _)| decode(known).eq_ignore_ascii_case(name)).map(|(_, value)| decode(value))
    }

    /// A parameter that is a number.
    ///
    /// # Errors
    /// 400: it is none, or less than `least`.
    pub(crate) fn number(&self, name: &str, least: usize) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.query(name) else { return Ok(None) };
        match text.parse::<usize>() {
            Ok(number) if number >= least => Ok(Some(number)),
            // The Java SDK asks for as many as an int counts; more than memory holds is all of them.
            Err(why) if *why.kind() == std::num::IntErrorKind::PosOverflow => Ok(Some(usize::MAX)),
            _ => Err(Refusal::bad_request(format!("The {name} '{text}' is no number from {least} on."))),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        text(&self.headers, name)
    }

    /// # Errors
    /// 400: a `Content-Type` that is missing, or none of those allowed.
    pub(crate) fn check_content_type(&self, allowed: &[&str]) -> Result<(), Refusal> {
        Ok(rules::content_type::check(self.header(header::CONTENT_TYPE.as_str()), allowed)?)
    }
}

pub(crate) fn answer(
    service: &Service,
    asked: &Asked,
    found: &Found,
    body: Result<Bytes, Refusal>,
) -> Result<Response<Body>, Refusal> {
    let operation = found.operation;
    let api_version = asked
        .query("api-version")
        .ok_or_else(|| Refusal::bad_request("The api-version in the query string is missing."))?;
    rules::api_version::check(&api_version)?;
    let hub = service.hub(&found.hub_name);
    authorize(service, hub.as_deref(), asked, operation.claim)?;
    if operation.is_of_a_hub() {
        let hub = hub.as_ref();
        let hub = hub.ok_or_else(|| Refusal::not_found("No service is hosted at the specified address."))?;
        if hub.state_at(service.clock.now()).description.is_disabled() {
            return Err(Refusal::forbidden());
        }
    }
    if service.tier < operation.tier {
        // Contract: NotificationHubOperationNotAllowedForSKU; dotnet#200.
        let detail = "SubCode=40300. This operation is not available for your tier";
        return Err(Refusal::new(StatusCode::FORBIDDEN, detail));
    }
    if let Some(sends) = operation.sends {
        service.throttle.take(&found.hub_name, sends == Sends::ToTest, &api_version, service.clock.now())?;
    }
    let body = body?;
    if body.len() > operation.longest_body {
        return Err(Refusal::too_large());
    }
    (operation.run)(&Call {
        service,
        hub_name: &found.hub_name,
        found: hub.as_deref(),
        id: &found.id,
        asked,
        api_version: &api_version,
        body: &body,
    })
}

/// A key may be the namespace's or the hub's.
fn authorize(service: &Service, hub: Option<&Hub>, asked: &Asked, claim: Claim) -> Result<(), Refusal> {
    let authorization = asked.header(header::AUTHORIZATION.as_str());
    let now = OffsetDateTime::now_utc();
    let own = hub.map(|hub| hub.state().description.rules.clone()).unwrap_or_default();
    let rules = [&service.rule].into_iter().chain(&own);
    let checked = sas::check(rules, authorization, &asked.host, &asked.path_and_query, claim, now);
    checked.map_err(|refusal| match refusal {
        sas::Refusal::Unauthorized(detail) => Refusal::new(StatusCode::UNAUTHORIZED, detail),
        sas::Refusal::Forbidden => Refusal::forbidden(),
    })
}
