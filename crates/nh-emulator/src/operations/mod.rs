//! One operation per file: what it checks, what it delivers, what it answers.

mod cancel_scheduled;
mod schedule;
mod send;
mod send_direct;
mod send_direct_batch;

pub(crate) use cancel_scheduled::cancel_scheduled;
pub(crate) use schedule::{Scheduled, schedule};
pub(crate) use send::send;
pub(crate) use send_direct::send_direct;
pub(crate) use send_direct_batch::send_direct_batch;

use crate::service::Delivered;
use quick_xml::escape::escape;
use std::fmt::Write as _;

/// A `NotificationOutcome`, its elements in the order that the .NET SDK's contract fixes.
fn outcome(delivered: &[Delivered]) -> String {
    let success = delivered.iter().filter(|device| device.outcome.is_success()).count();
    let mut xml = format!(
        "<NotificationOutcome xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\" \
         xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Success>{success}</Success><Failure>{}</Failure>",
        delivered.len() - success
    );
    if delivered.is_empty() {
        return xml + "<Results i:nil=\"true\"/></NotificationOutcome>";
    }
    xml += "<Results>";
    for device in delivered {
        let id = match &device.registration_id {
            Some(id) => format!("<RegistrationId>{}</RegistrationId>", escape(id)),
            None => "<RegistrationId i:nil=\"true\"/>".to_owned(),
        };
        write!(
            xml,
            "<RegistrationResult><ApplicationPlatform>{}</ApplicationPlatform><PnsHandle>{}</PnsHandle>{id}\
             <Outcome>{}</Outcome></RegistrationResult>",
            device.platform,
            escape(&device.pns_handle),
            escape(device.outcome.as_str())
        )
        .expect("a String takes every write");
    }
    xml + "</Results></NotificationOutcome>"
}
