//! The hubs of the namespace.

use crate::documents::hub_description as document;
use crate::namespace::hub::Hub;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::reply;
use crate::rules::content_type;
use axum::body::Body;
use http::Response;
use std::sync::Arc;

/// What a list of hubs tells of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HubList {
    Names,
    Descriptions,
}

/// `PUT /{hub}`: a new hub, or with `If-Match` another description of one.
pub(crate) fn put_hub(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let (namespace, name) = (call.namespace, call.hub_name);
    call.asked.check_content_type(content_type::ATOM)?;
    let condition = call.asked.condition()?;
    let given = document::read(call.body)?;
    let base = call.base();
    if condition.is_some() {
        let description = namespace.update_hub(name, given)?;
        return Ok(reply::written(document::entry(&description, name, &base, call.api_version)));
    }
    let description = namespace.create_hub(name, given)?;
    let entry = document::entry(&description, name, &base, call.api_version);
    Ok(reply::made(&format!("{base}?api-version={}", call.api_version), Some(entry)))
}

/// `GET /{hub}`: one that does not exist is a list of nothing (recorded 2020).
pub(crate) fn get_hub(call: &Call<'_>) -> Response<Body> {
    reply::found(match call.found {
        Some(hub) => entry(call, hub),
        None => document::names([], &call.asked.authority),
    })
}

/// `DELETE /{hub}`
pub(crate) fn delete_hub(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.namespace.delete_hub(call.hub_name)?;
    Ok(reply::done())
}

/// `GET /`, the bare list, and `GET /$Resources/NotificationHubs`, which the Java SDK asks for page by page.
pub(crate) fn list_hubs(call: &Call<'_>, list: HubList) -> Result<Response<Body>, ErrorAnswer> {
    let authority = &call.asked.authority;
    let skip = call.asked.number("$skip", 0)?.unwrap_or_default();
    let top = call.asked.number("$top", 1)?.unwrap_or(usize::MAX);
    let hubs: Vec<Arc<Hub>> = call.namespace.hubs().values().skip(skip).take(top).cloned().collect();
    Ok(reply::found(match list {
        HubList::Names => document::names(hubs.iter().map(|hub| hub.name.as_str()), authority),
        HubList::Descriptions => {
            let entries = hubs.iter().map(|hub| entry(call, hub));
            document::feed(entries, authority, call.api_version)
        }
    }))
}

fn entry(call: &Call<'_>, hub: &Hub) -> String {
    let base = format!("https://{}/{}", call.asked.authority, hub.name);
    document::entry(&hub.state().description, &hub.name, &base, call.api_version)
}
