//! From FCM's legacy protocol to FCM HTTP v1, and what `job pack` refuses.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Fault};
#[cfg(unix)]
use nh_emulator::{NewDevice, Platform};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
#[cfg(unix)]
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};
use tempfile::{NamedTempFile, TempDir};

struct Nhub {
    emulator: Emulator,
    ca: NamedTempFile,
    directory: TempDir,
}

impl Nhub {
    fn new() -> Nhub {
        let emulator = Emulator::start_blocking().unwrap();
        let mut ca = NamedTempFile::new().unwrap();
        ca.write_all(emulator.ca_pem().as_bytes()).unwrap();
        Nhub { emulator, ca, directory: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Exit status, stdout and stderr.
    fn output(&self, args: &[&str], input: &str) -> (i32, String, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nhub"))
            .args(args)
            .env("NHUB_CA", self.ca.path())
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", self.emulator.namespace_connection_string())
            .env("NOTIFICATION_HUB_NAME", self.emulator.hub())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that takes no input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn done(&self, args: &[&str], input: &str) -> String {
        let (status, stdout, stderr) = self.output(args, input);
        assert_eq!(status, 0, "{args:?}: {stderr}");
        stdout
    }

    fn lines(&self, text: &str) -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn register(&self, document: &Value) -> String {
        let created = self.done(&["registration", "create", "--json"], &document.to_string());
        serde_json::from_str::<Value>(&created).unwrap()["registration_id"].as_str().unwrap().to_owned()
    }

    /// The registrations without what the service adds.
    fn registrations(&self) -> Vec<String> {
        let listed = self.done(&["registration", "list", "--json"], "");
        let mut all: Vec<String> = self
            .lines(&listed)
            .into_iter()
            .map(|mut registration| {
                for name in ["registration_id", "etag", "expiration_time"] {
                    registration.as_object_mut().unwrap().remove(name);
                }
                registration.to_string()
            })
            .collect();
        all.sort_unstable();
        all
    }
}

fn gcm(token: &str, body: Option<&str>) -> Value {
    let template = body.map(|body| json!({"body": body, "name": "news"}));
    json!({"kind": "gcm", "gcm_registration_id": token, "tags": ["a"], "template": template})
}

const OLD: &str = r#"{"data":{"text":"$(text)"},"priority":"high"}"#;
const NEW: &str = r#"{"message":{"data":{"text":"$(text)"},"android":{"priority":"high"}}}"#;
const ODD: &str = r#"{"data":{"text":"$(text)"},"content_available":true,"delay_while_idle":true}"#;

#[test]
fn a_hub() {
    let nhub = Nhub::new();
    let first = nhub.register(&gcm("one", None));
    nhub.register(&gcm("two", Some(OLD)));
    let odd = nhub.register(&gcm("three", Some(ODD)));
    nhub.register(&json!({"kind": "apple", "device_token": "ab"}));
    let installation =
        json!({"installationId": "i1", "platform": "gcm", "pushChannel": "four", "tags": ["x"]});
    nhub.done(&["installation", "put"], &installation.to_string());
    let before = nhub.registrations();

    // A dry run.
    let (status, stdout, stderr) = nhub.output(&["migrate", "gcm", "fcmv1"], "");
    assert_eq!(status, 0, "{stderr}");
    assert!(
        stdout.contains("registrations read 5\n") && stdout.contains("would be migrated  3\n"),
        "{stdout}"
    );
    assert!(stdout.contains("need a person      1\n"), "{stdout}");
    for says in [
        &*format!(
            "nhub: registration {odd}: content_available in the template \"news\": cannot be carried over"
        ),
        "delay_while_idle in the template \"news\": ",
        "--yes does it",
    ] {
        assert!(stderr.contains(says), "{stderr}");
    }
    assert_eq!(nhub.registrations(), before);

    let report = nhub.path("report");
    let args = ["migrate", "gcm", "FCMV1", "--yes", "--report", &report];
    let (status, stdout, stderr) = nhub.output(&args, "");
    assert_eq!(status, 1, "{stderr}");
    assert!(stdout.contains("migrated           3\n"), "{stdout}");
    assert!(stderr.ends_with("nhub: 1 cannot be migrated by a rule\n"), "{stderr}");
    let lines = nhub.lines(&nhub.read("report"));
    assert_eq!(lines.len(), 4);
    let of = |name: &str, value: &str| lines.iter().find(|line| line[name] == value).unwrap();
    let successor = of("registration_id", &first)["successor"].as_str().unwrap();
    assert!(nhub.done(&["registration", "get", successor], "").contains("fcmv1"));
    assert_eq!(of("installation_id", "i1"), &json!({"event": "migrated", "installation_id": "i1"}));
    let reasons = of("registration_id", &odd)["reasons"].as_array().unwrap();
    assert!(
        reasons.len() == 2 && reasons[0].as_str().unwrap().starts_with("content_available"),
        "{reasons:?}"
    );
    let after = nhub.registrations();
    assert_eq!(after.len(), before.len());
    assert_eq!(after.iter().filter(|text| text.contains("\"kind\":\"gcm\"")).count(), 1);
    assert!(
        after.iter().any(|text| text.contains(&json!(NEW).to_string()) && text.contains("\"two\"")),
        "{after:#?}"
    );

    // Again: only what needs a person is left. The report grows.
    let (status, stdout, _) = nhub.output(&[&args[..], &["--json"]].concat(), "");
    let lines = nhub.lines(&stdout);
    assert_eq!((status, lines.len()), (1, 2));
    assert_eq!((&lines[0]["event"], &lines[1]["event"]), (&json!("reported"), &json!("summary")));
    let counts = ["dry_run", "complete", "migrated", "reported", "listed"].map(|name| &lines[1][name]);
    assert_eq!(counts, [&json!(false), &json!(true), &json!(0), &json!(1), &json!(5)]);
    assert_eq!(nhub.read("report").lines().count(), 5);
    assert_eq!(nhub.registrations(), after);

    nhub.done(&["registration", "delete", &odd], "");
    assert!(nhub.done(&args, "").contains("migrated           0\n"));
}

#[test]
fn what_goes_wrong() {
    let nhub = Nhub::new();
    for i in 0..4 {
        nhub.register(&gcm(&format!("t{i}"), None));
    }
    let (status, stdout, stderr) = nhub.output(&["migrate", "gcm", "fcmv1", "--yes", "--limit", "1"], "");
    assert!(
        status == 0 && stdout.contains("migrated           1\n") && stderr.contains("run it again"),
        "{stderr}"
    );

    // What one alone meets.
    nhub.emulator.add_fault(Fault::status(400).operation("UpsertRegistration").times(1)).unwrap();
    let (status, stdout, stderr) = nhub.output(&["migrate", "gcm", "fcmv1", "--yes"], "");
    assert!(
        status == 1 && stdout.contains("migrated           2\n") && stdout.contains("failed             1\n"),
        "{stdout}"
    );
    assert!(
        stderr.contains("nhub: registration ") && stderr.ends_with("nhub: 1 failed; run it again\n"),
        "{stderr}"
    );

    // What all would meet.
    nhub.emulator.add_fault(Fault::status(401)).unwrap();
    let (status, _, stderr) = nhub.output(&["migrate", "gcm", "fcmv1", "--yes", "--json"], "");
    assert!(
        status == 1 && stderr.contains("run it again to go on") && stderr.contains("\"http_status\":401"),
        "{stderr}"
    );
    for (args, says) in [
        (&["migrate", "gcm", "apple"][..], "fcmv1"),
        (&["migrate", "fcmv1", "gcm"], "gcm"),
        (&["migrate", "gcm"], "<TO>"),
        (&["migrate", "gcm", "fcmv1", "--in-flight", "0"], "--in-flight"),
        (&["migrate", "gcm", "fcmv1", "--job-file", "x"], "--output"),
        (&["migrate", "gcm", "fcmv1", "--output", "x"], "--job-file"),
        (&["migrate", "gcm", "fcmv1", "--yes", "--job-file", "x", "--output", "y"], "--yes"),
        (&["migrate", "gcm", "fcmv1", "--hub", "h", "--job-file", "x", "--output", "y"], "--hub"),
        (
            &["migrate", "gcm", "fcmv1", "--job-file", "/none", "--output", "/none/y"],
            "/none: there is no such file",
        ),
        (&["migrate", "gcm", "fcmv1", "--job-file", "x", "--output", "x"], "x: it is named twice"),
        (&["migrate", "gcm", "fcmv1", "--report", "/none/report"], "/none/report: there is no such file"),
    ] {
        let (status, stdout, stderr) = nhub.output(args, "");
        assert!(status == 2 && stderr.contains(says) && stdout.is_empty(), "{args:?}: {status} {stderr}");
    }
}

/// Ctrl-C lets go of the rest, and the next run takes it.
#[test]
#[cfg(unix)]
fn a_signal_ends_it_and_another_run_goes_on() {
    let nhub = Nhub::new();
    for _ in 0..200 {
        nhub.emulator.register_device(NewDevice::new(Platform::Gcm).tag("a")).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_nhub"))
        .args(["migrate", "gcm", "fcmv1", "--yes", "--json", "--in-flight", "1"])
        .env("NHUB_CA", nhub.ca.path())
        .env("NOTIFICATIONHUBS_CONNECTION_STRING", nhub.emulator.namespace_connection_string())
        .env("NOTIFICATION_HUB_NAME", nhub.emulator.hub())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    stdout.read_line(&mut text).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    stdout.read_to_string(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && said.contains("ended by a signal; run it again to go on"),
        "{said}"
    );
    let lines = nhub.lines(&text);
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["complete"], summary["migrated"].as_u64()),
        (&json!(false), Some(lines.len() as u64 - 1))
    );

    nhub.done(&["migrate", "gcm", "fcmv1", "--yes"], "");
    let after = nhub.registrations();
    assert!(
        after.len() == 200 && after.iter().all(|text| text.contains("\"kind\":\"fcmv1\"")),
        "{}",
        after.len()
    );
}

#[test]
fn a_job_file() {
    let nhub = Nhub::new();
    nhub.register(&gcm("one", None));
    nhub.register(&gcm("one", None));
    nhub.register(&gcm("two", Some(OLD)));
    nhub.register(&gcm("three", Some(ODD)));
    nhub.register(&json!({"kind": "apple", "device_token": "ab"}));
    let installation = json!({"installationId": "i1", "platform": "gcm", "pushChannel": "four"});
    nhub.done(&["installation", "put"], &installation.to_string());
    let container = nhub.emulator.container_uri("out");
    let job = |args: &[&str]| {
        let job = nhub.done(&[args, &["--output", &container, "--wait", "--json"]].concat(), "");
        let job: Value = serde_json::from_str(&job).unwrap();
        let file = |name: &str| {
            let path = job["output_properties"][name].as_str().unwrap();
            String::from_utf8(nhub.emulator.read_blob(path).unwrap().to_vec()).unwrap()
        };
        (file("OutputFilePath"), file("FailedFilePath"))
    };
    let (exported, _) = job(&["job", "export"]);
    fs::write(nhub.path("exported"), &exported).unwrap();

    let (input, create, delete) = (nhub.path("exported"), nhub.path("create"), nhub.path("delete"));
    let args =
        ["migrate", "gcm", "fcmv1", "--job-file", &input, "--output", &create, "--delete-output", &delete];
    let (status, stdout, stderr) = nhub.output(&args, "");
    assert_eq!(status, 1, "{stderr}");
    for says in
        ["lines            6\n", "migrated         2\n", "already there    1\n", "need a person    2\n"]
    {
        assert!(stdout.contains(says), "{stdout}");
    }
    for says in
        ["belongs to the installation \"i1\"", "content_available in the template", "nhub: 2 lines cannot"]
    {
        assert!(stderr.contains(says), "{stderr}");
    }
    assert_eq!((nhub.read("create").lines().count(), nhub.read("delete").lines().count()), (2, 3));

    // The imports take all lines.
    for (kind, name, count) in [("create", "create", 2), ("delete", "delete", 3)] {
        nhub.emulator.write_blob(&format!("in/{name}"), nhub.read(name));
        let uri = nhub.emulator.container_uri(&format!("in/{name}"));
        let (done, failed) = job(&["job", "import", kind, "--input", &uri]);
        assert_eq!((done.lines().count(), failed.as_str()), (count, ""));
    }
    let after = nhub.registrations();
    assert_eq!(after.iter().filter(|text| text.contains("\"kind\":\"fcmv1\"")).count(), 2);
    assert!(after.iter().any(|text| text.contains(&json!(NEW).to_string())), "{after:#?}");
    assert_eq!(after.iter().filter(|text| text.contains("\"one\"")).count(), 1);

    let (status, stdout, _) =
        nhub.output(&["migrate", "gcm", "fcmv1", "--job-file", &input, "--output", &create, "--json"], "");
    let events: Vec<_> =
        nhub.lines(&stdout).iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!((status, events.last().unwrap().as_str(), events.len()), (1, "summary", 6));
}

#[test]
fn pack_names_what_an_import_refuses() {
    let nhub = Nhub::new();
    let tags: Vec<String> = (0..90).map(|i| format!("{i:0100}")).collect();
    let lines = [
        (json!({"kind": "apple", "device_token": "ab", "registration_id": "1-2-3", "tags": ["a"]}), ""),
        (json!({"kind": "apple", "device_token": "xyz"}), "line 2: device_token: has the character 'x'"),
        (
            json!({"kind": "apple", "device_token": "ab", "tags": ["a b", "é"]}),
            "line 3: tag \"a b\": has ' ' at byte 1",
        ),
        (json!({"kind": "apple", "device_token": "ab", "tags": tags}), "line 4: tags: have 9089 characters"),
        (
            json!({"kind": "apple", "device_token": "ab", "tags": ["$UserId:{1}"]}),
            "line 5: tag \"$UserId:{1}\": begins with $",
        ),
        (
            json!({"kind": "windows", "channel_uri": "https://a/", "template": {"body": "x"}}),
            "line 6: template: tells no type",
        ),
        (
            json!({"kind": "apple", "device_token": "cd", "registration_id": "1-2-3"}),
            "line 7: registration id \"1-2-3\": is that of line 1",
        ),
        (
            json!({"kind": "apple", "device_token": "cd", "template": {"body": "hello"}}),
            "line 8: template: has a body that is no JSON",
        ),
        (json!({"kind": "pigeon"}), "line 9: registration kind \"pigeon\": is not known"),
        (json!("text"), "line 10: "),
        (gcm("g", None), ""),
    ];
    let text: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
    let (status, stdout, stderr) = nhub.output(&["job", "pack"], &text);
    assert!(status == 2 && stdout.is_empty(), "{stderr}");
    for (_, says) in &lines {
        assert!(stderr.contains(says), "{says}: {stderr}");
    }
    assert!(
        stderr.contains("line 11 can be imported, but registration of kind gcm: gets no push"),
        "{stderr}"
    );
    assert!(
        stderr
            .ends_with("an import would refuse 9 lines: nothing is written; --leave-out writes the others\n"),
        "{stderr}"
    );

    let (status, stdout, stderr) = nhub.output(&["job", "pack", "--leave-out"], &text);
    assert!(status == 0 && stdout.lines().count() == 2, "{stdout}");
    assert!(lines.iter().all(|(_, says)| stderr.contains(says)), "{stderr}");
    // What it lets through is imported.
    nhub.emulator.write_blob("in/all", stdout);
    let uri = nhub.emulator.container_uri("in/all");
    let output = nhub.emulator.container_uri("out");
    let job =
        nhub.done(&["job", "import", "upsert", "--input", &uri, "--output", &output, "--wait", "--json"], "");
    let job: Value = serde_json::from_str(&job).unwrap();
    let failed = job["output_properties"]["FailedFilePath"].as_str().unwrap();
    assert!(nhub.emulator.read_blob(failed).unwrap().is_empty());
    assert_eq!(nhub.registrations().len(), 2);
}
