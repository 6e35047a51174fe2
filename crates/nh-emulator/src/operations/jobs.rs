//! The jobs of a hub.

use crate::job::{self, Job};
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::rules::content_type;
use axum::body::Body;
use http::Response;

/// `POST /{hub}/jobs`: the answer tells of a job that has just started; by the next question it is over.
pub(crate) fn submit_job(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    call.asked.check_content_type(content_type::ATOM)?;
    let (service, hub) = (call.service, call.hub()?);
    let mut job = Job::read(call.body)?;
    let base = service.base(hub);
    let location = format!("{base}/jobs/{}?api-version={}", job.id, call.api_version);
    let answer = reply::made(&location, Some(job.entry(&base)));
    job.run(hub, service.clock.now(), &service.storage, &service.authority);
    job::remember(&mut hub.state().jobs, job);
    Ok(answer)
}

/// `GET /{hub}/jobs/{id}`
pub(crate) fn get_job(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let hub = call.hub()?;
    let state = hub.state();
    let job = state.jobs.get(call.id).ok_or_else(|| Refusal::not_found(""))?;
    Ok(reply::found(job.entry(&call.service.base(hub))))
}

/// `GET /{hub}/jobs`
pub(crate) fn list_jobs(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let hub = call.hub()?;
    Ok(reply::found(job::feed(hub.state().jobs.values(), &call.service.base(hub))))
}
