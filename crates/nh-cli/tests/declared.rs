//! `nhub emulator --config FILE` and `nhub hub apply FILE`: one file.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Fault};
use std::fs;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const FIRST: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECOND: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

struct Desk {
    emulator: Emulator,
    home: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let emulator = Emulator::start_blocking().unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("ca.pem"), emulator.ca_pem()).unwrap();
        Desk { emulator, home }
    }

    fn file(&self, text: &str) -> String {
        let path = self.home.path().join("hubs.toml");
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, connection_string: &str, args: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_nhub"))
            .args(["hub"])
            .args(args)
            .env_clear()
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", connection_string)
            .env("NHUB_CA", self.home.path().join("ca.pem"))
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("SESAME_KEY", SECOND)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(args[0] != "apply" || !said.contains("sesame") && !said.contains(SECOND), "{said}");
        output
    }

    fn apply(&self, args: &[&str]) -> Output {
        self.run(self.emulator.namespace_connection_string(), &[&["apply"], args].concat())
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn hub(name: &str, more: &str) -> String {
    format!("[[hubs]]\nname = \"{name}\"\n{more}\n")
}

fn rule(name: &str, right: &str) -> String {
    format!(
        "[[hubs.authorization_rules]]\nkey_name = \"{name}\"\nrights = [\"{right}\"]\nprimary_key = \"{FIRST}\"\n\
         secondary_key = \"env:SESAME_KEY\"\n"
    )
}

#[test]
fn the_second_time_changes_nothing_and_says_so() {
    let desk = Desk::new();
    fs::write(desk.home.path().join("adm.secret"), "sesame\n").unwrap();
    let adm = "[hubs.credentials.adm]\nClientId = \"i\"\nClientSecret = \"file:adm.secret\"\n";
    let news = hub("news", &format!("registration_ttl = \"P90D\"\n{adm}{}", rule("backend", "Manage")));
    let file = desk.file(&(news + &hub("demo-hub", "user_metadata = \"mine\"")));
    let status = |output: &Output| output.status.code().unwrap();

    let diff = desk.apply(&[&file, "--diff"]);
    assert_eq!(status(&diff), 4, "{}", text(&diff.stderr));
    assert!(text(&diff.stdout).contains("hub news: would create\n  registration_ttl: added, P90D\n"));
    assert!(text(&diff.stderr).contains("2 of 2 hubs differ"));
    assert_eq!(desk.emulator.hubs(), ["demo-hub"]);

    let first = desk.apply(&[&file]);
    assert_eq!(status(&first), 0, "{}", text(&first.stderr));
    let said = text(&first.stdout);
    for part in [
        "hub news: created",
        "credential adm: added, ClientId, ClientSecret",
        "hub demo-hub: changed",
        "2 of 2",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let got = desk.run(desk.emulator.namespace_connection_string(), &["get", "news", "--json"]);
    let got: serde_json::Value = serde_json::from_slice(&got.stdout).unwrap();
    assert_eq!(got["credentials"]["adm"]["ClientSecret"], "sesame");
    assert_eq!(got["authorization_rules"].as_array().unwrap().len(), 1);
    assert_eq!(got["authorization_rules"][0]["secondary_key"], SECOND);

    let requests = desk.emulator.requests().len();
    let second = desk.apply(&[&file]);
    assert_eq!(status(&second), 0);
    assert_eq!(
        text(&second.stdout),
        "hub news: unchanged\nhub demo-hub: unchanged\nnothing differs: nothing was changed\n"
    );
    let asked = desk.emulator.requests().split_off(requests);
    assert!(asked.iter().all(|request| request.method == "GET"), "{asked:?}");
    assert_eq!(status(&desk.apply(&[&file, "--diff"])), 0);

    // A section that is there is complete, and one that is absent stays.
    let file = desk.file(&hub("news", "[hubs.credentials]"));
    let third = desk.apply(&[&file, "--json"]);
    let line: serde_json::Value = serde_json::from_slice(&third.stdout).unwrap();
    assert_eq!(line["event"], "changed");
    assert_eq!(line["differences"].as_array().unwrap().len(), 1);
    assert_eq!(line["differences"][0]["change"], "removed");
}

#[test]
fn the_rule_that_the_caller_uses_is_not_removed_in_passing() {
    let desk = Desk::new();
    let file = desk.file(&hub("demo-hub", &rule("backend", "Manage")));
    let own = desk.emulator.connection_string();
    let refused = desk.run(own, &["apply", &file]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("DefaultFullSharedAccessSignature") && said.contains("--own-rule"), "{said}");
    let done = desk.run(own, &["apply", &file, "--own-rule"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
}

#[test]
fn a_failure_in_the_middle_says_what_was_done() {
    let desk = Desk::new();
    desk.emulator.add_fault(Fault::status(400).operation("CreateHub").hub("second")).unwrap();
    let file = desk.file(&["first", "second", "third"].map(|name| hub(name, "")).concat());
    let output = desk.apply(&[&file]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("hub second:") && said.contains("written before: first; not written: third"),
        "{said}"
    );
}

#[test]
fn wrong_files() {
    let desk = Desk::new();
    for (content, says) in [
        ("", "declares no hub"),
        ("[[hubs]]\nnmae = \"news\"", "line 2: nmae: unknown field `nmae`, expected one of `name`"),
        (
            "[[hubs]]\nname = \"news\"\ncredentials = \"sesame\"",
            "line 3: credentials: invalid type: string, expected",
        ),
        ("[[hubs]]\nname = \"a/b\"", "line 1"),
        ("[[hubs]]\nname = \"n\"\n[[hubs]]\nname = \"N\"", "is declared twice"),
        ("[[hubs]]\nname = \"n\"\n[hubs.credentials.fcm]\nA = \"sesame\"", "is for no platform"),
        (
            "[[hubs]]\nname = \"n\"\n[hubs.credentials.gcm]\nGoogleApiKey = \"env:NOT_SET\"",
            "NOT_SET is not set",
        ),
        (
            "[[hubs]]\nname = \"n\"\n[hubs.credentials.gcm]\nGoogleApiKey = \"file:none\"",
            "GoogleApiKey: the file none cannot be read",
        ),
        ("hubs = [", "line 1"),
        ("tier = \"gold\"\n[[hubs]]\nname = \"n\"", "line 1: tier: unknown variant `gold`, expected one of"),
    ] {
        let output = desk.apply(&[&desk.file(content)]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{content}: {said}");
        assert!(said.contains(says), "{says}: {said}");
    }
    let output = desk.apply(&["nowhere.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("nowhere.toml"));
}
