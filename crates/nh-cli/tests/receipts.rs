//! Receipts to the end, on the command line: outcomes, feedback, installations, pruning.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Platform, Rejection};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::{NamedTempFile, TempDir};

struct Nhub {
    emulator: Emulator,
    ca: NamedTempFile,
    directory: TempDir,
}

impl Nhub {
    fn new() -> Nhub {
        let emulator = Emulator::builder().start_blocking().unwrap();
        let mut ca = NamedTempFile::new().unwrap();
        ca.write_all(emulator.ca_pem().as_bytes()).unwrap();
        Nhub { emulator, ca, directory: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nhub"));
        command
            .args(args)
            .env("NHUB_CA", self.ca.path())
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", self.emulator.connection_string())
            .env("NOTIFICATION_HUB_NAME", self.emulator.hub())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn output(&self, args: &[&str], input: &str) -> Output {
        let mut child = self.command(args).spawn().unwrap();
        // It may have ended without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn text(&self, args: &[&str]) -> String {
        let output = self.output(args, "");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// One value a line.
    fn json(&self, args: &[&str]) -> Vec<Value> {
        values(self.text(&[args, &["--json"]].concat()).as_bytes())
    }

    /// Exit status, output, and what was said.
    fn refused(&self, args: &[&str]) -> (i32, Vec<Value>, String) {
        let output = self.output(&[args, &["--json"]].concat(), "");
        (output.status.code().unwrap(), values(&output.stdout), String::from_utf8(output.stderr).unwrap())
    }

    fn put(&self, installation: Value) {
        let output = self.output(&["installation", "put"], &installation.to_string());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn send(&self, tag: &str) -> String {
        let sent = self.json(&["send", "apple", r#"{"aps":{"alert":"Hello"}}"#, "--tag", tag]);
        sent[0]["notification_id"].as_str().unwrap().to_owned()
    }

    fn write_feedback(&self, blob: &str, content: &str) {
        self.emulator.write_blob(&format!("feedback-{}/{blob}", self.emulator.hub()), content.to_owned());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn values(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn phone(id: &str) -> Value {
    json!({"installationId": id, "platform": "fcmv1", "pushChannel": format!("token-{id}")})
}

fn report(platform: &str, handle: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">\
         <FeedbackTime>2026-11-26T10:00:00Z</FeedbackTime><NotificationSystemError>BadChannel</NotificationSystemError>\
         <Platform>{platform}</Platform><PnsHandle>{handle}</PnsHandle>{more}</PnsFeedback>"
    )
}

#[test]
fn the_outcomes_of_many_notifications() {
    let nhub = Nhub::new();
    let ids: Vec<String> = (0..5).map(|_| nhub.send("nobody")).collect();
    let given: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut known: Vec<_> = nhub
        .json(&[&["outcome", "--wait"], &given[..]].concat())
        .into_iter()
        .map(|outcome| (outcome["notification_id"].as_str().unwrap().to_owned(), outcome["state"].clone()))
        .collect();
    known.sort_by(|one, other| one.0.cmp(&other.0));
    let mut expected: Vec<_> = ids.iter().map(|id| (id.clone(), json!("NoTargetFound"))).collect();
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(known, expected);
    let text = nhub.text(&["outcome", given[0], given[1]]);
    assert_eq!(text.matches("state            NoTargetFound\n").count(), 2, "{text}");
    assert!(text.contains(&format!("notification     {}\n", given[1])), "{text}");

    // One that is not known takes no other with it, and is told.
    let (status, lines, said) = nhub.refused(&["outcome", given[0], "unknown", given[1]]);
    assert_eq!((status, lines.len()), (1, 3));
    let unknown = lines.iter().find(|line| line["notification_id"] == "unknown").unwrap();
    assert_eq!(unknown["error"]["http_status"], 404);
    assert!(said.contains("of 3 notifications, the outcome of 1 is not known"), "{said}");
    let (status, lines, said) = nhub.refused(&["outcome", "unknown"]);
    assert_eq!((status, lines.len()), (1, 0));
    assert!(said.contains("\"http_status\":404"), "{said}");
    assert_eq!(nhub.refused(&["outcome"]).0, 2);
}

/// What a command that goes on writes, line by line.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap()
    }
}

#[test]
fn feedback_is_followed_and_goes_on_after_a_restart() {
    let nhub = Nhub::new();
    let state = nhub.path("feedback.state");
    let state = state.to_str().unwrap();
    let follow = |more: &[&str]| {
        let args = [&["feedback", "follow", "--state", state, "--json"], more].concat();
        let mut child = nhub.command(&args).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines }
    };
    nhub.write_feedback("11252026", &report("gcm", "1", "<RegistrationId>1-2-3</RegistrationId>"));
    let mut running = follow(&["--every", "1"]);
    let first = running.next();
    assert_eq!((&first["pns_handle"], &first["remedy"]["action"]), (&json!("1"), &json!("delete")));
    assert_eq!(first["remedy"]["registration_id"], "1-2-3");
    // Another blob, and a document more in the first one.
    nhub.write_feedback("11262026", &report("gcm", "2", ""));
    assert_eq!(running.next()["pns_handle"], "2");
    running.child.kill().unwrap();
    running.child.wait().unwrap();

    // Killed, it has kept what was read at the latest when it began to wait.
    let mut running = follow(&["--once"]);
    let again: Vec<_> = running.lines.by_ref().map(|line| line.unwrap()).collect();
    assert!(running.child.wait().unwrap().success());
    assert!(again.len() <= 1, "{again:?}");
    let kept: Value = serde_json::from_slice(&std::fs::read(state).unwrap()).unwrap();
    assert_eq!(kept["blobs"]["11262026"], report("gcm", "2", "").len());
    nhub.write_feedback("11262026", &(report("gcm", "2", "") + &report("gcm", "3", "")));
    assert_eq!(nhub.json(&["feedback", "follow", "--once", "--state", state])[0]["pns_handle"], "3");
    assert!(nhub.json(&["feedback", "follow", "--once", "--state", state]).is_empty());
    let table = nhub.text(&["feedback", "follow", "--once"]);
    assert!(table.lines().next().unwrap().starts_with("TIME"), "{table}");
    assert_eq!(table.lines().count(), 4);
    assert!(table.contains("delete registration 1-2-3"), "{table}");

    // What cannot be read is told, and the rest is shown.
    nhub.write_feedback("11272026", &("<?xml version='1.0'?><Pns".to_owned() + &report("gcm", "4", "")));
    let (status, lines, said) = nhub.refused(&["feedback", "follow", "--once", "--state", state]);
    assert_eq!((status, &lines[0]["pns_handle"]), (1, &json!("4")));
    assert!(
        said.contains("11272026") && said.contains("one part of the feedback could not be read"),
        "{said}"
    );

    // A file that is no state, and one that cannot be written.
    std::fs::write(nhub.path("other"), "x").unwrap();
    for (file, words) in
        [(nhub.path("other"), "it keeps no position"), (nhub.path("none/state"), "cannot be kept here")]
    {
        let (status, lines, said) =
            nhub.refused(&["feedback", "follow", "--once", "--state", file.to_str().unwrap()]);
        assert_eq!((status, lines.len()), (2, 0));
        assert!(said.contains(words), "{said}");
    }
    let listen = nhub.emulator.listen_only_connection_string();
    let (status, _, said) = nhub.refused(&["feedback", "follow", "--connection-string", listen]);
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("the hub does not say where its feedback is") && said.contains("\"http_status\":403")
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_and_the_position_is_kept() {
    let nhub = Nhub::new();
    let state = nhub.path("state");
    nhub.write_feedback("11252026", &report("gcm", "1", ""));
    let mut child =
        nhub.command(&["feedback", "follow", "--state", state.to_str().unwrap(), "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("\"1\""));
    // It waits for the next minute now, or soon.
    while !std::fs::read_to_string(&state).is_ok_and(|kept| kept.contains("11252026")) {
        std::thread::yield_now();
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(nhub.json(&["feedback", "follow", "--once", "--state", state.to_str().unwrap()]).is_empty());
}

#[test]
fn installations_are_listed() {
    let nhub = Nhub::new();
    for (id, user, tags) in
        [("a", "bob", json!(["sports"])), ("b", "bob", json!([])), ("c", "eve", json!(["sports"]))]
    {
        let mut installation = phone(id);
        installation["userId"] = user.into();
        installation["tags"] = tags;
        installation["templates"] =
            json!({"t": {"body": r#"{"message":{"data":{"a":"$(a)"}}}"#, "tags": ["of_t"]}});
        nhub.put(installation);
    }
    let ids = |args: &[&str]| {
        let all = nhub.json(&[&["installation", "list"], args].concat());
        let mut ids: Vec<_> =
            all.iter().map(|one| one["installation_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids.concat()
    };
    assert_eq!(ids(&[]), "abc");
    assert_eq!(ids(&["--tag", "sports"]), "ac");
    assert_eq!(ids(&["--tag", "of_t"]), "abc");
    assert_eq!(ids(&["--user", "bob"]), "ab");
    assert_eq!(ids(&["--limit", "2"]).len(), 2);
    assert_eq!(ids(&["--user", "nobody"]), "");
    let one = nhub.json(&["installation", "list", "--user", "eve"]).remove(0);
    assert_eq!((&one["platform"], &one["fcm_v1_registration_id"]), (&json!("fcmv1"), &json!("token-c")));
    let table = nhub.text(&["installation", "list", "--user", "eve"]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["INSTALLATION", "PLATFORM", "USER", "TAGS", "PUSH", "CHANNEL"]);
    assert_eq!(rows[1], ["c", "fcmv1", "eve", "sports", "token-c"]);
    assert_eq!(nhub.refused(&["installation", "list", "--tag", "a b"]).0, 2);
    assert_eq!(nhub.refused(&["installation", "list", "--tag", "a", "--user", "b"]).0, 2);
}

#[test]
fn what_is_dead_is_pruned() {
    let nhub = Nhub::new();
    nhub.put(phone("dead"));
    nhub.put(phone("alive"));
    // The emulator's own feedback: a device that a push service does not know any more.
    let mut gone = phone("gone");
    gone["platform"] = "apns".into();
    gone["pushChannel"] = "00AB".into();
    gone["tags"] = json!(["mine"]);
    nhub.put(gone);
    let hub = nhub.emulator.hub().to_owned();
    nhub.emulator.reject(&hub, &Platform::Apple, "00AB", Some(Rejection::ExpiredChannel)).unwrap();
    nhub.send("mine");
    let registration = r#"{"kind":"gcm","gcm_registration_id":"old"}"#;
    assert!(nhub.output(&["registration", "create"], registration).status.success());
    let reports = [
        report("fcmv1", "token-dead", ""),
        report("fcmv1", "a former one", "<InstallationId>alive</InstallationId>"),
        report("gcm", "old", ""),
        report("gcm", "moved", "<NewPnsHandle>there</NewPnsHandle>"),
    ];
    nhub.write_feedback("11252026", &reports.concat());

    let events = |lines: &[Value]| {
        let mut events: Vec<_> =
            lines.iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect();
        events.sort();
        events.join(" ")
    };
    let dry = nhub.json(&["prune"]);
    assert_eq!(events(&dry), "kept kept summary would_delete would_delete would_delete");
    let summary = dry.last().unwrap();
    assert_eq!(
        (&summary["event"], &summary["reports"], &summary["would_delete"]),
        (&json!("summary"), &json!(5), &json!(3))
    );
    let table = nhub.text(&["prune"]);
    assert!(table.contains("would delete    installation dead"), "{table}");
    assert!(table.contains("the device has another handle by now"), "{table}");
    assert_eq!(nhub.json(&["installation", "list"]).len(), 2);

    let done = nhub.json(&["prune", "--yes"]);
    assert_eq!(events(&done), "deleted deleted deleted kept kept summary");
    assert_eq!(done.last().unwrap()["deleted"], 3);
    let left = nhub.json(&["installation", "list"]);
    assert_eq!((left.len(), &left[0]["installation_id"]), (1, &json!("alive")));
    assert_eq!(nhub.refused(&["installation", "get", "gone"]).0, 1);

    // Once more, there is nothing left to do.
    let again = nhub.json(&["prune", "--yes"]);
    assert_eq!(events(&again), "gone_already gone_already gone_already kept kept summary");
    let summary = again.last().unwrap();
    assert_eq!(
        (&summary["deleted"], &summary["gone_already"], &summary["kept"]),
        (&json!(0), &json!(3), &json!(2))
    );
    assert!(!nhub.text(&["prune"]).contains("nobody has the handle"));
    // What cannot be read is told.
    nhub.write_feedback("11262026", "<?xml version='1.0'?><Pns");
    let (status, _, said) = nhub.refused(&["prune"]);
    assert_eq!(status, 1);
    assert!(said.contains("1 of the feedback's parts could not be read"), "{said}");
}
