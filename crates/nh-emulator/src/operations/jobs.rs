//! The jobs of a hub.

use crate::hub::{Hub, State};
use crate::job::{self, Job};
use crate::reply::{self, Refusal};
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use http::Response;

/// `POST /{hub}/jobs`: the answer tells of a job that has just started; by the next question it is over.
pub(crate) fn submit_job(service: &Service, hub: &Hub, body: &Bytes) -> Result<Response<Body>, Refusal> {
    let mut job = Job::read(body)?;
    let base = service.base(hub);
    let answer = reply::made(&format!("{base}/jobs/{}", job.id), Some(job.entry(&base)));
    let mut state = hub.state();
    let State { registrations, jobs, .. } = &mut *state;
    job.run(&hub.name, registrations, &service.storage, &service.authority);
    jobs.insert(job.id.clone(), job);
    Ok(answer)
}

/// `GET /{hub}/jobs/{id}`
pub(crate) fn get_job(service: &Service, hub: &Hub, id: &str) -> Result<Response<Body>, Refusal> {
    let state = hub.state();
    let job = state.jobs.get(id).ok_or_else(|| Refusal::not_found(""))?;
    Ok(reply::found(job.entry(&service.base(hub))))
}

/// `GET /{hub}/jobs`
pub(crate) fn list_jobs(service: &Service, hub: &Hub) -> Response<Body> {
    reply::found(job::feed(hub.state().jobs.values(), &service.base(hub)))
}
