//! `nhub doctor`: what it finds, what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, EmulatorBuilder, NewDevice, Platform, Rejection};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output};
use tempfile::NamedTempFile;

const TOKEN: &str = "00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0";

struct Nhub {
    emulator: Emulator,
    ca: NamedTempFile,
}

impl Nhub {
    /// A hub with a native device of Apple's, and one with a template.
    fn new(builder: EmulatorBuilder) -> Nhub {
        let emulator = builder.start_blocking().unwrap();
        let phone = NewDevice::new(Platform::Apple).pns_handle(TOKEN).tag("sports");
        let android = NewDevice::new(Platform::FcmV1).tag("templated");
        let android = android.template("greeting", r#"{"message":{"data":{"text":"$(text)"}}}"#);
        for device in [phone, android] {
            emulator.register_device(device).unwrap();
        }
        let mut ca = NamedTempFile::new().unwrap();
        ca.write_all(emulator.ca_pem().as_bytes()).unwrap();
        Nhub { emulator, ca }
    }

    fn output(&self, connection_string: &str, hub: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_nhub"))
            .args(args)
            .env("NHUB_CA", self.ca.path())
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", connection_string)
            .env("NOTIFICATION_HUB_NAME", hub)
            .output()
            .unwrap()
    }

    fn doctor(&self, args: &[&str]) -> Output {
        let args = [&["doctor"], args].concat();
        self.output(self.emulator.connection_string(), self.emulator.hub(), &args)
    }

    /// The codes that are found, and the exit status.
    fn found(&self, args: &[&str]) -> (String, i32) {
        codes(&self.doctor(&[args, &["--json"]].concat()))
    }
}

fn codes(output: &Output) -> (String, i32) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let diagnosis: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
    let codes = diagnosis["findings"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|finding| finding["code"].as_str().unwrap()).collect();
    (codes.join(" "), output.status.code().unwrap())
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn what_is_found_and_how_it_ends() {
    let nhub = Nhub::new(Emulator::builder());
    for (args, expected, status) in [
        (&[][..], "", 0),
        (&["--tag", "sports", "--send", "apple"], "", 0),
        (
            &[
                "--tag",
                "nobody",
                "--tag",
                "sports",
                "--send",
                "apple",
                "--payload",
                r#"{"aps":{"alert":"x"}}"#,
            ],
            "",
            0,
        ),
        (&["--tags", "templated && !sports", "--send", "template", "--property", "text=Hello"], "", 0),
        (&["--device", &format!("apple:{TOKEN}"), "--tag", "sports"], "", 0),
        (&["--tag", "sprots", "--send", "apple"], "no-device-has-the-tag", 4),
        (&["--tag", "templated", "--send", "fcmv1"], "only-template-devices", 4),
        (&["--tag", "sports", "--send", "template"], "only-native-devices", 4),
        (&["--tag", "sports", "--send", "windows"], "no-device-of-the-platform", 4),
        (
            &["--tag", "templated", "--send", "template", "--property", "body=Hello"],
            "template-property-missing",
            0,
        ),
        (&["--user", "alice"], "user-has-no-device", 4),
        (&["--installation", "tablet"], "installation-not-found", 4),
        (&["--device", "apple:00FF"], "device-not-registered", 4),
        (&["--notification", "NH-20230803155355238-0-07"], "notification-not-found", 4),
        (&["--send", "apple", "--payload", "{}"], "apple-payload-without-aps", 4),
    ] {
        assert_eq!(nhub.found(args), (expected.to_owned(), status), "{args:?}");
    }
    assert_eq!(nhub.emulator.served().notifications, 0);
}

#[test]
fn the_key_the_hub_and_the_network() {
    let nhub = Nhub::new(Emulator::builder());
    let emulator = &nhub.emulator;
    let nobody = "Endpoint=sb://localhost:1/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
    for (connection_string, hub, expected, status) in [
        (emulator.listen_only_connection_string(), emulator.hub(), "key-cannot-send", 4),
        (emulator.namespace_connection_string(), "nwes", "hub-not-found", 4),
        (emulator.connection_string(), "nwes", "key-or-hub-name-is-wrong", 4),
        (nobody, "news", "no-answer", 1),
    ] {
        let output = nhub.output(connection_string, hub, &["doctor", "--json"]);
        assert_eq!(codes(&output), (expected.to_owned(), status));
        let said: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(said["error"]["exit_status"], status, "{said}");
    }
    nhub.emulator.add_fault(nh_emulator::Fault::status(503)).unwrap();
    assert_eq!(nhub.found(&[]), ("service-failed".to_owned(), 1));
    let old = Nhub::new(Emulator::builder().newest_api_version("2017-11"));
    assert_eq!(old.found(&[]), ("api-version-refused".to_owned(), 4));
    let basic = Nhub::new(Emulator::builder().tier(nh_emulator::Tier::Basic));
    assert_eq!(basic.found(&[]), ("tier-without-telemetry".to_owned(), 0));
}

#[test]
fn people_read_facts_and_findings() {
    let nhub = Nhub::new(Emulator::builder());
    let healthy = text(&nhub.doctor(&["--tag", "sports", "--send", "apple"]));
    for line in [
        "key              DefaultFullSharedAccessSignature: may Listen, Send, Manage\n",
        "tier             Standard\n",
        "looked at        1 registration\n",
        "  apple                 1 native        0 template\n",
        "\nNothing is wrong.\n",
    ] {
        assert!(healthy.contains(line), "{line}: {healthy}");
    }
    let ill = text(&nhub.doctor(&["--tag", "sprots", "--send", "apple"]));
    assert!(
        ill.ends_with(
            "error            no-device-has-the-tag\n\
             \x20                Tag expression 'sprots' matches no registration in the hub. The service takes a send to it all the same.\n\
             what to do       Let the app register with this tag, or send to another one. There are devices with the tag 'sports'.\n"
        ),
        "{ill}"
    );
}

#[test]
fn an_outcome_is_told_in_words() {
    let nhub = Nhub::new(Emulator::builder());
    let emulator = &nhub.emulator;
    emulator.reject(emulator.hub(), &Platform::Apple, TOKEN, Some(Rejection::ExpiredChannel)).unwrap();
    let send = ["send", "apple", r#"{"aps":{"alert":"x"}}"#, "--tag", "sports", "--json"];
    let sent = nhub.output(emulator.connection_string(), emulator.hub(), &send);
    let sent: Value = serde_json::from_slice(&sent.stdout).unwrap();
    let output = nhub.doctor(&["--notification", sent["notification_id"].as_str().unwrap()]);
    let text = text(&output);
    assert!(
        text.contains("ExpiredChannel: The app was removed from the device, or the device has a new handle. Remove this device."),
        "{text}"
    );
    assert!(text.contains("devices-are-gone") && output.status.code() == Some(4), "{text}");
}

#[test]
fn what_is_wrong_usage_asks_nothing() {
    let nhub = Nhub::new(Emulator::builder());
    for (args, says) in [
        (&["--tag", "breaking news"][..], "tag \"breaking news\""),
        (&["--tag", "a", "--tags", "b"], "cannot be used with"),
        (&["--device", "00FF"], "--device: names no platform"),
        (&["--payload", "{}"], "--send"),
        (&["--send", "fcm"], "fcmv1"),
        (&["--send", "apple", "--property", "a=b"], "has no properties"),
        (&["--send", "apple", "--payload", "Hello"], "apple payload"),
        (&["--notification", ""], "notification id"),
    ] {
        let output = nhub.doctor(args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(says), "{args:?}: {text}");
    }
    assert!(nhub.emulator.requests().is_empty());
}

#[test]
fn nothing_of_others_reaches_the_terminal_raw() {
    let nhub = Nhub::new(Emulator::builder());
    let evil =
        NewDevice::new(Platform::Adm).tag("mine").template("\u{1b}[31mred", r#"{"data":{"a":"Hi $(text)"}}"#);
    nhub.emulator.register_device(evil.unchecked()).unwrap();
    let output = nhub.doctor(&["--tag", "mine"]);
    assert!(!output.stdout.contains(&0x1b) && text(&output).contains("red"), "{}", text(&output));
    assert!(text(&output).contains("template-not-filled"));
}
