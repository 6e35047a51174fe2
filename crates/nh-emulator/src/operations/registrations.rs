//! The registrations of a hub.

use super::if_match::IfMatch;
use crate::operation::Call;
use crate::registration::{self, Filter, Listing, Registration};
use crate::reply::{self, Refusal};
use crate::rules::{self, content_type};
use axum::body::Body;
use http::{Response, StatusCode};

/// How many registrations a page holds unless asked otherwise, and at most.
const PAGE: usize = 100;

/// `POST /{hub}/registrationids`: its `Location` names no version (recorded 2023).
pub(crate) fn create_registration_id(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let base = call.service.base(call.hub()?);
    Ok(reply::made(&format!("{base}/registrationids/{}", registration::new_id()), None))
}

/// `POST /{hub}/registrations`
pub(crate) fn create_registration(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    call.asked.check_content_type(content_type::ATOM)?;
    let read = registration::read(call.body)?;
    let hub = call.hub()?;
    let mut state = hub.state();
    let expires = state.description.end_of(call.service.clock.now());
    let registration = Registration { id: registration::new_id(), etag: 1, expires, ..read };
    call.service.make_room(&state, [&registration])?;
    state.registrations.insert(&registration);
    Ok(reply::written(registration::entry(&registration, &call.service.base(hub), false)))
}

/// `PUT /{hub}/registrations/{id}`: an upsert, or with `If-Match` an update.
pub(crate) fn put_registration(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let id = call.id;
    rules::name::check_id(id)?;
    call.asked.check_content_type(content_type::ATOM)?;
    let condition = IfMatch::of(&call.asked.headers)?;
    let read = registration::read(call.body)?;
    let hub = call.hub()?;
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
    let expires = state.description.end_of(call.service.clock.now());
    let registration = Registration { id: id.to_owned(), etag, expires, ..read };
    call.service.make_room(&state, [&registration])?;
    state.registrations.insert(&registration);
    Ok(reply::written(registration::entry(&registration, &call.service.base(hub), false)))
}

/// `GET /{hub}/registrations/{id}`
pub(crate) fn get_registration(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let hub = call.hub()?;
    let known = hub.state().registrations.get(call.id).ok_or_else(|| Refusal::not_found(""))?;
    Ok(reply::found(registration::entry(&known, &call.service.base(hub), true)))
}

/// `DELETE /{hub}/registrations/{id}`
pub(crate) fn delete_registration(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let condition = IfMatch::needed(&call.asked.headers)?;
    let mut state = call.hub()?.state();
    let known = state.registrations.get(call.id).ok_or_else(|| Refusal::not_found(""))?;
    if !condition.fits(known.etag) {
        return Err(changed());
    }
    state.registrations.remove(call.id);
    Ok(reply::done())
}

/// `GET /{hub}/registrations[?$filter=]`
pub(crate) fn list_registrations(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    match call.asked.query("$filter") {
        None => page(call, &Listing::All),
        Some(filter) => {
            let filter = Filter::parse(&filter)
                .ok_or_else(|| Refusal::bad_request(format!("The filter '{filter}' is not supported.")))?;
            page(call, &Listing::Handle(filter))
        }
    }
}

/// `GET /{hub}/tags/{tag}/registrations`
pub(crate) fn list_registrations_by_tag(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    page(call, &Listing::Tag(call.id.to_owned()))
}

fn page(call: &Call<'_>, listing: &Listing) -> Result<Response<Body>, Refusal> {
    let top = call.asked.number("$top", 1)?.unwrap_or(PAGE).min(PAGE);
    // The older Node SDK pages so.
    let skip = call.asked.number("$skip", 0)?.unwrap_or_default();
    let token = call.asked.query("continuationtoken");
    let hub = call.hub()?;
    let state = hub.state();
    let (found, next) = state
        .registrations
        .page(listing, skip, top, token.as_deref())
        .ok_or_else(|| Refusal::bad_request("The continuation token is not valid."))?;
    Ok(reply::page(registration::feed(&found, &call.service.base(hub)), next.as_deref()))
}

fn changed() -> Refusal {
    Refusal::new(
        StatusCode::PRECONDITION_FAILED,
        "The specified ETag does not match that of the registration",
    )
}
