//! One operation per file: the struct, how it asks, how it reads, its tests.

mod cancel_scheduled_notification;
mod get_feedback_container;
mod get_notification_details;
mod schedule_notification;
mod send_direct;
mod send_direct_batch;
mod send_notification;
mod test_send;

pub use cancel_scheduled_notification::CancelScheduledNotification;
pub use get_feedback_container::{ContainerUri, GetFeedbackContainer};
pub use get_notification_details::GetNotificationDetails;
pub use schedule_notification::ScheduleNotification;
pub use send_direct::SendDirect;
pub use send_direct_batch::SendDirectBatch;
pub use send_notification::SendNotification;
pub use test_send::{TestSend, Testable};

#[cfg(test)]
pub(crate) mod test_support;
