//! The registrations of a hub.

use super::if_match::IfMatch;
use crate::data_plane::Asked;
use crate::hub::Hub;
use crate::registration::{self, Filter, Listing, Registration};
use crate::reply::{self, Refusal};
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode};

/// How many registrations a page holds unless asked otherwise, and at most.
const PAGE: usize = 100;

/// `POST /{hub}/registrationids`
pub(crate) fn create_registration_id(service: &Service, hub: &Hub) -> Response<Body> {
    reply::made(&format!("{}/registrationids/{}", service.base(hub), registration::new_id()), None)
}

/// `POST /{hub}/registrations`
pub(crate) fn create_registration(
    service: &Service,
    hub: &Hub,
    body: &Bytes,
) -> Result<Response<Body>, Refusal> {
    let registration = Registration { id: registration::new_id(), etag: 1, ..registration::read(body)? };
    let mut state = hub.state();
    state.registrations.insert(&registration);
    Ok(reply::found(registration::entry(&registration, &service.base(hub), false)))
}

/// `PUT /{hub}/registrations/{id}`: an upsert, or with `If-Match` an update.
pub(crate) fn put_registration(
    service: &Service,
    hub: &Hub,
    id: &str,
    asked: &Asked,
    body: &Bytes,
) -> Result<Response<Body>, Refusal> {
    let condition = IfMatch::of(&asked.headers)?;
    let registration = registration::read(body)?;
    let mut state = hub.state();
    let known = state.registrations.get(id).map(|known| known.etag);
    if known.is_none() && state.gone.contains(id) {
        let detail = "SubCode=41000. The registration's device is gone; get a new registration id";
        return Err(Refusal::new(StatusCode::GONE, detail));
    }
    let etag = match (condition, known) {
        (None, known) => known.unwrap_or_default() + 1,
        (Some(_), None) => return Err(Refusal::not_found("")),
        (Some(condition), Some(etag)) if condition.fits(etag) => etag + 1,
        (Some(_), Some(_)) => return Err(changed()),
    };
    let registration = Registration { id: id.to_owned(), etag, ..registration };
    state.registrations.insert(&registration);
    Ok(reply::found(registration::entry(&registration, &service.base(hub), false)))
}

/// `GET /{hub}/registrations/{id}`
pub(crate) fn get_registration(service: &Service, hub: &Hub, id: &str) -> Result<Response<Body>, Refusal> {
    let state = hub.state();
    let known = state.registrations.get(id).ok_or_else(|| Refusal::not_found(""))?;
    Ok(reply::found(registration::entry(&known, &service.base(hub), true)))
}

/// `DELETE /{hub}/registrations/{id}`
pub(crate) fn delete_registration(hub: &Hub, id: &str, asked: &Asked) -> Result<Response<Body>, Refusal> {
    let condition = IfMatch::of(&asked.headers)?
        .ok_or_else(|| Refusal::bad_request("The HTTP header \"If-Match\" is missing."))?;
    let mut state = hub.state();
    let known = state.registrations.get(id).ok_or_else(|| Refusal::not_found(""))?;
    if !condition.fits(known.etag) {
        return Err(changed());
    }
    state.registrations.remove(id);
    Ok(reply::done())
}

/// `GET /{hub}/registrations[?$filter=]`
pub(crate) fn list_registrations(
    service: &Service,
    hub: &Hub,
    asked: &Asked,
) -> Result<Response<Body>, Refusal> {
    match asked.query("$filter") {
        None => page(service, hub, asked, &Listing::All),
        Some(filter) => {
            let filter = Filter::parse(&filter)
                .ok_or_else(|| Refusal::bad_request(format!("The filter '{filter}' is not supported.")))?;
            page(service, hub, asked, &Listing::Handle(filter))
        }
    }
}

/// `GET /{hub}/tags/{tag}/registrations`
pub(crate) fn list_registrations_by_tag(
    service: &Service,
    hub: &Hub,
    tag: &str,
    asked: &Asked,
) -> Result<Response<Body>, Refusal> {
    page(service, hub, asked, &Listing::Tag(tag.to_owned()))
}

fn page(service: &Service, hub: &Hub, asked: &Asked, listing: &Listing) -> Result<Response<Body>, Refusal> {
    let top = match asked.query("$top") {
        None => PAGE,
        Some(text) => match text.parse::<usize>() {
            Ok(top) if top > 0 => top.min(PAGE),
            _ => return Err(Refusal::bad_request(format!("The $top '{text}' is no number above 0."))),
        },
    };
    let token = asked.query("continuationtoken");
    let state = hub.state();
    let (found, next) = state
        .registrations
        .page(listing, top, token.as_deref())
        .ok_or_else(|| Refusal::bad_request("The continuation token is not valid."))?;
    Ok(reply::page(registration::feed(&found, &service.base(hub)), next.as_deref()))
}

fn changed() -> Refusal {
    Refusal::new(
        StatusCode::PRECONDITION_FAILED,
        "The specified ETag does not match that of the registration",
    )
}
