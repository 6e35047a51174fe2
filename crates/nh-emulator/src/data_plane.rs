//! The data plane: what a request asks for, whether it may, and who answers it.

use crate::hub::Hub;
use crate::notification::text;
use crate::operations;
use crate::reply::Refusal;
use crate::sas::{self, Claim};
use crate::service::Service;
use crate::tier::Tier;
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
    /// Host and port.
    pub(crate) host: String,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    /// A parameter of the query, decoded as form data. Names have no case.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(known, _)| decode(known).eq_ignore_ascii_case(name)).map(|(_, value)| decode(value))
    }
}

/// What a request may ask for: of the namespace, or of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    ListHubs,
    PutHub,
    GetHub,
    DeleteHub,
    Send { test: bool },
    SendDirect { test: bool },
    SendDirectBatch,
    Schedule,
    CancelScheduled(String),
    GetNotificationDetails(String),
    GetFeedbackContainer,
    PutInstallation(String),
    GetInstallation(String),
    PatchInstallation(String),
    DeleteInstallation(String),
    CreateRegistrationId,
    CreateRegistration,
    PutRegistration(String),
    GetRegistration(String),
    DeleteRegistration(String),
    ListRegistrations,
    ListRegistrationsByTag(String),
    SubmitJob,
    GetJob(String),
    ListJobs,
}

impl Route {
    /// Does it change which devices there are?
    pub(crate) fn changes_devices(&self) -> bool {
        matches!(
            self,
            Route::PutHub
                | Route::DeleteHub
                | Route::PutInstallation(_)
                | Route::PatchInstallation(_)
                | Route::DeleteInstallation(_)
                | Route::CreateRegistration
                | Route::PutRegistration(_)
                | Route::DeleteRegistration(_)
                | Route::SubmitJob
        )
    }

    /// Do its bodies carry keys, credentials or signed URLs?
    pub(crate) fn is_confidential(&self) -> bool {
        matches!(
            self,
            Route::ListHubs
                | Route::PutHub
                | Route::GetHub
                | Route::GetFeedbackContainer
                | Route::SubmitJob
                | Route::GetJob(_)
                | Route::ListJobs
        )
    }

    /// The right that it needs, as far as it is documented. Reading telemetry and feedback goes with sending here, and jobs
    /// with managing: no document says.
    fn claim(&self, asked: &Asked) -> Claim {
        match self {
            Route::Send { .. }
            | Route::SendDirect { .. }
            | Route::SendDirectBatch
            | Route::Schedule
            | Route::CancelScheduled(_)
            | Route::GetNotificationDetails(_)
            | Route::GetFeedbackContainer => Claim::Send,
            Route::ListRegistrations if asked.query("$filter").is_none() => Claim::Manage,
            Route::ListHubs
            | Route::PutHub
            | Route::GetHub
            | Route::DeleteHub
            | Route::ListRegistrationsByTag(_)
            | Route::SubmitJob
            | Route::GetJob(_)
            | Route::ListJobs => Claim::Manage,
            _ => Claim::Listen,
        }
    }
}

pub(crate) fn answer(
    service: &Arc<Service>,
    asked: &Asked,
    name: &str,
    route: Route,
    body: Bytes,
) -> Result<Response<Body>, Refusal> {
    let found = service.hub(name);
    authorize(service, found.as_deref(), asked, route.claim(asked))?;
    match route {
        Route::ListHubs => return Ok(operations::list_hubs(service)),
        Route::PutHub => return operations::put_hub(service, name, asked, &body),
        Route::GetHub => return Ok(operations::get_hub(service, name)),
        Route::DeleteHub => return operations::delete_hub(service, name),
        _ => {}
    }
    let hub = &found.ok_or_else(|| Refusal::not_found("No service is hosted at the specified address."))?;
    if hub.state().description.is_disabled() {
        return Err(Refusal::forbidden());
    }
    allowed(service, hub, &route, asked)?;
    let headers = &asked.headers;
    match route {
        Route::Send { test } => operations::send(service, hub, headers, body, test),
        Route::SendDirect { test } => operations::send_direct(service, hub, headers, body, test),
        Route::SendDirectBatch => operations::send_direct_batch(service, hub, headers, &body),
        Route::Schedule => operations::schedule(service, hub, headers, body),
        Route::CancelScheduled(id) => operations::cancel_scheduled(service, hub, &id),
        Route::GetNotificationDetails(id) => operations::get_notification_details(service, hub, &id),
        Route::GetFeedbackContainer => Ok(operations::get_feedback_container(service, hub)),
        Route::PutInstallation(id) => operations::put_installation(hub, &id, &body),
        Route::GetInstallation(id) => operations::get_installation(hub, &id),
        Route::PatchInstallation(id) => operations::patch_installation(hub, &id, &body),
        Route::DeleteInstallation(id) => Ok(operations::delete_installation(hub, &id)),
        Route::CreateRegistrationId => Ok(operations::create_registration_id(service, hub)),
        Route::CreateRegistration => operations::create_registration(service, hub, &body),
        Route::PutRegistration(id) => operations::put_registration(service, hub, &id, asked, &body),
        Route::GetRegistration(id) => operations::get_registration(service, hub, &id),
        Route::DeleteRegistration(id) => operations::delete_registration(hub, &id, asked),
        Route::ListRegistrations => operations::list_registrations(service, hub, asked),
        Route::ListRegistrationsByTag(tag) => {
            operations::list_registrations_by_tag(service, hub, &tag, asked)
        }
        Route::SubmitJob => operations::submit_job(service, hub, &body),
        Route::GetJob(id) => operations::get_job(service, hub, &id),
        Route::ListJobs => Ok(operations::list_jobs(service, hub)),
        Route::ListHubs | Route::PutHub | Route::GetHub | Route::DeleteHub => {
            unreachable!("what is asked of the namespace has been answered")
        }
    }
}

/// The hub's name, and what is asked of it. The service's own words have no case; flags need no value.
pub(crate) fn route(asked: &Asked) -> Result<(String, Route), Refusal> {
    let path = asked.path_and_query.split('?').next().unwrap_or_default();
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let words: Vec<String> = segments.iter().skip(1).map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |name: &str| asked.query(name).is_some();
    // The second segment after the hub's name, in its own case.
    let id = || segments.get(2).cloned().unwrap_or_default();

    let found = match (asked.method.as_str(), words.as_slice()) {
        ("GET", []) if segments[0].is_empty() => Route::ListHubs,
        ("GET", ["notificationhubs"]) if segments[0].eq_ignore_ascii_case("$resources") => Route::ListHubs,
        ("PUT", []) if !segments[0].is_empty() => Route::PutHub,
        ("GET", []) => Route::GetHub,
        ("DELETE", []) if !segments[0].is_empty() => Route::DeleteHub,
        ("POST", ["messages"]) if has("direct") => Route::SendDirect { test: has("test") },
        ("POST", ["messages"]) => Route::Send { test: has("test") },
        ("POST", ["messages", "$batch"]) => Route::SendDirectBatch,
        ("GET", ["messages", _]) => Route::GetNotificationDetails(id()),
        ("POST", ["schedulednotifications"]) => Route::Schedule,
        ("DELETE", ["schedulednotifications", _]) => Route::CancelScheduled(id()),
        ("GET", ["feedbackcontainer"]) => Route::GetFeedbackContainer,
        ("PUT", ["installations", _]) => Route::PutInstallation(id()),
        ("GET", ["installations", _]) => Route::GetInstallation(id()),
        ("PATCH", ["installations", _]) => Route::PatchInstallation(id()),
        ("DELETE", ["installations", _]) => Route::DeleteInstallation(id()),
        ("POST", ["registrationids"]) => Route::CreateRegistrationId,
        ("POST", ["registrations"]) => Route::CreateRegistration,
        ("GET", ["registrations"]) => Route::ListRegistrations,
        ("PUT", ["registrations", _]) => Route::PutRegistration(id()),
        ("GET", ["registrations", _]) => Route::GetRegistration(id()),
        ("DELETE", ["registrations", _]) => Route::DeleteRegistration(id()),
        ("GET", ["tags", _, "registrations"]) => Route::ListRegistrationsByTag(id()),
        ("POST", ["jobs"]) => Route::SubmitJob,
        ("GET", ["jobs"]) => Route::ListJobs,
        ("GET", ["jobs", _]) => Route::GetJob(id()),
        (
            _,
            [
                "messages"
                | "schedulednotifications"
                | "installations"
                | "registrations"
                | "registrationids"
                | "jobs"
                | "tags"
                | "feedbackcontainer",
                ..,
            ],
        ) => {
            let detail = "The specified HTTP verb is not valid.";
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, detail));
        }
        _ => return Err(Refusal::not_found("The resource does not exist.")),
    };
    if !has("api-version") {
        return Err(Refusal::bad_request("The api-version in the query string is missing."));
    }
    Ok((segments[0].clone(), found))
}

/// What the tier lacks, or the hub has no more room for, is forbidden; what is too much in a minute waits for the next.
fn allowed(service: &Service, hub: &Hub, route: &Route, asked: &Asked) -> Result<(), Refusal> {
    let tier = service.tier;
    let lacks = match route {
        Route::SendDirectBatch => tier == Tier::Free,
        Route::Schedule
        | Route::CancelScheduled(_)
        | Route::GetNotificationDetails(_)
        | Route::GetFeedbackContainer
        | Route::SubmitJob
        | Route::GetJob(_)
        | Route::ListJobs => tier != Tier::Standard,
        _ => false,
    };
    let forbidden = |detail: String| Refusal::new(StatusCode::FORBIDDEN, detail);
    if lacks {
        return Err(forbidden(format!("SubCode=40300. The {tier} tier does not have this operation")));
    }
    let is_new = match route {
        Route::CreateRegistration => true,
        Route::PutRegistration(id) => hub.state().registrations.get(id).is_none(),
        Route::PutInstallation(id) => hub.state().installations.text(id).is_none(),
        _ => false,
    };
    match route {
        _ if is_new && hub.state().registrations.len() >= tier.most_devices() => {
            let most = tier.most_devices();
            Err(forbidden(format!("SubCode=40300. The {tier} tier has room for {most} devices in a hub")))
        }
        Route::Send { .. } | Route::SendDirect { .. } | Route::SendDirectBatch | Route::Schedule => {
            let test = matches!(route, Route::Send { test: true } | Route::SendDirect { test: true });
            let api_version = asked.query("api-version").unwrap_or_default();
            service.throttle.take(&hub.name, test, &api_version, service.clock.now())
        }
        _ => Ok(()),
    }
}

/// A key may be the namespace's or the hub's.
fn authorize(service: &Service, hub: Option<&Hub>, asked: &Asked, claim: Claim) -> Result<(), Refusal> {
    let authorization = text(&asked.headers, header::AUTHORIZATION.as_str());
    let now = OffsetDateTime::now_utc();
    let own = hub.map(|hub| hub.state().description.rules.clone()).unwrap_or_default();
    let rules = service.rules.iter().chain(&own);
    let checked = sas::check(rules, authorization, &asked.host, &asked.path_and_query, claim, now);
    checked.map_err(|refusal| match refusal {
        sas::Refusal::Unauthorized(detail) => Refusal::new(StatusCode::UNAUTHORIZED, detail),
        sas::Refusal::Forbidden => Refusal::forbidden(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks_for(method: Method, path_and_query: &str) -> Result<Route, u16> {
        let asked = Asked {
            method,
            host: String::new(),
            path_and_query: path_and_query.into(),
            headers: HeaderMap::new(),
        };
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
        assert_eq!(asks_for(Method::GET, "/h/registrations/1/2?api-version=1"), Err(405));
        assert_eq!(asks_for(Method::DELETE, "/?api-version=1"), Err(404));
        assert_eq!(asks_for(Method::GET, "/?api-version=1"), Ok(Route::ListHubs));
        let by_tag = Route::ListRegistrationsByTag("room#4".into());
        assert_eq!(asks_for(Method::GET, "/h/tags/room%234/registrations?api-version=1"), Ok(by_tag));
    }
}
