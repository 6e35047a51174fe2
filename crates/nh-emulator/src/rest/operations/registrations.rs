//! The registrations of a hub.

use crate::documents::read_registration::read;
use crate::documents::write_registration;
use crate::model::ids;
use crate::namespace::registrations::Listing;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::{handle_filter, reply};
use crate::rules::content_type;
use axum::body::Body;
use http::Response;

/// How many registrations a page holds unless asked otherwise, and at most.
const PAGE: usize = 100;

/// `POST /{hub}/registrationids`: its `Location` names no version (recorded 2023).
pub(crate) fn create_registration_id(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let place = format!("{}/registrationids/{}", call.base(), ids::registration_id());
    Ok(reply::made(&place, None))
}

/// `POST /{hub}/registrations`
pub(crate) fn create_registration(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.asked.check_content_type(content_type::ATOM)?;
    let written = call.namespace.create_registration(call.hub()?, read(call.body)?)?;
    Ok(reply::written(write_registration::entry(&written, &call.base(), false)))
}

/// `PUT /{hub}/registrations/{id}`: an upsert, or with `If-Match` an update.
pub(crate) fn put_registration(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.asked.check_content_type(content_type::ATOM)?;
    let condition = call.asked.condition()?;
    let written = call.namespace.put_registration(call.hub()?, call.id, condition, read(call.body)?)?;
    Ok(reply::written(write_registration::entry(&written, &call.base(), false)))
}

/// `GET /{hub}/registrations/{id}`
pub(crate) fn get_registration(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let known = call.namespace.get_registration(call.hub()?, call.id)?;
    Ok(reply::found(write_registration::entry(&known, &call.base(), true)))
}

/// `DELETE /{hub}/registrations/{id}`
pub(crate) fn delete_registration(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let condition = call.asked.needed_condition()?;
    call.namespace.delete_registration(call.hub()?, call.id, condition)?;
    Ok(reply::done())
}

/// `GET /{hub}/registrations[?$filter=]`
pub(crate) fn list_registrations(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    match call.asked.query("$filter") {
        None => page(call, &Listing::All),
        Some(filter) => {
            let filter = handle_filter::parse(&filter).ok_or_else(|| {
                ErrorAnswer::bad_request(format!("The filter '{filter}' is not supported."))
            })?;
            page(call, &Listing::Handle(filter))
        }
    }
}

/// `GET /{hub}/tags/{tag}/registrations`
pub(crate) fn list_registrations_by_tag(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    page(call, &Listing::Tag(call.id.to_owned()))
}

fn page(call: &Call<'_>, listing: &Listing) -> Result<Response<Body>, ErrorAnswer> {
    let top = call.asked.number("$top", 1)?.unwrap_or(PAGE).min(PAGE);
    // The older Node SDK pages so.
    let skip = call.asked.number("$skip", 0)?.unwrap_or_default();
    let token = call.asked.query("continuationtoken");
    let hub = call.hub()?;
    let state = hub.state_at(call.namespace.clock.now());
    let (found, next) = state
        .registrations
        .page(listing, skip, top, token.as_deref())
        .ok_or_else(|| ErrorAnswer::bad_request("The continuation token is not valid."))?;
    Ok(reply::page(write_registration::feed(&found, &call.base()), next.as_deref()))
}
