//! One operation per file: the struct, how it asks, how it reads, its tests. To add one, write its file and name it in the two
//! lists below; `lib.rs` takes all of them.

mod cancel_scheduled_notification;
mod create_hub;
mod create_registration;
mod create_registration_id;
mod delete_hub;
mod delete_installation;
mod delete_registration;
mod get_feedback_container;
mod get_hub;
mod get_installation;
mod get_job;
mod get_notification_details;
mod get_registration;
mod list_hubs;
mod list_jobs;
mod list_registrations;
mod list_registrations_by_handle;
mod list_registrations_by_tag;
mod patch_installation;
mod put_installation;
mod schedule_notification;
mod send_direct;
mod send_direct_batch;
mod send_notification;
mod submit_job;
mod test_send;
mod update_hub;
mod update_registration;
mod upsert_registration;

pub use cancel_scheduled_notification::CancelScheduledNotification;
pub use create_hub::CreateHub;
pub use create_registration::CreateRegistration;
pub use create_registration_id::CreateRegistrationId;
pub use delete_hub::DeleteHub;
pub use delete_installation::DeleteInstallation;
pub use delete_registration::DeleteRegistration;
pub use get_feedback_container::GetFeedbackContainer;
pub use get_hub::GetHub;
pub use get_installation::GetInstallation;
pub use get_job::GetJob;
pub use get_notification_details::GetNotificationDetails;
pub use get_registration::GetRegistration;
pub use list_hubs::ListHubs;
pub use list_jobs::ListJobs;
pub use list_registrations::ListRegistrations;
pub use list_registrations_by_handle::ListRegistrationsByHandle;
pub use list_registrations_by_tag::ListRegistrationsByTag;
pub use patch_installation::PatchInstallation;
pub use put_installation::PutInstallation;
pub use schedule_notification::ScheduleNotification;
pub use send_direct::SendDirect;
pub use send_direct_batch::{DirectBatches, SendDirectBatch};
pub use send_notification::SendNotification;
pub use submit_job::SubmitJob;
pub use test_send::{TestSend, Testable};
pub use update_hub::UpdateHub;
pub use update_registration::UpdateRegistration;
pub use upsert_registration::UpsertRegistration;

use crate::{HubDescription, Job, Registration, ServiceError, atom};
use bytes::Bytes;
use http::Response;

/// The answer to whatever reads or writes one registration. Its id and ETag stand in the body: current front ends send them
/// nowhere else (recorded 2024).
fn registration_entry(response: Response<Bytes>) -> Result<Registration, ServiceError> {
    let response = ServiceError::check(response)?;
    atom::read_content(response.body(), Registration::read)
        .map_err(|why| ServiceError::unreadable(&response, why))
}

/// The answer to whatever starts or reads one job.
fn job_entry(response: Response<Bytes>) -> Result<Job, ServiceError> {
    let response = ServiceError::check(response)?;
    atom::read_content(response.body(), Job::read).map_err(|why| ServiceError::unreadable(&response, why))
}

/// The answer to whatever writes or reads one hub. One that does not exist is a feed without entries (recorded 2020).
fn hub_entry(response: Response<Bytes>) -> Result<HubDescription, ServiceError> {
    let response = ServiceError::check(response)?;
    if atom::is_feed(response.body()) {
        return Err(match atom::read_feed(response.body(), |_, _| Ok(())) {
            Ok(entries) if entries.is_empty() => ServiceError::missing(&response),
            Ok(_) => ServiceError::unreadable(&response, "a list in the place of one hub"),
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

#[cfg(test)]
pub(crate) mod test_support;
