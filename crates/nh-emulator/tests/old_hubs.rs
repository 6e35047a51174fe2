//! Hubs and devices as they are in the wild: older than a rule, or without what a send needs.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Emulator, NewDevice, Platform};
use nh_outcome::NotificationOutcome;
use std::time::Duration;
use support::{ALERT, Caller, MESSAGES};

#[test]
fn an_old_hub_takes_no_new_api_version() {
    let caller = Caller::of(Emulator::builder().newest_api_version("2017-11").start_blocking().unwrap());
    let headers = [("ServiceBusNotification-Format", "apple")];
    let ask = |version: &str| {
        caller.ask("POST", &format!("/demo-hub/messages?api-version={version}"), &headers, ALERT)
    };
    assert_eq!((ask("2015-01").status, ask("2017-04").status), (201, 201));
    let refused = ask("2020-06");
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.error().message(),
        "The notification hub was created with an older API version. Either re-create the notification hub or use an older API \
         version, 2017-11, to access it."
    );
    // The namespace has no age.
    assert_eq!(caller.ask("GET", "/?api-version=2020-06", &[], "").status, 200);
}

#[test]
fn the_answers_tell_the_emulators_time() {
    let caller = Caller::new();
    caller.emulator.set_now(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000)).unwrap();
    let date = |answer: support::Answer| answer.header("date").unwrap().to_owned();
    let found = date(caller.ask("GET", "/demo-hub?api-version=2020-06", &[], ""));
    assert!(found.starts_with("Tue, 01 Jan 2030 00:00:") && found.ends_with(" GMT"), "{found}");
    let refused = date(caller.ask("GET", "/demo-hub/registrations/1-1-1?api-version=2020-06", &[], ""));
    assert!(refused.starts_with("Tue, 01 Jan 2030"), "{refused}");
}

#[test]
fn a_windows_template_without_a_type_arrives_nowhere() {
    let caller = Caller::of(Emulator::start_blocking().unwrap());
    let old = NewDevice::new(Platform::Windows).tag("old").template("t", r#"{"a":"$(a)"}"#);
    caller.emulator.register_device(old.unchecked()).unwrap();
    let headers = [("ServiceBusNotification-Format", "template"), ("ServiceBusNotification-Tags", "old")];
    let answer = caller.ask("POST", &format!("{MESSAGES}&test"), &headers, r#"{"a":"b"}"#);
    let outcome = NotificationOutcome::parse(answer.body.as_bytes()).unwrap();
    assert_eq!((outcome.success, outcome.failure), (0, 1));
    // The control API takes such a device, too.
    let (status, _) = caller.control(
        "POST",
        "devices",
        r#"{"platform":"apple","pns_handle":"no hexadecimal","unchecked":true}"#,
    );
    assert!((200..300).contains(&status), "{status}");
}

#[test]
fn a_hub_of_the_emulators_own_can_push_everywhere() {
    let caller = Caller::new();
    let own = caller.ask("GET", "/demo-hub?api-version=2020-06", &[], "").body;
    for credential in ["Apns", "Wns", "FcmV1", "Mpns", "Adm", "Baidu", "Browser"] {
        assert!(
            own.contains(&format!("<{credential}Credential><Properties><Property>")),
            "{credential}: {own}"
        );
    }
    assert!(!own.contains("GcmCredential"));
}
