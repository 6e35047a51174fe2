//! The data plane: whether a request may do what it asks for, and who answers it.

use super::asked::Asked;
use super::call::Call;
use super::error_answer::ErrorAnswer;
use super::operation::{self, Found, Sends};
use super::sas::{self, NotLetIn};
use crate::model::refusal::{Reason, Refusal};
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use crate::rules;
use crate::rules::access_rule::Claim;
use crate::rules::size;
use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use time::OffsetDateTime;

pub(crate) fn answer(
    namespace: &Namespace,
    asked: &Asked,
    found: &Found,
    body: Result<Bytes, ErrorAnswer>,
) -> Result<Response<Body>, ErrorAnswer> {
    let operation = found.operation;
    let api_version = asked
        .query("api-version")
        .ok_or_else(|| ErrorAnswer::bad_request("The api-version in the query string is missing."))?;
    rules::api_version::check(&api_version)?;
    let hub = namespace.hub(&found.hub_name);
    authorize(namespace, hub.as_deref(), asked, operation.claim)?;
    if let (Some(_), Some(newest)) = (&hub, &namespace.newest_api_version) {
        rules::api_version::check_newest(&api_version, newest)?;
    }
    if operation.is_of_a_hub() {
        let hub = hub.as_ref().ok_or_else(Refusal::no_such_hub)?;
        if hub.state_at(namespace.clock.now()).description.is_disabled() {
            return Err(ErrorAnswer::forbidden());
        }
    }
    if namespace.tier < operation.tier {
        // Contract: NotificationHubOperationNotAllowedForSKU; dotnet#200.
        let words = "SubCode=40300. This operation is not available for your tier";
        return Err(Refusal::new(Reason::Forbidden, words).into());
    }
    if operation.keeps {
        // What cannot be kept is not begun.
        namespace.data.check()?;
    }
    if let Some(sends) = operation.sends {
        let is_test = sends == Sends::ToTest;
        let taken = namespace.throttle.take(&found.hub_name, is_test, namespace.clock.now());
        taken.map_err(|refusal| {
            namespace.counts.throttled(is_test);
            ErrorAnswer::from(refusal).for_version(&api_version)
        })?;
    }
    let body = body?;
    (operation.run)(&Call {
        namespace,
        hub_name: &found.hub_name,
        found: hub.as_deref(),
        id: &found.id,
        asked,
        api_version: &api_version,
        body: &body,
    })
}

/// How large a body is read. A large one is kept only for whoever may send it.
pub(crate) fn longest_body(namespace: &Namespace, asked: &Asked) -> usize {
    let Ok(Found { operation, hub_name, .. }) = operation::find(asked) else { return size::BODY };
    let may = || authorize(namespace, namespace.hub(&hub_name).as_deref(), asked, operation.claim).is_ok();
    if operation.longest_body > size::BODY && may() { operation.longest_body } else { size::BODY }
}

/// A key may be the namespace's or the hub's.
fn authorize(
    namespace: &Namespace,
    hub: Option<&Hub>,
    asked: &Asked,
    claim: Claim,
) -> Result<(), ErrorAnswer> {
    let authorization = asked.header(header::AUTHORIZATION.as_str());
    let now = OffsetDateTime::now_utc();
    let own = hub.map(|hub| hub.state().description.rules.clone()).unwrap_or_default();
    let rules = [&namespace.rule].into_iter().chain(&own);
    let checked = sas::check(rules, authorization.as_deref(), &asked.host, &asked.path_and_query, claim, now);
    checked.map_err(|refused| match refused {
        NotLetIn::Unauthorized(detail) => ErrorAnswer::new(StatusCode::UNAUTHORIZED, detail),
        NotLetIn::Forbidden => ErrorAnswer::forbidden(),
    })
}
