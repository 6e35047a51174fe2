//! The documents that the service sends: a value or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nh_outcome::{ErrorDocument, NotificationOutcome};

fuzz_target!(|document: &[u8]| {
    let _ = NotificationOutcome::parse(document);
    if let Ok(error) = ErrorDocument::parse(document) {
        let _ = (error.message(), error.tracking_id(), error.sub_code());
    }
});
