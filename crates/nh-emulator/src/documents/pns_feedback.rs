use crate::model::dead_device::DeadDevice;
use nh_outcome::xml::CONNECT;
use quick_xml::escape::escape;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// `PnsFeedback`. Each document of a blob stands for itself, and says UTF-16 though the blob is UTF-8 (documented).
pub(crate) fn pns_feedback(dead: &DeadDevice, notification_id: &str, now: OffsetDateTime) -> String {
    let time = now.format(&Rfc3339).expect("the clock's time is within RFC 3339");
    let device = &dead.registration;
    let installation = device
        .installation
        .as_deref()
        .map_or_else(String::new, |id| format!("<InstallationId>{}</InstallationId>", escape(id)));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback xmlns=\"{CONNECT}\"><FeedbackTime>{time}</FeedbackTime>\
         <NotificationSystemError>{}</NotificationSystemError><Platform>{}</Platform><PnsHandle>{}</PnsHandle>\
         <RegistrationId>{}</RegistrationId>{installation}<NotificationId>{notification_id}</NotificationId></PnsFeedback>",
        dead.rejection,
        device.platform(),
        escape(device.pns_handle()),
        escape(device.id.as_str()),
    )
}
