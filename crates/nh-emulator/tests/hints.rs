//! What the emulator tells that the real service does not: hints.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Emulator, NewDevice};
use nh_outcome::Platform;
use serde_json::json;
use support::{ALERT, Caller, MESSAGES};

const TEMPLATE: &str = r#"{"aps":{"alert":"$(a)"}}"#;

/// Sends over the data plane, and returns the hints in the log.
fn hints(caller: &Caller, format: &str, tags: &str, body: &str, headers: &[(&str, &str)]) -> Vec<String> {
    let mut all = vec![("ServiceBusNotification-Format", format)];
    if !tags.is_empty() {
        all.push(("ServiceBusNotification-Tags", tags));
    }
    all.extend(headers);
    assert_eq!(caller.ask("POST", MESSAGES, &all, body).status, 201, "{body}");
    caller.emulator.requests().pop().unwrap().hints
}

#[test]
fn a_send_that_reaches_nobody_says_why() {
    let caller = Caller::of(Emulator::start_blocking().unwrap());
    let to = |format: &str, tags: &str, body: &str| hints(&caller, format, tags, body, &[]);
    assert_eq!(to("apple", "", ALERT), ["The hub has no devices."]);
    let device = |new: NewDevice| caller.emulator.register_device(new).unwrap();
    device(NewDevice::new(Platform::Apple).tag("native"));
    device(NewDevice::new(Platform::Apple).tag("templates").template("t", TEMPLATE));
    device(NewDevice::new(Platform::Adm).tag("other"));
    assert!(to("apple", "native", ALERT).is_empty());
    for (format, tags, body, says) in [
        (
            "apple",
            "nobody",
            ALERT,
            "No device matches the tag expression 'nobody'. The hub has 3 registrations.",
        ),
        (
            "apple",
            "templates",
            ALERT,
            "No device matches the tag expression 'templates' natively. 1 device that matches is registered with a template: a \
             notification for 'apple' does not reach them, a template notification does.",
        ),
        (
            "template",
            "native || other",
            r#"{"a":"b"}"#,
            "No template matches the tag expression 'native || other'. 2 devices that match are registered without a template: \
             a template notification does not reach them.",
        ),
        (
            "apple",
            "other",
            ALERT,
            "No device of the platform 'apple' matches the tag expression 'other'. 1 device matches, and is of other platforms: \
             'adm'.",
        ),
    ] {
        assert_eq!(to(format, tags, body), [says], "{format} {tags}");
    }
}

#[test]
fn what_looks_like_a_mistake_is_told() {
    let caller = Caller::new();
    for (tags, value) in [
        ("sports || undefined", "undefined"),
        ("sports || user:null", "user:null"),
        ("sports || $UserId:{None}", "$UserId:{None}"),
    ] {
        let told = hints(&caller, "apple", tags, ALERT, &[]);
        let says =
            format!("The tag '{value}' looks like a value that was missing in the program that sends.");
        assert_eq!(told, [says]);
    }
    let told = hints(&caller, "apple", "sports", r#"{"alert":"Hello"}"#, &[]);
    assert!(told.len() == 1 && told[0].contains("no 'aps'"), "{told:?}");
    assert!(hints(&caller, "apple", "sports", r#"{"mdm":"x"}"#, &[]).is_empty());

    let toast =
        "<toast><visual><binding template=\"ToastText01\"><text id=\"1\">x</text></binding></visual></toast>";
    let xml = [("Content-Type", "application/xml"), ("X-WNS-Type", "wns/toast"), ("X-WNS-TTL", "60")];
    assert!(hints(&caller, "windows", "sports", toast, &xml).is_empty());
    let ignored = [&xml[..], &[("apns-priority", "5"), ("ServiceBusNotification-Tag", "a")]].concat();
    assert_eq!(
        hints(&caller, "windows", "sports", toast, &ignored),
        ["apns-priority", "servicebusnotification-tag"]
            .map(|name| format!("The service ignores the header '{name}' of this notification."))
    );
    let apple = [("apns-priority", "5"), ("ServiceBusNotification-Apns-Expiry", "2030-01-01")];
    assert!(hints(&caller, "apple", "sports", ALERT, &apple).is_empty());
}

#[test]
fn the_control_api_counts_and_tells() {
    let caller = Caller::new();
    let send = |send: serde_json::Value| caller.control("POST", "send", &send.to_string()).1;
    let sent = send(json!({"format": "apple", "payload": ALERT, "tags": "sports"}));
    assert_eq!((&sent["matched"], &sent["hints"]), (&json!(1), &json!([])));
    let sent = send(json!({"format": "apple", "payload": ALERT, "tags": "nobody"}));
    assert_eq!(sent["matched"], 0);
    assert!(sent["hints"][0].as_str().unwrap().contains("'nobody'"), "{sent}");
    let sent = send(json!({"format": "apple", "payload": ALERT, "device": "AB"}));
    assert_eq!((&sent["matched"], &sent["hints"]), (&json!(1), &json!([])));
}

#[test]
fn whoever_wants_to_is_told_of_each_request() {
    let (sender, told) = std::sync::mpsc::channel();
    let builder = Emulator::builder().on_request(move |request| {
        let _ = sender.send((request.operation.clone(), request.hints.clone()));
    });
    let caller = Caller::of(builder.start_blocking().unwrap());
    hints(&caller, "apple", "", ALERT, &[]);
    let (operation, hints) = told.recv().unwrap();
    assert_eq!(
        (operation.as_deref(), hints),
        (Some("SendNotification"), vec!["The hub has no devices.".to_owned()])
    );
}
