//! The hubs of the namespace.

use super::if_match::IfMatch;
use crate::data_plane::Asked;
use crate::hub::Hub;
use crate::hub_description::{self, HubDescription};
use crate::reply::{self, Refusal};
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode};
use std::sync::{Arc, PoisonError};

/// `PUT /{hub}`: a new hub, or with `If-Match` another description of one.
pub(crate) fn put_hub(
    service: &Service,
    name: &str,
    asked: &Asked,
    body: &Bytes,
) -> Result<Response<Body>, Refusal> {
    let condition = IfMatch::of(&asked.headers)?;
    let description = HubDescription::read(body)?;
    let base = format!("https://{}/{name}", service.authority);
    let entry = description.entry(name, &base);
    let mut hubs = service.hubs.write().unwrap_or_else(PoisonError::into_inner);
    match (hubs.get(&name.to_ascii_lowercase()), condition) {
        (None, None) => {
            let hub = Hub::new(name.to_owned(), description, false);
            hub.keep_in(&service.data);
            hubs.insert(name.to_ascii_lowercase(), Arc::new(hub));
            Ok(reply::made(&base, Some(entry)))
        }
        (Some(_), None) => Err(Refusal::new(StatusCode::CONFLICT, "SubCode=40900. Conflict")),
        (Some(hub), Some(_)) => {
            hub.describe(description);
            Ok(reply::found(entry))
        }
        (None, Some(_)) => Err(missing()),
    }
}

/// `GET /{hub}`: one that does not exist is a list of nothing (recorded 2020).
pub(crate) fn get_hub(service: &Service, name: &str) -> Response<Body> {
    reply::found(match service.hub(name) {
        Some(hub) => hub.state().description.entry(&hub.name, &service.base(&hub)),
        None => hub_description::feed([], &service.authority),
    })
}

/// `DELETE /{hub}`
pub(crate) fn delete_hub(service: &Service, name: &str) -> Result<Response<Body>, Refusal> {
    let mut hubs = service.hubs.write().unwrap_or_else(PoisonError::into_inner);
    let hub = hubs.remove(&name.to_ascii_lowercase()).ok_or_else(missing)?;
    hub.forget();
    for id in service.schedule.forget_hub(name) {
        service.data.forget_scheduled(&id);
        service.telemetry.cancel(&id);
    }
    Ok(reply::done())
}

/// `GET /`
pub(crate) fn list_hubs(service: &Service) -> Response<Body> {
    let hubs = service.hubs.read().unwrap_or_else(PoisonError::into_inner);
    reply::found(hub_description::feed(hubs.values().map(|hub| hub.name.as_str()), &service.authority))
}

fn missing() -> Refusal {
    Refusal::not_found("No service is hosted at the specified address.")
}
