//! Sends to more devices, users and installations than one request may name.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

/// A hub that takes so many requests, and then does something else.
struct Hub {
    connection_string: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Default)]
struct Request {
    /// First line and headers, in lower case.
    head: String,
    body: String,
}

#[derive(Clone, Copy)]
enum Then {
    Close,
    Refuse,
}

impl Hub {
    fn new(takes: usize, then: Then) -> Hub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        // Ends with the test's process.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let request = request(&stream);
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(request);
                    seen.len()
                };
                let answer = match then {
                    _ if number <= takes => {
                        format!("HTTP/1.1 201 Created\r\nLocation: /news/messages/NH-{number}\r\n")
                    }
                    Then::Refuse => "HTTP/1.1 400 Bad Request\r\n".to_owned(),
                    Then::Close => continue,
                };
                stream
                    .write_all(format!("{answer}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
                    .unwrap();
            }
        });
        let connection_string = format!(
            "Endpoint=http://127.0.0.1:{port};SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l;EntityPath=news"
        );
        Hub { connection_string, requests }
    }

    fn send(&self, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nhub"))
            .arg("send")
            .args(args)
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", &self.connection_string)
            .env_remove("NOTIFICATION_HUB_NAME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn request(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = String::new();
    reader.take(length).read_to_string(&mut body).unwrap();
    Request { head, body }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// One receipt a line.
fn receipts(output: &Output) -> Vec<serde_json::Value> {
    assert!(output.status.success(), "{}", text(&output.stderr));
    lines(output)
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ends of the requests that were made, in the order of the list, and the summary.
fn told(output: &Output) -> (Vec<serde_json::Value>, serde_json::Value) {
    let mut told = lines(output);
    let summary = told.pop().unwrap();
    assert_eq!(summary["event"], "summary", "{}", text(&output.stderr));
    told.retain(|line| line["event"] == "part");
    told.sort_by_key(|line| line["part"].as_u64());
    (told, summary)
}

fn tokens(count: usize) -> String {
    (0..count).map(|i| format!("70ce{i:08x}\r\n")).collect()
}

#[test]
fn any_number_of_devices_in_batches() {
    let hub = Hub::new(99, Then::Close);
    // An empty line, and a line that stands there before.
    let list = format!("{}\n{}", tokens(2500), tokens(1));
    let sent = hub.send(&["apple", "{}", "--devices", "-", "--json"], &list);
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    let (parts, summary) = told(&sent);
    let places: Vec<_> = parts.iter().map(|part| (part["first"].as_u64(), part["last"].as_u64())).collect();
    // Lines are counted, not recipients.
    assert_eq!(places, [(Some(1), Some(1000)), (Some(1001), Some(2000)), (Some(2001), Some(2502))]);
    assert!(parts.iter().all(|part| part["end"] == "sent" && part["notification_id"].is_string()));
    assert_eq!((&summary["sent"], &summary["requests"]), (&2501.into(), &3.into()));
    let requests = hub.requests();
    assert!(requests.iter().all(|request| request.head.starts_with("post /news/messages/$batch?")));
    let mut devices: Vec<_> = requests.iter().map(|request| request.body.matches("\"70ce").count()).collect();
    devices.sort_unstable();
    assert_eq!(devices, [501, 1000, 1000]);

    let table = hub.send(&["apple", "{}", "--devices", "-"], &tokens(1001));
    assert_eq!(text(&table.stdout), "sent             1001\nrequests         2\n");
    assert!(table.stderr.is_empty());
    // A batch of one is a direct send, which is for every tier.
    assert!(hub.requests().iter().any(|request| request.head.contains("devicehandle: 70ce000003e8\r\n")));

    // Those on the command line are one request if they can be.
    let args = ["apple", "{}", "--json", "--device", "00fc", "--device", "00fd", "--device", "00fc"];
    assert_eq!(receipts(&hub.send(&args, "")).len(), 1);
    assert!(hub.requests().last().unwrap().body.contains("[\"00fc\",\"00fd\"]"));
}

#[test]
fn browsers_one_by_one() {
    let hub = Hub::new(99, Then::Close);
    let browser =
        |i: u32| format!(r#"{{"endpoint":"https://push.example/{i}","p256dh":"k{i}","auth":"a{i}"}}"#);
    let list = format!("{}\n{}\n", browser(1), browser(2));
    let sent = hub.send(&["browser", "{}", "--devices", "-", "--in-flight", "1", "--json"], &list);
    assert_eq!(told(&sent).0.len(), 2);
    let second = &hub.requests()[1].head;
    assert!(second.contains("p256dh: k2\r\n") && second.contains("https://push.example/2\r\n"), "{second}");
    let (one, two) = (browser(1), browser(2));
    let sent = hub.send(&["browser", "{}", "--device", &one, "--device", &two, "--json"], "");
    assert_eq!(told(&sent).1["sent"], 2);

    // One that is wrong takes nobody along.
    for (format, list, line, names) in [
        ("browser", format!("{}\ntoken\n", browser(1)), 2, "keys"),
        ("apple", format!("70ce\n{}\n", browser(1)), 2, "browser"),
        ("apple", "\n70ce\n{\"auth\":\"sesame\"}\n".to_owned(), 3, "push subscription"),
    ] {
        let output = hub.send(&[format, "{}", "--devices", "-"], &list);
        let said = text(&output.stderr);
        assert!(
            output.status.code() == Some(1)
                && said.contains(&format!("nhub: line {line}: "))
                && said.contains(names)
                && said.ends_with("nhub: 1 line refused\n")
                && !said.contains("sesame"),
            "{said}"
        );
        assert_eq!(text(&output.stdout), "sent             1\nrefused          1\nrequests         1\n");
    }
    // On the command line it is a mistake.
    let sent = hub.requests().len();
    let output = hub.send(&["apple", "{}", "--device", "70ce", "--device", &one], "");
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("browser"));
    assert_eq!(hub.requests().len(), sent);
}

#[test]
fn an_odd_token_is_sent_and_told() {
    let hub = Hub::new(9, Then::Close);
    let output = hub.send(&["apple", "{}", "--device", "<00fc 13ad>", "--json"], "");
    let said = text(&output.stderr);
    let note: serde_json::Value = serde_json::from_str(said).unwrap();
    let said = note["note"]["message"].as_str().unwrap();
    assert!(said.starts_with("warning: device 1: ") && said.contains("hexadecimal"), "{said}");
    assert_eq!((receipts(&output).len(), hub.requests().len()), (1, 1));
}

#[test]
fn a_failure_says_what_was_sent() {
    for (then, status, words, says) in [
        (Then::Close, 3, "may have been sent: the connection to ", "may have been sent, or not; 1500 "),
        (Then::Refuse, 1, "refused: the service answered 400", "2500 lines refused"),
    ] {
        let hub = Hub::new(1, then);
        let directory = tempfile::tempdir().unwrap();
        let report = directory.path().join("report");
        let report = report.to_str().unwrap();
        let args = ["apple", "{}", "--devices", "-", "--in-flight", "1", "--report", report];
        let output = hub.send(&args, &tokens(3500));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(
            said.contains(&format!("nhub: lines 1001 to 2000: {words}")) && said.contains(says)
                || status == 3,
            "{said}"
        );
        let report = std::fs::read_to_string(report).unwrap();
        let ends: Vec<serde_json::Value> =
            report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            ends[0],
            serde_json::json!({
                "first_line": 1, "last_line": 1000, "end": "sent", "notification_id": "NH-1", "tracking_id": null,
            })
        );
        let expected = if status == 3 { "unknown" } else { "refused" };
        assert_eq!((&ends[1]["end"], &ends[1]["last_line"]), (&expected.into(), &2000.into()));
    }
}

#[test]
fn users_and_installations_twenty_to_a_request() {
    for (option, tag) in [("--user", "$userid:{id-"), ("--installation", "$installationid:{id-")] {
        let hub = Hub::new(99, Then::Close);
        let ids: Vec<String> = (0..41).map(|i| format!("id-{i}")).collect();
        let mut args = vec!["apple", "{}", "--json"];
        args.extend(ids.iter().flat_map(|id| [option, id]));
        assert_eq!(told(&hub.send(&args, "")).1["sent"], 41);
        let counts = |requests: &[Request]| {
            let mut counts: Vec<_> =
                requests.iter().map(|request| request.head.matches(tag).count()).collect();
            counts.sort_unstable();
            counts
        };
        assert_eq!(counts(&hub.requests()), [1, 20, 20]);
        let file = format!("{option}s-file");
        assert_eq!(told(&hub.send(&["apple", "{}", "--json", &file, "-"], &ids.join("\n"))).1["sent"], 41);
        assert_eq!(counts(&hub.requests()[3..]), [1, 20, 20]);

        let output = hub.send(&[&args[..], &["--test"]].concat(), "");
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains("at most 20"));
        assert_eq!(receipts(&hub.send(&["apple", "{}", "--json", option, "id-7"], "")).len(), 1);
        assert!(hub.requests()[6].head.contains(tag));
    }
}

#[test]
fn nobody_is_not_everybody() {
    let hub = Hub::new(9, Then::Close);
    for (args, input, names) in [
        (&["apple", "{}", "--devices", "-"][..], "\n \n", "standard input: no device"),
        (&["apple", "{}", "--devices", "/does/not/exist"], "", "/does/not/exist"),
        (&["apple", "-", "--devices", "-"], "{}", "both standard input"),
        (&["apple", "{}", "--devices", "-", "--tag", "a"], "token", "--devices"),
        (&["apple", "{}", "--devices", "-", "--test"], "a\nb\n", "--test"),
        (&["apple", "{}", "--devices", "-", "--device", "00"], "00", "--device"),
        (&["apple", "{}", "--users-file", "-", "--devices", "-"], "00", "--devices"),
        (
            &["apple", "{}", "--users-file", "-", "--journal", "/does/not/exist"],
            "00",
            "--journal /does/not/exist: ",
        ),
        (&["apple", "{}", "--device", "00", "--journal", "j"], "", "<--devices"),
        (&["apple", "{}", "--devices", "-", "--repeat-unknown"], "", "--journal"),
        (&["apple", "{}", "--devices", "-", "--in-flight", "0"], "", "--in-flight"),
        (&["apple", "{}", "--user", "a b"], "", "a b"),
        (&["apple", "{}", "--user", "a", "--installation", "b"], "", "--installation"),
        (&["apple", "{}", "--installation", "a", "--device", "b"], "", "--installation"),
    ] {
        let output = hub.send(args, input);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(names), "{args:?}: {said}");
        assert!(said.starts_with("error: ") || said.lines().count() == 1, "{args:?}: {said}");
    }
    assert!(hub.requests().is_empty());
}

#[test]
fn a_dry_run_shows_every_request() {
    let hub = Hub::new(0, Then::Close);
    let output = hub.send(&["apple", "{}", "--devices", "-", "--dry-run"], &tokens(1001));
    assert_eq!(text(&output.stdout).matches("POST ").count(), 2);
    assert!(hub.requests().is_empty());
}
