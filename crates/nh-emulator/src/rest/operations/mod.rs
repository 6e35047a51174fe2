//! What each operation checks, does and answers: one file for each kind of send, one for each thing that a hub holds.

mod answer_send;
mod cancel_scheduled;
mod get_feedback_container;
mod get_notification_details;
mod hubs;
mod installations;
mod jobs;
mod registrations;
mod schedule;
mod send;
mod send_direct;
mod send_direct_batch;

pub(crate) use cancel_scheduled::cancel_scheduled;
pub(crate) use get_feedback_container::get_feedback_container;
pub(crate) use get_notification_details::get_notification_details;
pub(crate) use hubs::{HubList, delete_hub, get_hub, list_hubs, put_hub};
pub(crate) use installations::{delete_installation, get_installation, patch_installation, put_installation};
pub(crate) use jobs::{get_job, list_jobs, submit_job};
pub(crate) use registrations::{
    create_registration, create_registration_id, delete_registration, get_registration, list_registrations,
    list_registrations_by_tag, put_registration,
};
pub(crate) use schedule::schedule;
pub(crate) use send::send;
pub(crate) use send_direct::send_direct;
pub(crate) use send_direct_batch::send_direct_batch;
