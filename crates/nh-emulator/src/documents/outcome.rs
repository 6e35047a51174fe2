use crate::model::send::Sent;
use crate::model::verdict::{DeviceResult, Verdict};
use quick_xml::escape::escape;
use std::fmt::Write as _;

/// A `NotificationOutcome`, its elements in the order that the .NET SDK's contract fixes.
pub(crate) fn outcome(sent: &Sent) -> String {
    let delivered: Vec<&DeviceResult> = sent.devices().collect();
    let success = delivered.iter().filter(|device| device.verdict == Verdict::Success).count();
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
            escape(device.verdict.outcome().as_str())
        )
        .expect("a String takes every write");
    }
    xml + "</Results></NotificationOutcome>"
}
