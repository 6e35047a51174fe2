//! The installations of a hub.

use crate::hub::{Hub, State};
use crate::installation;
use crate::reply::{self, Refusal};
use axum::body::Body;
use bytes::Bytes;
use http::Response;
use serde_json::Value;

/// `PUT /{hub}/installations/{id}`
pub(crate) fn put_installation(hub: &Hub, id: &str, body: &Bytes) -> Result<Response<Body>, Refusal> {
    keep(&mut hub.state(), id, body)?;
    Ok(reply::done())
}

/// `GET /{hub}/installations/{id}`
pub(crate) fn get_installation(hub: &Hub, id: &str) -> Result<Response<Body>, Refusal> {
    let state = hub.state();
    let json = state.installations.text(id).ok_or_else(not_found)?;
    Ok(reply::found_as("application/json; charset=utf-8", json.to_owned()))
}

/// `PATCH /{hub}/installations/{id}`: all changes or none.
pub(crate) fn patch_installation(hub: &Hub, id: &str, body: &Bytes) -> Result<Response<Body>, Refusal> {
    let mut state = hub.state();
    let mut document = state.installations.get(id).ok_or_else(not_found)?;
    installation::patch(&mut document, body)?;
    keep(&mut state, id, Value::Object(document).to_string().as_bytes())?;
    Ok(reply::done())
}

/// `DELETE /{hub}/installations/{id}`: 204 also when there is none (recorded).
pub(crate) fn delete_installation(hub: &Hub, id: &str) -> Response<Body> {
    let mut state = hub.state();
    state.installations.remove(id);
    state.registrations.replace_installation(id, &[]);
    reply::nothing()
}

fn keep(state: &mut State, id: &str, body: &[u8]) -> Result<(), Refusal> {
    let (document, registrations) = installation::checked(body, id)?;
    state.registrations.replace_installation(id, &registrations);
    state.installations.insert(id, document);
    Ok(())
}

fn not_found() -> Refusal {
    Refusal::not_found("Installation not found")
}
