//! What push services report of dead handles: blobs of a container, one a day ([feedback]).
//!
//! [feedback]: https://learn.microsoft.com/rest/api/notificationhubs/get-pns-feedback

use crate::registration::Registration;
use crate::storage::Storage;
use nh_outcome::xml::CONNECT;
use quick_xml::escape::escape;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A device whose handle is no good any more.
#[derive(Debug)]
pub(crate) struct Dead {
    /// `BadChannel` or `ExpiredChannel`
    pub(crate) error: &'static str,
    pub(crate) registration: Registration,
}

/// The container of a hub.
pub(crate) fn container(hub: &str) -> String {
    format!("feedback-{}", hub.to_ascii_lowercase())
}

/// Each document of a blob stands for itself, and says UTF-16 though the blob is UTF-8 (documented).
pub(crate) fn append(storage: &Storage, hub: &str, dead: &Dead, notification_id: &str, now: OffsetDateTime) {
    let day = now
        .format(format_description!("[month][day][year]"))
        .expect("the system's time has a day, a month and a year");
    let time = now.format(&Rfc3339).expect("the system's time is within RFC 3339");
    let device = &dead.registration;
    let installation = device
        .installation
        .as_deref()
        .map_or_else(String::new, |id| format!("<InstallationId>{}</InstallationId>", escape(id)));
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback xmlns=\"{CONNECT}\"><FeedbackTime>{time}</FeedbackTime>\
         <NotificationSystemError>{}</NotificationSystemError><Platform>{}</Platform><PnsHandle>{}</PnsHandle>\
         <RegistrationId>{}</RegistrationId>{installation}<NotificationId>{notification_id}</NotificationId></PnsFeedback>",
        dead.error,
        device.platform(),
        escape(device.pns_handle()),
        escape(device.id.as_str()),
    );
    storage.append(&format!("{}/{day}", container(hub)), document.as_bytes());
}
