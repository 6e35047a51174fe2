//! The answers of the service: a value or an error, never a panic; and what can be written is read as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nh_core::bytes::Bytes;
use nh_core::http::Response;
use nh_core::{
    Feedback, GetHub, GetInstallation, GetJob, GetNotificationDetails, GetRegistration, ListHubs, ListJobs,
    ListRegistrations, Operation, PutInstallation, job,
};

fuzz_target!(|document: &[u8]| {
    let answer = || Response::new(Bytes::copy_from_slice(document));
    let _ = GetRegistration::new("1").expect("a legal id").response(answer());
    let _ = GetNotificationDetails::new("1").expect("a legal id").response(answer());
    let _ = GetJob::new("1").expect("a legal id").response(answer());
    let _ = GetHub::new("h").expect("a legal name").response(answer());
    let _ = (ListRegistrations::new().response(answer()), ListJobs.response(answer()), ListHubs.response(answer()));
    Feedback::documents(document).for_each(drop);
    if let Ok(installation) = GetInstallation::new("1").expect("a legal id").response(answer()) {
        let json = serde_json::to_string(&installation).expect("an installation is JSON");
        assert_eq!(serde_json::from_str::<nh_core::Installation>(&json).expect("it was written"), installation);
        let _ = PutInstallation::new(installation);
    }
    if let Ok(text) = std::str::from_utf8(document) {
        for line in job::lines(text) {
            let Ok(Ok(written)) = line.registration().map(|registration| job::import_line(&registration)) else { continue };
            assert!(!written.contains(['\n', '\r']));
            let read = job::lines(&written).next().expect("a line").registration().expect("it was written");
            assert_eq!(job::import_line(&read).expect("it was read"), written);
        }
    }
});
