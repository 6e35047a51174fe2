//! What a hub and a namespace hold, as people and scripts ask for it.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Fault};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::NamedTempFile;

struct Nhub {
    emulator: Emulator,
    ca: NamedTempFile,
}

impl Nhub {
    fn new() -> Nhub {
        let emulator = Emulator::builder().demo_devices(true).start_blocking().unwrap();
        let mut ca = NamedTempFile::new().unwrap();
        ca.write_all(emulator.ca_pem().as_bytes()).unwrap();
        Nhub { emulator, ca }
    }

    /// Runs with `input` as standard input.
    fn output(&self, args: &[&str], input: &str) -> Output {
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
        child.wait_with_output().unwrap()
    }

    fn text_of(&self, args: &[&str], input: &str) -> String {
        let output = self.output(args, input);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn text(&self, args: &[&str]) -> String {
        self.text_of(args, "")
    }

    /// One value a line.
    fn json(&self, args: &[&str], input: &str) -> Vec<Value> {
        let text = self.text_of(&[args, &["--json"]].concat(), input);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Exit status, and the one line or the page of clap that says why.
    fn refused(&self, args: &[&str], input: &str) -> (i32, String) {
        let output = self.output(args, input);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.lines().count() == 1 || text.starts_with("error: "), "{args:?}: {text}");
        assert!(output.stdout.is_empty(), "{args:?}");
        (output.status.code().unwrap(), text)
    }
}

#[test]
fn installations() {
    let nhub = Nhub::new();
    let document = json!({"installationId": "1", "platform": "apns", "pushChannel": "AB", "tags": ["x"], "future": 1,
        "templates": {"t": {"body": "{}"}}});
    assert_eq!(nhub.text_of(&["installation", "put"], &document.to_string()), "put              1\n");
    let patch = [
        "installation",
        "patch",
        "1",
        "--add-tag",
        "y",
        "--remove-tag",
        "x",
        "--user",
        "bob",
        "--json-patch",
        "-",
    ];
    nhub.text_of(&patch, r#"[{"op":"replace","path":"/templates/t/body","value":"{\"a\":1}"}]"#);
    let read = nhub.json(&["installation", "get", "1"], "").remove(0);
    assert_eq!((&read["tags"], &read["userId"], &read["future"]), (&json!(["y"]), &json!("bob"), &json!(1)));
    assert_eq!(read["templates"]["t"]["body"], r#"{"a":1}"#);
    let table = nhub.text(&["installation", "get", "1"]);
    assert!(table.contains("platform         apns\n") && table.contains("templates        t\n"), "{table}");
    nhub.text(&["installation", "delete", "1"]);
    let (status, line) = nhub.refused(&["installation", "get", "1"], "");
    assert!(status == 1 && line.contains("404"), "{line}");
}

#[test]
fn registrations() {
    let nhub = Nhub::new();
    let id = nhub.text(&["registration", "create-id"]);
    let document = json!({"kind": "baidu", "baidu_user_id": "u", "baidu_channel_id": "c", "tags": ["mine"],
        "template": {"body": "{}", "name": "n"}});
    let put = nhub.json(&["registration", "put", id.trim()], &document.to_string()).remove(0);
    assert_eq!((put["registration_id"].as_str(), &put["etag"]), (Some(id.trim()), &json!("1")));

    let mut changed = put.clone();
    changed["tags"] = json!(["mine", "yours"]);
    let updated = nhub.json(&["registration", "update"], &changed.to_string()).remove(0);
    assert_eq!(updated["etag"], "2");
    let (status, line) = nhub.refused(&["registration", "update"], &changed.to_string());
    assert!(status == 1 && line.contains("412"), "{line}");

    nhub.text_of(&["registration", "create"], r#"{"kind":"apple","device_token":"ab","tags":["mine"]}"#);
    assert_eq!(nhub.json(&["registration", "list"], "").len(), 12);
    assert_eq!(nhub.json(&["registration", "list", "--limit", "3"], "").len(), 3);
    assert_eq!(nhub.json(&["registration", "list", "--tag", "mine"], "").len(), 2);
    let found = nhub.json(&["registration", "list", "--handle", "baidu:u,c"], "");
    assert_eq!(found, [updated]);
    let table = nhub.text(&["registration", "list", "--tag", "yours"]);
    assert!(
        table.starts_with("ID ") && table.contains(" baidu ") && table.contains(" mine, yours\n"),
        "{table}"
    );

    nhub.text_of(&["registration", "create"], r#"{"kind":"apple","device_token":"ab"}"#);
    let deleted = nhub.text(&["registration", "delete", "--handle", "apple:ab"]);
    assert_eq!(deleted, "deleted          2 registrations\n");
    assert_eq!(nhub.json(&["registration", "list", "--tag", "mine"], "").len(), 1);
    assert_eq!(nhub.json(&["registration", "delete", "--handle", "apple:ab"], ""), [json!({"deleted": 0})]);

    assert_eq!(nhub.refused(&["registration", "delete", id.trim(), "--etag", "1"], "").0, 1);
    nhub.text(&["registration", "delete", id.trim(), "--etag", "2"]);
    assert_eq!(nhub.refused(&["registration", "get", id.trim()], "").0, 1);
}

#[test]
fn jobs_and_their_files() {
    let nhub = Nhub::new();
    for token in ["ab01", "ab02"] {
        let json = format!(r#"{{"kind":"apple","device_token":"{token}","tags":["mine"]}}"#);
        nhub.text_of(&["registration", "create"], &json);
    }
    // An import refuses what belongs to an installation or a user.
    let all = nhub.output(&["registration", "list", "--json"], "").stdout;
    let packed = nhub.output(&["job", "pack"], std::str::from_utf8(&all).unwrap());
    let said = String::from_utf8(packed.stderr).unwrap();
    assert!(packed.status.code() == Some(2) && packed.stdout.is_empty(), "{said}");
    assert!(said.contains("change the installation instead") && said.contains("10 lines"), "{said}");
    let mine = nhub.text(&["registration", "list", "--tag", "mine", "--json"]);
    nhub.emulator.write_blob("in/all.txt", nhub.text_of(&["job", "pack"], &mine));
    let (input, output) = (nhub.emulator.container_uri("in/all.txt"), nhub.emulator.container_uri("out"));
    let job = nhub
        .json(&["job", "import", "delete", "--input", &input, "--output", &output, "--wait"], "")
        .remove(0);
    assert_eq!(job["status"], "Completed");
    let file = nhub.emulator.read_blob(job["output_properties"]["OutputFilePath"].as_str().unwrap()).unwrap();
    let lines = nhub.json(&["job", "unpack"], std::str::from_utf8(&file).unwrap());
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["registration"].is_object() && line["line"].is_number()));
    assert_eq!(nhub.json(&["registration", "list", "--tag", "mine"], ""), Vec::<Value>::new());

    let export = nhub.json(&["job", "export", "--output", &output], "").remove(0);
    let id = export["job_id"].as_str().unwrap();
    assert!(nhub.text(&["job", "get", id]).contains("type             ExportRegistrations\n"));
    assert_eq!(nhub.json(&["job", "list"], "").len(), 2);
    assert_eq!(nhub.text(&["job", "list"]).lines().count(), 3);

    let elsewhere = "https://acct.blob.core.windows.net/c?sig=sesame";
    let failed = nhub.output(&["job", "export", "--output", elsewhere, "--wait"], "");
    let line = String::from_utf8(failed.stderr).unwrap();
    assert!(failed.status.code() == Some(1) && line.contains("the job failed"), "{line}");
    assert!(!line.contains("sesame"));
}

#[test]
fn a_list_becomes_an_import_file_whatever_the_service_wrote() {
    let nhub = Nhub::new();
    let template = r#"{"kind":"apple","device_token":"ab","tags":["mine"],"template":{"body":"{}","name":"breaking news"}}"#;
    nhub.text_of(&["registration", "create"], template);
    let list = nhub.text(&["registration", "list", "--tag", "mine", "--json"]);
    // The service adds names of templates to the tags; kinds may come that this version does not know.
    let list = list.replace(r#"["mine"]"#, r#"["mine","breaking news"]"#);
    let pigeon =
        r#"{"kind":"unknown","name":"PigeonRegistrationDescription","registration_id":"1-2-3","tags":["a"]}"#;
    let both = format!("{pigeon}\n{list}");
    let (status, line) = nhub.refused(&["job", "pack"], &both);
    assert!(status == 2 && line.starts_with("nhub: line 1: ") && line.contains("--leave-out"), "{line}");
    let output = nhub.output(&["job", "pack", "--leave-out"], &both);
    let (file, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(
        output.status.success() && said.starts_with("nhub: left out: line 1: ") && said.contains("Pigeon"),
        "{said}"
    );
    // The service makes a tag of the name again.
    assert!(file.lines().count() == 1 && file.contains("<Tags>mine</Tags>"), "{file}");
}

#[test]
fn an_unknown_member_of_an_installation_is_told() {
    let nhub = Nhub::new();
    let phone = r#"{"installationId":"p1","platform":"gcm","pushChannel":"g","tag":["a"]}"#;
    let output = nhub.output(&["installation", "put"], phone);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("nhub: warning: nobody knows the member tag"), "{said}");
}

#[test]
fn an_update_without_etag_replaces_whatever_is_there() {
    let nhub = Nhub::new();
    let created = nhub.json(&["registration", "create"], r#"{"kind":"apple","device_token":"ab"}"#).remove(0);
    let mut changed = created.clone();
    changed["etag"] = Value::Null;
    changed["tags"] = json!(["new"]);
    let updated = nhub.json(&["registration", "update"], &changed.to_string()).remove(0);
    assert_eq!((&updated["tags"], &updated["etag"]), (&json!(["new"]), &json!("2")));
}

#[test]
fn feedback() {
    let nhub = Nhub::new();
    assert!(nhub.text(&["feedback", "container"]).starts_with("https://localhost:"));
    let one = |handle: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback \
             xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\"><FeedbackTime>2016-07-27T20:47:10Z\
             </FeedbackTime><NotificationSystemError>ExpiredChannel</NotificationSystemError><Platform>apple</Platform>\
             <PnsHandle>{handle}</PnsHandle></PnsFeedback>"
        )
    };
    let blob = one("A") + &one("B");
    let read = nhub.json(&["feedback", "read"], &blob);
    assert_eq!(read.iter().map(|one| one["pns_handle"].as_str().unwrap()).collect::<Vec<_>>(), ["A", "B"]);
    let all = one("A").replace(
        "</PnsFeedback>",
        "<RegistrationId>1-2-3</RegistrationId><InstallationId>i1</InstallationId>\
        <NewPnsHandle>C</NewPnsHandle></PnsFeedback>",
    );
    let table = nhub.text_of(&["feedback", "read"], &(all + &blob));
    let cells: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect())
        .collect();
    assert_eq!(
        cells[0],
        ["TIME", "ERROR", "PLATFORM", "HANDLE", "REGISTRATION", "INSTALLATION", "NEW HANDLE"]
    );
    assert_eq!(cells[1][1..], ["ExpiredChannel", "apple", "A", "1-2-3", "i1", "C"]);
    assert_eq!(cells[3][1..], ["ExpiredChannel", "apple", "B"]);

    // What is broken takes nothing else with it, and is not kept quiet.
    let output =
        nhub.output(&["feedback", "read", "--json"], &(one("A") + "<?xml version='1.0'?><Pns" + &one("B")));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("of the blob cannot be read"), "{said}");
    assert_eq!((said.lines().count(), output.stdout.iter().filter(|b| **b == b'\n').count()), (1, 2));
}

#[test]
fn hubs() {
    let nhub = Nhub::new();
    nhub.text(&["hub", "create", "news"]);
    assert_eq!(nhub.text(&["hub", "list"]), "demo-hub\nnews\n");
    let mut hub = nhub.json(&["hub", "get", "news"], "").remove(0);
    let key = hub["authorization_rules"][0]["primary_key"].as_str().unwrap().to_owned();
    hub["credentials"] = json!({"gcm": {"GoogleApiKey": "sesame"}});
    nhub.text_of(&["hub", "update", "news"], &hub.to_string());
    let table = nhub.text(&["hub", "get", "news"]);
    assert!(table.contains("credentials      gcm\n") && table.contains("DefaultListen"), "{table}");
    assert!(!table.contains(&key) && !table.contains("sesame"), "{table}");
    assert_eq!(nhub.json(&["hub", "get", "news"], "")[0]["credentials"]["gcm"]["GoogleApiKey"], "sesame");

    let (status, line) = nhub.refused(&["hub", "delete", "news"], "");
    assert!(status == 2 && line.contains("--yes"), "{line}");
    nhub.text(&["hub", "delete", "news", "--yes"]);
    let (status, line) = nhub.refused(&["hub", "get", "news"], "");
    assert!(status == 1 && line.contains("does not exist"), "{line}");
}

#[test]
fn bad_input_is_named_and_exit_status_2() {
    let nhub = Nhub::new();
    for (args, input, names) in [
        (
            &["registration", "create"][..],
            r#"{"kind":"pigeon"}"#,
            "standard input: registration kind \"pigeon\"",
        ),
        (&["registration", "create"], "{", "standard input: it is no JSON: EOF"),
        (&["registration", "create"], " \n", "standard input: it is empty"),
        (&["registration", "create", "{"], "", "the document: it is no JSON: EOF"),
        (&["registration", "create", "phone.json"], "", "a file is written as @FILE"),
        (&["registration", "create", "@/nowhere"], "", "/nowhere: there is no such file"),
        (&["registration", "create", "@/"], "", "/: it is a directory"),
        (&["registration", "update"], r#"{"kind":"gcm","gcm_registration_id":"g"}"#, "registration id"),
        (&["registration", "list", "--handle", "browser:https://e"], "", "give endpoint, p256dh, auth"),
        (&["registration", "list", "--handle", "pigeon:e"], "", "not known"),
        (&["registration", "list", "--tag", "a b"], "", "tag \"a b\""),
        (&["registration", "delete", "1", "--etag", "a\"b"], "", "ETag"),
        (&["registration", "delete"], "", "ID"),
        (&["registration", "delete", "1", "--handle", "apple:ab"], "", "--handle"),
        (&["registration", "delete", "--handle", "apple:"], "", "device_token"),
        (&["outcome", "NH-1", "--timeout", "5"], "", "--wait"),
        (&["installation", "put"], r#"{"installationId":"1","platform":"fcm","pushChannel":"x"}"#, "fcmv1"),
        (&["installation", "patch", "1"], "", "--add-tag"),
        (
            &["installation", "patch", "1", "--json-patch", "-"],
            r#"[{"op":"move","path":"/a"}]"#,
            "add, remove or replace",
        ),
        (&["job", "export", "--output", "acct/jobs?sig=sesame"], "", "https://"),
        (&["job", "pack"], "{\"kind\":\"gcm\"}\n", "line 1: "),
        (&["feedback", "read"], "<Other/>", "the blob cannot be read"),
        (&["hub", "create", "a/b"], "", "hub name"),
        (&["hub", "update", "news"], r#"{"colour":"red"}"#, "colour"),
    ] {
        let (status, line) = nhub.refused(args, input);
        assert!(status == 2 && line.contains(names) && !line.contains("sesame"), "{args:?}: {status} {line}");
    }
}

#[test]
fn a_read_never_says_that_it_may_have_been_sent() {
    let nhub = Nhub::new();
    for (operation, args) in [
        ("GetHub", &["hub", "get", "demo-hub"][..]),
        ("ListRegistrations", &["registration", "list", "--json"]),
    ] {
        // As often as it is asked.
        let fault = nhub.emulator.add_fault(Fault::status(501).operation(operation)).unwrap();
        let (status, line) = nhub.refused(args, "");
        assert_eq!(status, 1, "{line}");
        assert!(nhub.emulator.remove_fault(fault));
    }
}

#[test]
fn nothing_of_others_is_obeyed_by_the_terminal() {
    let nhub = Nhub::new();
    let lines = [
        "<AdmRegistrationDescription xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">\
         <Tags>odd</Tags><AdmRegistrationId>a\u{9b}2Jb\u{202e}c</AdmRegistrationId></AdmRegistrationDescription>",
    ];
    nhub.emulator.import_registrations(nhub.emulator.hub(), lines).unwrap();
    let table = nhub.text(&["registration", "list", "--tag", "odd"]);
    assert!(table.contains("a\\u{9b}2Jb\\u{202e}c"), "{table}");
    let json = nhub.output(&["registration", "list", "--tag", "odd", "--json"], "");
    let json = String::from_utf8(json.stdout).unwrap();
    assert!(json.contains("a\\u009b2Jb\\u202ec"), "{json}");
}
