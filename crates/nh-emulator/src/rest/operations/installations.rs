//! The installations of a hub.

use crate::model::installation;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::reply;
use crate::rules::content_type;
use axum::body::Body;
use http::Response;

/// `PUT /{hub}/installations/{id}`
pub(crate) fn put_installation(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.asked.check_content_type(content_type::INSTALLATION)?;
    call.namespace.put_installation(call.hub()?, call.id, installation::read(call.body)?)?;
    Ok(reply::done())
}

/// `GET /{hub}/installations/{id}`
pub(crate) fn get_installation(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let json = call.namespace.get_installation(call.hub()?, call.id)?;
    Ok(reply::found_as("application/json; charset=utf-8", json))
}

/// `PATCH /{hub}/installations/{id}`
pub(crate) fn patch_installation(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.asked.check_content_type(content_type::PATCH)?;
    call.namespace.patch_installation(call.hub()?, call.id, call.body)?;
    Ok(reply::done())
}

/// `DELETE /{hub}/installations/{id}`: 204 also when there is none (recorded).
pub(crate) fn delete_installation(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.namespace.delete_installation(call.hub()?, call.id)?;
    Ok(reply::nothing())
}
