//! The installations of a hub.

use crate::hub::State;
use crate::installation;
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::rules::{self, content_type};
use axum::body::Body;
use http::Response;
use serde_json::Value;

/// `PUT /{hub}/installations/{id}`
pub(crate) fn put_installation(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    rules::name::check_id(call.id)?;
    call.asked.check_content_type(content_type::INSTALLATION)?;
    keep(call, &mut call.hub()?.state(), call.body)?;
    Ok(reply::done())
}

/// `GET /{hub}/installations/{id}`
pub(crate) fn get_installation(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    rules::name::check_id(call.id)?;
    let state = call.hub()?.state();
    let json = state.installations.text(call.id).ok_or_else(not_found)?;
    Ok(reply::found_as("application/json; charset=utf-8", json.to_owned()))
}

/// `PATCH /{hub}/installations/{id}`: all changes or none.
pub(crate) fn patch_installation(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    rules::name::check_id(call.id)?;
    call.asked.check_content_type(content_type::PATCH)?;
    let mut state = call.hub()?.state();
    let mut document = state.installations.get(call.id).ok_or_else(not_found)?;
    installation::patch(&mut document, call.body)?;
    keep(call, &mut state, Value::Object(document).to_string().as_bytes())?;
    Ok(reply::done())
}

/// `DELETE /{hub}/installations/{id}`: 204 also when there is none (recorded).
pub(crate) fn delete_installation(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    rules::name::check_id(call.id)?;
    let mut state = call.hub()?.state();
    state.installations.remove(call.id);
    state.registrations.replace_installation(call.id, &[]);
    Ok(reply::nothing())
}

fn keep(call: &Call<'_>, state: &mut State, body: &[u8]) -> Result<(), Refusal> {
    let end = state.description.end_of(call.service.clock.now());
    let (document, registrations) = installation::checked(body, call.id, end)?;
    call.service.make_room(state, &registrations)?;
    state.registrations.replace_installation(call.id, &registrations);
    state.installations.insert(call.id, document);
    Ok(())
}

fn not_found() -> Refusal {
    Refusal::not_found("Installation not found")
}
