use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::reply;
use axum::body::Body;
use http::Response;

/// `DELETE /{hub}/schedulednotifications/{id}`
pub(crate) fn cancel_scheduled(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.namespace.cancel_scheduled(&call.hub()?.name, call.id)?;
    Ok(reply::done())
}
