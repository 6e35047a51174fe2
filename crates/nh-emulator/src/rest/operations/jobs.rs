//! The jobs of a hub.

use crate::documents::job as document;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::reply;
use crate::rules::content_type;
use axum::body::Body;
use http::Response;

/// `POST /{hub}/jobs`: the answer tells of a job that has just started; by the next question it is over.
pub(crate) fn submit_job(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    call.asked.check_content_type(content_type::ATOM)?;
    let job = call.namespace.submit_job(call.hub()?, document::read(call.body)?);
    let base = call.base();
    let location = format!("{base}/jobs/{}?api-version={}", job.id, call.api_version);
    Ok(reply::made(&location, Some(document::entry(&job, &base))))
}

/// `GET /{hub}/jobs/{id}`
pub(crate) fn get_job(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let state = call.hub()?.state();
    let job = state.jobs.get(call.id).ok_or_else(|| ErrorAnswer::not_found(""))?;
    Ok(reply::found(document::entry(job, &call.base())))
}

/// `GET /{hub}/jobs`
pub(crate) fn list_jobs(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    Ok(reply::found(document::feed(call.hub()?.state().jobs.values(), &call.base())))
}
