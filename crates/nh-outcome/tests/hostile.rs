//! Whatever comes in, the answer is a value or an error.

use nh_outcome::{ErrorDocument, NotificationOutcome};
use proptest::prelude::*;

const DOCUMENT: &str = r#"<NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Success>1</Success><Failure>0</Failure><Results><RegistrationResult><ApplicationPlatform>apple</ApplicationPlatform><PnsHandle>A&amp;B</PnsHandle><RegistrationId i:nil="true"/><Outcome><![CDATA[x]]></Outcome></RegistrationResult></Results></NotificationOutcome>"#;

#[test]
fn every_truncation_is_an_error() {
    for end in 0..DOCUMENT.len() {
        assert!(NotificationOutcome::parse(&DOCUMENT.as_bytes()[..end]).is_err(), "{end}");
    }
    assert!(NotificationOutcome::parse(DOCUMENT.as_bytes()).is_ok());
}

#[test]
fn large_documents_end() {
    let noise = "x".repeat(5 << 20);
    assert!(NotificationOutcome::parse(noise.as_bytes()).is_err());
    let results = DOCUMENT.replace("<Results>", &format!("<Results>{}", "<a/>".repeat(1_000_000)));
    assert!(NotificationOutcome::parse(results.as_bytes()).unwrap_err().to_string().contains("elements"));
    let deep = DOCUMENT.replace("<Results>", &"<a>".repeat(1_000_000));
    assert!(NotificationOutcome::parse(deep.as_bytes()).unwrap_err().to_string().contains("deep"));
}

proptest! {
    #[test]
    fn bytes(document in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = NotificationOutcome::parse(&document);
        let _ = ErrorDocument::parse(&document);
    }

    #[test]
    fn one_byte_changed(at in 0..DOCUMENT.len(), byte: u8) {
        let mut document = DOCUMENT.as_bytes().to_vec();
        document[at] = byte;
        let _ = NotificationOutcome::parse(&document);
    }

    #[test]
    fn details(detail in "(.{0,10}(TrackingId:|TimeStamp:|_G|\\.|,|SubCode=)){0,4}") {
        let escaped = detail.replace('&', "&amp;").replace('<', "&lt;");
        if let Ok(error) = ErrorDocument::parse(format!("<Error><Detail>{escaped}</Detail></Error>").as_bytes()) {
            let _ = (error.message(), error.tracking_id(), error.sub_code());
        }
    }
}
