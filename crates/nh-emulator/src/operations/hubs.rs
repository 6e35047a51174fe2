//! The hubs of the namespace.

use super::if_match::IfMatch;
use crate::hub::Hub;
use crate::hub_description::{self, HubDescription};
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::rules::{self, content_type};
use axum::body::Body;
use http::{Response, StatusCode};
use std::sync::{Arc, PoisonError};

/// What a list of hubs tells of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HubList {
    Names,
    Descriptions,
}

/// `PUT /{hub}`: a new hub, or with `If-Match` another description of one.
pub(crate) fn put_hub(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let (service, name) = (call.service, call.hub_name);
    rules::name::check_hub(name)?;
    call.asked.check_content_type(content_type::ATOM)?;
    let condition = IfMatch::of(&call.asked.headers)?;
    let base = format!("https://{}/{name}", service.authority);
    let mut hubs = service.hubs.write().unwrap_or_else(PoisonError::into_inner);
    match (hubs.get(&name.to_ascii_lowercase()), condition) {
        (None, None) => {
            let description = HubDescription::read(call.body, None)?;
            let entry = description.entry(name, &base, call.api_version);
            let hub = Hub::new(name.to_owned(), description, false);
            hub.keep_in(&service.data);
            hubs.insert(name.to_ascii_lowercase(), Arc::new(hub));
            let location = format!("{base}?api-version={}", call.api_version);
            Ok(reply::made(&location, Some(entry)))
        }
        (Some(_), None) => Err(Refusal::new(StatusCode::CONFLICT, "SubCode=40900. Conflict")),
        (Some(hub), Some(_)) => {
            let known = hub.state().description.clone();
            let description = HubDescription::read(call.body, Some(&known))?;
            let entry = description.entry(&hub.name, &base, call.api_version);
            hub.describe(description);
            Ok(reply::written(entry))
        }
        (None, Some(_)) => Err(missing()),
    }
}

/// `GET /{hub}`: one that does not exist is a list of nothing (recorded 2020).
pub(crate) fn get_hub(call: &Call<'_>) -> Response<Body> {
    let service = call.service;
    reply::found(match call.found {
        Some(hub) => hub.state().description.entry(&hub.name, &service.base(hub), call.api_version),
        None => hub_description::names([], &service.authority),
    })
}

/// `DELETE /{hub}`
pub(crate) fn delete_hub(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let (service, name) = (call.service, call.hub_name);
    let mut hubs = service.hubs.write().unwrap_or_else(PoisonError::into_inner);
    let hub = hubs.remove(&name.to_ascii_lowercase()).ok_or_else(missing)?;
    hub.forget();
    for id in service.schedule.forget_hub(name) {
        service.data.forget_scheduled(&id);
        service.telemetry.cancel(&id);
    }
    Ok(reply::done())
}

/// `GET /`, the bare list, and `GET /$Resources/NotificationHubs`, which the Java SDK asks for page by page.
pub(crate) fn list_hubs(call: &Call<'_>, list: HubList) -> Result<Response<Body>, Refusal> {
    let service = call.service;
    let skip = call.asked.number("$skip", 0)?.unwrap_or_default();
    let top = call.asked.number("$top", 1)?.unwrap_or(usize::MAX);
    let hubs = service.hubs.read().unwrap_or_else(PoisonError::into_inner);
    let hubs = hubs.values().skip(skip).take(top);
    Ok(reply::found(match list {
        HubList::Names => hub_description::names(hubs.map(|hub| hub.name.as_str()), &service.authority),
        HubList::Descriptions => {
            let entry = |hub: &Arc<Hub>| {
                hub.state().description.entry(&hub.name, &service.base(hub), call.api_version)
            };
            hub_description::feed(hubs.map(entry), &service.authority, call.api_version)
        }
    }))
}

fn missing() -> Refusal {
    Refusal::not_found("No service is hosted at the specified address.")
}
