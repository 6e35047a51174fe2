//! How the answers are read that hold one registration, one job or one hub.

use crate::{HubDescription, Job, Registration, ServiceError, atom};
use bytes::Bytes;
use http::Response;

/// Reads the answer of an operation that reads or writes one registration. The id and the ETag stand in the body. Current front
/// ends send them in no other place (recorded 2024, JavaScript SDK).
pub(super) fn registration_entry(response: Response<Bytes>) -> Result<Registration, ServiceError> {
    let response = ServiceError::check(response)?;
    atom::read_content(response.body(), Registration::read)
        .map_err(|why| ServiceError::unreadable(&response, why))
}

/// Reads the answer of an operation that starts or reads one job.
pub(super) fn job_entry(response: Response<Bytes>) -> Result<Job, ServiceError> {
    let response = ServiceError::check(response)?;
    atom::read_content(response.body(), Job::read).map_err(|why| ServiceError::unreadable(&response, why))
}

/// Reads the answer of an operation that writes or reads one hub. If the hub does not exist, the answer is a feed without entries
/// (recorded 2020, .NET SDK: `ManagementApi_ShouldCreateGetOrDeleteHubOrRecieveConflictException`).
pub(crate) fn hub_entry(response: Response<Bytes>) -> Result<HubDescription, ServiceError> {
    let response = ServiceError::check(response)?;
    if atom::is_feed(response.body()) {
        return Err(match atom::read_feed(response.body(), |_, _| Ok(())) {
            Ok(entries) if entries.is_empty() => ServiceError::missing(&response),
            Ok(_) => ServiceError::unreadable(&response, "the body is a list of hubs instead of one hub"),
            Err(why) => ServiceError::unreadable(&response, why),
        });
    }
    let entry = atom::read_entry(response.body(), HubDescription::read);
    let entry = entry.map_err(|why| ServiceError::unreadable(&response, why))?;
    match entry.content {
        Some(description) => Ok(description.named(entry.title)),
        None => Err(ServiceError::unreadable(&response, "the entry has no content")),
    }
}
