//! The command as people and scripts use it.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Output, Stdio};

const TOAST: &str = r#"<toast launch="a=1"><visual><binding template="ToastText01"><text id="1">Hello</text></binding></visual></toast>"#;

fn nhub(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nhub"));
    command.args(args).env_remove("NOTIFICATIONHUBS_CONNECTION_STRING").env_remove("NOTIFICATION_HUB_NAME");
    command.stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    nhub(args).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A hub that nobody answers for.
fn nobody() -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    connection_string(port)
}

fn connection_string(port: u16) -> String {
    format!(
        "Endpoint=http://127.0.0.1:{port};SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l;EntityPath=news"
    )
}

#[test]
fn a_test_send_to_the_emulator() {
    let report = json(&run(&["send", "windows", TOAST, "--tag", "sports", "--emulator", "--test", "--json"]));
    assert_eq!(report["outcome"]["success"], 1);
    let result = &report["outcome"]["results"][0];
    assert_eq!(result["application_platform"], "windows");
    assert_eq!(result["outcome"], "The Notification was successfully sent to the Push Notification System");
    assert!(result["pns_handle"].is_string() && result["registration_id"].is_string());
    assert!(report["notification_id"].is_string() && report["tracking_id"].is_string());
}

/// `nhub .. 2>&1 | head`: what cannot be said is not said, and the exit status stays what it is.
#[test]
fn nobody_listens_to_stderr() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for (args, status) in [
        (&["hub", "list", "--emulator"][..], 0),
        (&["hub", "list", "--emulator", "--json"], 0),
        (&["send", "apple", "{}"], 2),
        (&["send", "apple", "{}", "--json"], 2),
        (&["sned"], 2),
        (&["send", "windows", TOAST, "--tag", "nobody", "--emulator", "--test"], 4),
    ] {
        let ended = nhub(args).stdout(Stdio::null()).stderr(writer.try_clone().unwrap()).status().unwrap();
        assert_eq!(ended.code(), Some(status), "{args:?}");
    }
}

#[test]
fn every_kind_of_send() {
    for args in [
        &["send", "apple", r#"{"aps":{}}"#][..],
        &["send", "apple", r#"{"aps":{}}"#, "--tag", "a", "--tag", "b"],
        &["send", "apple", r#"{"aps":{}}"#, "--tags", "a && !b", "--header", "apns-priority: 5"],
        &["send", "fcmv1", r#"{"message":{}}"#, "--device", "token"],
        &["send", "fcmv1", r#"{"message":{}}"#, "--device", "one", "--device", "two"],
        &[
            "send",
            "browser",
            "{}",
            "--device",
            r#"{"endpoint":"https://push.example/1","p256dh":"BNcR","auth":"tBHI"}"#,
        ],
        &["send", "template", "--property", "greeting_en=Hello = world"],
        &["send", "template", r#"{"greeting_en":"Hello"}"#],
        &["send", "windows", "bytes", "--header", "X-WNS-Type: wns/raw"],
    ] {
        let report = json(&run(&[args, &["--emulator", "--json"]].concat()));
        assert!(report["notification_id"].is_string() && report["outcome"].is_null(), "{args:?}: {report}");
    }
}

#[test]
fn people_read_a_table() {
    let output = run(&["send", "windows", TOAST, "--emulator", "--test"]);
    let text = stdout(&output);
    assert!(text.contains("succeeded        1\n") && text.contains("failed           0\n"), "{text}");
}

#[test]
fn payloads_come_from_files_and_standard_input() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(TOAST.as_bytes()).unwrap();
    let at = format!("@{}", file.path().display());
    let output = run(&["send", "windows", &at, "--connection-string", &nobody(), "--dry-run"]);
    assert!(stdout(&output).ends_with(&format!("\r\n\r\n{TOAST}\n")), "{}", stderr(&output));

    let mut child = nhub(&["send", "windows", "-", "--connection-string", &nobody(), "--dry-run"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(TOAST.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).ends_with(&format!("\r\n\r\n{TOAST}\n")));
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let output =
        run(&["send", "apple", "{}", "--tag", "sports", "--connection-string", &nobody(), "--dry-run"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("POST /news/messages?api-version=2020-06 HTTP/1.1\r\n"), "{text}");
    assert!(
        text.contains("servicebusnotification-tags: sports\r\n") && text.contains("&sig=[redacted]&"),
        "{text}"
    );
    assert!(!text.contains("c2VzYW1l"));
}

#[test]
fn bad_input_is_named_and_exit_status_2() {
    let nobody = nobody();
    for (args, names) in [
        (&["send", "fcm", "{}"][..], "fcmv1"),
        (&["send", "windows", "<toaster/>"], "toaster"),
        (&["send", "apple", "{}", "--tag", "breaking news"], "' ' at byte 8"),
        (&["send", "apple", "{}", "--tags", "(a"], "closing parenthesis"),
        (&["send", "apple", "{}", "--tags", ""], "empty"),
        (&["send", "apple", "{}", "--device", ""], "device handle"),
        (&["send", "apple", "{}", "--device", "{\"auth\":\"sesame\"}"], "p256dh"),
        (&["send", "apple", "{}", "--device", "a", "--device", "b", "--test"], "--test"),
        (&["send", "apple", "{}", "--tag", "a", "--device", "b"], "--device"),
        (&["send", "apple", "{}", "--at", "tomorrow"], "2026-12-24T18:00:00Z"),
        (&["send", "apple", "{}", "--at", "2001-01-01T00:00:00Z"], "not in the future"),
        (&["send", "apple", "{}", "--header", "nothing"], "colon"),
        (&["send", "apple", "{}", "--header", "Content-Type: text/plain"], "Content-Type"),
        (&["send", "apple", "--property", "a=b"], "--property"),
        (&["send", "template", "{\"badge\":5}"], "badge"),
        (&["send", "template", "--property", "a"], "name=value"),
        (&["send", "apple", "@/does/not/exist"], "/does/not/exist"),
        (&["send", "apple"], "PAYLOAD"),
        (&["send", "apple", "{}", "--ca", "/does/not/exist"], "--ca /does/not/exist"),
        (&["cancel", ""], "notification id"),
        (&["outcome", ""], "notification id"),
        (&["sned"], "'send'"),
    ] {
        let output = run(&[args, &["--connection-string", &nobody]].concat());
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        // clap has pages of its own; all else is one line.
        let is_page = text.starts_with("error: ") && text.contains("--help");
        let is_line = text.lines().count() == 1 && text.starts_with("nhub: ");
        assert!((is_page || is_line) && text.contains(names), "{args:?}: {text}");
        assert!(!text.contains("sesame") && !text.contains("c2VzYW1l"), "{text}");
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn without_a_hub_it_names_what_to_give() {
    let output = run(&["send", "apple", "{}"]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("NOTIFICATIONHUBS_CONNECTION_STRING") && text.contains("--emulator"), "{text}");
    let output = run(&[
        "send",
        "apple",
        "{}",
        "--connection-string",
        "Endpoint=sb://c.net;SharedAccessKeyName=n;SharedAccessKey=k",
    ]);
    assert!(stderr(&output).contains("--hub"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn alone_it_shows_its_help() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("\nCommands:\n"), "{}", stderr(&output));
    let output = run(&["--version"]);
    assert!(output.status.success() && stdout(&output).starts_with("nhub "));
}

#[test]
fn a_connection_that_breaks_is_exit_status_3() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        // The request is read to its end, then nothing is said.
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            line.clear();
        }
        reader.take(2).read_to_end(&mut Vec::new()).unwrap();
    });
    let output = run(&["send", "apple", "{}", "--connection-string", &connection_string(port)]);
    server.join().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("may have been carried out"), "{}", stderr(&output));
}

#[test]
fn a_token_signs_for_the_hub() {
    let output = run(&["token", "--connection-string", &nobody()]);
    let token = stdout(&output);
    assert!(
        token.starts_with("SharedAccessSignature sr=http%3A%2F%2F127.0.0.1%3A")
            && token.contains("%2Fnews&sig="),
        "{token}"
    );
    assert!(json(&run(&["token", "--json", "--connection-string", &nobody()]))["authorization"].is_string());
}

#[test]
fn completions_for_shells() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = run(&["completions", shell]);
        assert!(output.status.success() && stdout(&output).contains("nhub"), "{shell}");
    }
}

/// A process that a failing test does not leave behind.
struct Running(Child);

impl Running {
    fn of(command: &mut Command) -> Running {
        Running(command.spawn().unwrap())
    }
}

impl Deref for Running {
    type Target = Child;
    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_emulator_that_is_the_same_each_time() {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let directory = tempfile::tempdir().unwrap();
    let of_its_own =
        nh_emulator::Emulator::builder().tls_directory(directory.path()).start_blocking().unwrap();
    drop(of_its_own);
    let (ca, ca_key) = (directory.path().join("ca.pem"), directory.path().join("ca-key.pem"));
    let ready = |args: &[&str]| {
        let mut emulator =
            Running::of(nhub(&[&["emulator", "--json"], args].concat()).stdout(Stdio::piped()));
        let mut line = String::new();
        BufReader::new(emulator.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()
    };
    let text = |ready: &serde_json::Value, name: &str| ready[name].as_str().unwrap().to_owned();
    let first = ready(&["--listen", "localhost:0", "--key", key, "--namespace-key", key]);
    let ends = format!("SharedAccessKeyName=DefaultFullSharedAccessSignature;SharedAccessKey={key}");
    assert!(text(&first, "connection_string").ends_with(&ends));
    assert!(text(&first, "namespace_connection_string").ends_with(key));
    assert!(text(&first, "address").starts_with("127.0.0.1:"));
    assert!(!text(&first, "listen_only_connection_string").ends_with(key));
    // A certificate of one's own is what clients have to trust.
    let shown =
        ready(&["--listen", ":0", "--cert", ca.to_str().unwrap(), "--cert-key", ca_key.to_str().unwrap()]);
    assert!(text(&shown, "address").starts_with("127.0.0.1:"));
    let below_a_file = ca.join("below");
    for (args, says) in [
        (
            &["--key", "short"][..],
            "the key: A SharedAccessAuthorizationRule only supports keys of size 44 bytes",
        ),
        (&["--namespace-key", "short"], "the namespace key: "),
        (&["--host", "a b"], "the host 'a b' is neither"),
        (&["--host", ""], "the host '' is neither"),
        (&["--host", "a:8443"], "a port is not part of it"),
        (&["--listen", "192.0.2.1:1"], "cannot listen on 192.0.2.1:1"),
        (&["--throttle", "x"], "it is no whole number from 0 on"),
        (&["--tls-dir", below_a_file.to_str().unwrap()], "cannot be kept in "),
        (&["--listen", "here"], "0.0.0.0:8443"),
        (&["--cert", "none.pem"], "--cert-key"),
        (&["--cert", "none.pem", "--cert-key", "none.pem"], "none.pem"),
    ] {
        let output = run(&[&["emulator"], args].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(says), "{error}");
    }
}

#[test]
fn an_emulator_of_ones_own() {
    let mut emulator = Running::of(
        nhub(&["emulator", "--json", "--demo", "--hub", "news", "--hub", "weather"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    );
    let mut line = String::new();
    BufReader::new(emulator.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |key: &str| ready[key].as_str().unwrap().to_owned();
    let (hub, ca, address) = (text("hub"), text("ca_file"), text("address"));
    assert_eq!((hub.as_str(), &ready["hubs"]), ("news", &serde_json::json!(["news", "weather"])));
    assert!(text("page").starts_with("http://localhost:") && text("page").ends_with("/$emulator/"));
    assert!(address.starts_with("127.0.0.1:"));

    let to = |connection_string: &str, more: &[&str]| {
        let base = ["--connection-string", connection_string, "--hub", &hub, "--ca", &ca, "--json"];
        run(&[more, &base].concat())
    };
    let full = text("connection_string");
    let report = json(&to(&full, &["send", "apple", "{}", "--at", &in_an_hour()]));
    let id = report["notification_id"].as_str().unwrap();
    assert_eq!(json(&to(&full, &["cancel", id]))["notification_id"], id);
    let again = to(&full, &["cancel", id]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("404"), "{}", stderr(&again));

    let sent = json(&to(&full, &["send", "windows", TOAST, "--tag", "sports"]));
    let id = sent["notification_id"].as_str().unwrap();
    let details = json(&to(&full, &["outcome", id, "--wait"]));
    assert_eq!(
        (&details["state"], &details["outcome_counts"]["windows"]["Success"]),
        (&"Completed".into(), &1.into())
    );
    let people =
        nhub(&["outcome", id, "--connection-string", &full, "--hub", &hub, "--ca", &ca]).output().unwrap();
    assert!(stdout(&people).contains("state            Completed\n"), "{}", stdout(&people));
    assert!(stdout(&people).contains("windows                 1  Success\n"), "{}", stdout(&people));
    assert_eq!(to(&full, &["outcome", "NH-unknown"]).status.code(), Some(1));

    let refused = to(&text("listen_only_connection_string"), &["send", "apple", "{}"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("403"), "{}", stderr(&refused));

    let shown = to(&full, &["send", "apple", "{}", "--dump"]);
    assert!(
        stderr(&shown).contains("POST /news/messages") && stderr(&shown).contains("sig=[redacted]"),
        "{}",
        stderr(&shown)
    );

    let several = nhub(&["token", "--hub", "news", "--hub", "weather"]).output().unwrap();
    assert!(several.status.code() == Some(2) && stderr(&several).contains("multiple times"));

    // Ctrl-C.
    #[cfg(unix)]
    {
        assert!(Command::new("kill").args(["-INT", &emulator.id().to_string()]).status().unwrap().success());
        assert!(emulator.wait().unwrap().success());
        let mut said = String::new();
        emulator.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains("and delivered 2"), "{said}");
        assert!(!std::path::Path::new(&ca).exists());
    }
}

#[cfg(unix)]
#[test]
fn an_emulator_as_a_service_manager_runs_it() {
    let directory = tempfile::tempdir().unwrap();
    let tls = directory.path().join("tls");
    let mut authorities = Vec::new();
    for _ in 0..2 {
        let mut emulator = Running::of(
            nhub(&["emulator", "--json", "--tier", "free", "--throttle", "1", "--tls-dir"])
                .arg(&tls)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped()),
        );
        let mut line = String::new();
        BufReader::new(emulator.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| ready[key].as_str().unwrap().to_owned();
        authorities.push(std::fs::read_to_string(text("ca_file")).unwrap());
        let (full, hub, ca) = (text("connection_string"), text("hub"), text("ca_file"));
        let to = |args: &[&str]| {
            run(&[args, &["--connection-string", &full, "--hub", &hub, "--ca", &ca, "--json"]].concat())
        };
        // The free tier tells no id, and has no jobs.
        assert!(json(&to(&["send", "apple", "{}"]))["notification_id"].is_null());
        assert_eq!(to(&["job", "list"]).status.code(), Some(1));
        assert!(Command::new("kill").args(["-TERM", &emulator.id().to_string()]).status().unwrap().success());
        assert!(emulator.wait().unwrap().success());
        let mut said = String::new();
        emulator.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains("answered 2 requests, sent 1 notifications and delivered 0"), "{said}");
    }
    assert_eq!(authorities[0], authorities[1]);
}

#[test]
fn an_emulator_for_others() {
    let mut emulator =
        Running::of(nhub(&["emulator", "--json", "--host", "push.test"]).stdout(Stdio::piped()));
    let mut line = String::new();
    BufReader::new(emulator.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert!(ready["connection_string"].as_str().unwrap().starts_with("Endpoint=sb://push.test:"), "{ready}");
    assert!(ready["page"].as_str().unwrap().starts_with("http://push.test:"), "{ready}");
    #[cfg(unix)]
    {
        assert!(Command::new("kill").args(["-INT", &emulator.id().to_string()]).status().unwrap().success());
        assert!(emulator.wait().unwrap().success());
    }

    // In a container it listens on all addresses, and who asks comes from another one.
    let said = [&[][..], &["--open-control"]].map(|more| {
        let args = ["emulator", "--json", "--listen", "0.0.0.0:0"];
        let mut emulator =
            Running::of(nhub(&[&args, more].concat()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        let mut line = String::new();
        BufReader::new(emulator.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("{\"connection_string\":\"Endpoint=sb://localhost:"), "{line}");
        assert!(Command::new("kill").args(["-TERM", &emulator.id().to_string()]).status().unwrap().success());
        assert!(emulator.wait().unwrap().success());
        let mut said = String::new();
        emulator.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    });
    let hint = "only loopback may see the inbox page";
    assert!(
        said[0].contains(hint) && said[0].contains("--open-control") && !said[1].contains(hint),
        "{said:?}"
    );

    // A variable that somebody forgot to fill lets nobody in.
    let open = nhub(&["emulator"]).env("NHUB_CONTROL_TOKEN", "").output().unwrap();
    assert_eq!(open.status.code(), Some(2));
    assert!(stderr(&open).contains("NHUB_CONTROL_TOKEN is empty"), "{}", stderr(&open));
}

fn in_an_hour() -> String {
    let at = time::OffsetDateTime::now_utc() + time::Duration::hours(1);
    at.format(&time::format_description::well_known::Rfc3339).unwrap()
}
