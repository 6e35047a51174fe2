//! Payloads of any bytes in every format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nh_core::{Format, Notification};

fuzz_target!(|payload: &[u8]| {
    for format in Format::known() {
        if let Ok(notification) = Notification::with_headers(format, payload, &[]) {
            assert_eq!(notification.body(), payload);
        }
    }
});
