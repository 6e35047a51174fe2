//! One operation per file: what it checks, what it delivers, what it answers.

mod cancel_scheduled;
mod get_notification_details;
mod outcome;
mod schedule;
mod send;
mod send_direct;
mod send_direct_batch;

pub(crate) use cancel_scheduled::cancel_scheduled;
pub(crate) use get_notification_details::get_notification_details;
pub(crate) use schedule::schedule;
pub(crate) use send::send;
pub(crate) use send_direct::send_direct;
pub(crate) use send_direct_batch::send_direct_batch;
