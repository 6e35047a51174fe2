//! Each file holds one operation: the struct, its request, its answer and its tests. To add an operation, write its file and add
//! it to the list below. `lib.rs` exports all of them.
//!
//! The list uses no macro, because rustfmt does not find modules that a macro declares.

mod cancel_scheduled_notification;
pub use cancel_scheduled_notification::CancelScheduledNotification;

mod create_hub;
pub use create_hub::CreateHub;

mod create_registration;
pub use create_registration::CreateRegistration;

mod create_registration_id;
pub use create_registration_id::CreateRegistrationId;

mod delete_hub;
pub use delete_hub::DeleteHub;

mod delete_installation;
pub use delete_installation::DeleteInstallation;

mod delete_registration;
pub use delete_registration::DeleteRegistration;

pub(crate) mod entry;

mod get_blob;
pub use get_blob::{BlobPart, GetBlob};

mod get_feedback_container;
pub use get_feedback_container::GetFeedbackContainer;

mod get_hub;
pub use get_hub::GetHub;

mod get_installation;
pub use get_installation::GetInstallation;

mod get_job;
pub use get_job::GetJob;

mod get_notification_details;
pub use get_notification_details::GetNotificationDetails;

mod get_registration;
pub use get_registration::GetRegistration;

mod list_blobs;
pub use list_blobs::{Blob, ListBlobs};

mod list_hub_descriptions;
pub use list_hub_descriptions::ListHubDescriptions;

mod list_hubs;
pub use list_hubs::ListHubs;

mod list_jobs;
pub use list_jobs::ListJobs;

mod list_keys;
pub use list_keys::ListKeys;

mod list_registrations;
pub use list_registrations::ListRegistrations;

mod list_registrations_by_handle;
pub use list_registrations_by_handle::ListRegistrationsByHandle;

mod list_registrations_by_tag;
pub use list_registrations_by_tag::ListRegistrationsByTag;

mod patch_installation;
pub use patch_installation::PatchInstallation;

mod put_installation;
pub use put_installation::PutInstallation;

mod regenerate_keys;
pub use regenerate_keys::RegenerateKeys;

mod schedule_notification;
pub use schedule_notification::ScheduleNotification;

mod send_direct;
pub use send_direct::SendDirect;

mod send_direct_batch;
pub use send_direct_batch::SendDirectBatch;

mod send_notification;
pub use send_notification::SendNotification;

mod submit_job;
pub use submit_job::SubmitJob;

mod test_send;
pub use test_send::{TestSend, Testable};

mod update_hub;
pub use update_hub::UpdateHub;

mod update_registration;
pub use update_registration::UpdateRegistration;

mod upsert_registration;
pub use upsert_registration::UpsertRegistration;

#[cfg(test)]
pub(crate) mod test_support;
