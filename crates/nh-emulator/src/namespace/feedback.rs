//! What push services report of dead handles: blobs of a container, one a day ([feedback]).
//!
//! [feedback]: https://learn.microsoft.com/rest/api/notificationhubs/get-pns-feedback

use super::blobs::Blobs;
use crate::documents::pns_feedback::pns_feedback;
use crate::model::dead_device::DeadDevice;
use time::OffsetDateTime;
use time::macros::format_description;

/// The container of a hub.
pub(crate) fn container(hub: &str) -> String {
    format!("feedback-{}", hub.to_ascii_lowercase())
}

pub(crate) fn append(
    blobs: &Blobs,
    hub: &str,
    dead: &DeadDevice,
    notification_id: &str,
    now: OffsetDateTime,
) {
    let day = now
        .format(format_description!("[month][day][year]"))
        .expect("the clock's time has a day, a month and a year");
    let document = pns_feedback(dead, notification_id, now);
    blobs.append(&format!("{}/{day}", container(hub)), document.as_bytes());
}
