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
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn tokens(count: usize) -> String {
    (0..count).map(|i| format!("70ce{i:08x}\r\n")).collect()
}

#[test]
fn any_number_of_devices_in_batches() {
    let hub = Hub::new(9, Then::Close);
    // Twice the same, an empty line, and one more on the command line.
    let list = format!("{}\n{}", tokens(2500), tokens(3));
    let args = ["apple", "{}", "--devices", "-", "--device", "one more", "--json"];
    let sent = receipts(&hub.send(&args, &list));
    assert_eq!(sent.len(), 3);
    assert_eq!((&sent[2]["request"], &sent[2]["requests"]), (&3.into(), &3.into()));
    assert_eq!(sent[2]["notification_id"], "NH-3");
    let requests = hub.requests();
    assert!(requests.iter().all(|request| request.head.starts_with("post /news/messages/$batch?")));
    let devices: Vec<_> = requests.iter().map(|request| request.body.matches("\"70ce").count()).collect();
    assert_eq!(devices, [999, 1000, 501]);

    let table = hub.send(&["apple", "{}", "--devices", "-"], &tokens(1001));
    assert!(text(&table.stdout).starts_with("request          1 of 2\nnotification id  NH-4\n"));
    assert!(table.stderr.is_empty());
    let one = receipts(&hub.send(&["apple", "{}", "--devices", "-", "--json"], "token\n"));
    assert!(one[0].get("requests").is_none());
    assert!(hub.requests()[5].head.contains("servicebusnotification-devicehandle: token\r\n"));
}

#[test]
fn browsers_one_by_one() {
    let hub = Hub::new(9, Then::Close);
    let browser =
        |i: u32| format!(r#"{{"endpoint":"https://push.example/{i}","p256dh":"k{i}","auth":"a{i}"}}"#);
    let list = format!("{}\n{}\n", browser(1), browser(2));
    assert_eq!(receipts(&hub.send(&["browser", "{}", "--devices", "-", "--json"], &list)).len(), 2);
    let second = &hub.requests()[1].head;
    assert!(second.contains("p256dh: k2\r\n") && second.contains("https://push.example/2\r\n"), "{second}");

    let sent = hub.requests().len();
    for (format, list, names) in [
        ("browser", format!("{}\ntoken\n", browser(1)), "keys"),
        ("apple", format!("token\n{}\n", browser(1)), "browser"),
        ("apple", "token\n{\"auth\":\"sesame\"}\n".to_owned(), "standard input: line 2: "),
    ] {
        let output = hub.send(&[format, "{}", "--devices", "-"], &list);
        let said = text(&output.stderr);
        assert!(
            output.status.code() == Some(2) && said.contains(names) && !said.contains("sesame"),
            "{said}"
        );
    }
    assert_eq!(hub.requests().len(), sent);
}

#[test]
fn an_odd_token_is_sent_and_told() {
    let hub = Hub::new(9, Then::Close);
    let output = hub.send(&["apple", "{}", "--device", "<00fc 13ad>", "--json"], "");
    let said = text(&output.stderr);
    assert!(said.starts_with("nhub: warning: device 1: ") && said.contains("hexadecimal"), "{said}");
    assert_eq!((receipts(&output).len(), hub.requests().len()), (1, 1));
}

#[test]
fn a_failure_says_what_was_sent() {
    for (then, status, says) in [
        (
            Then::Close,
            3,
            "(devices 1 to 1000 sent, devices 1001 to 2000 unknown, devices 2001 to 3500 not sent)",
        ),
        (Then::Refuse, 1, "(devices 1 to 1000 sent, devices 1001 to 3500 not sent)"),
    ] {
        let hub = Hub::new(1, then);
        let output = hub.send(&["apple", "{}", "--devices", "-", "--json"], &tokens(3500));
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(status) && said.trim_end().ends_with(says), "{said}");
        assert_eq!((said.lines().count(), text(&output.stdout).lines().count()), (1, 1));
        assert_eq!(hub.requests().len(), 2);
    }
}

#[test]
fn users_and_installations_twenty_to_a_request() {
    for (option, tag) in [("--user", "$userid:{id-"), ("--installation", "$installationid:{id-")] {
        let hub = Hub::new(9, Then::Close);
        let ids: Vec<String> = (0..45).map(|i| format!("id-{}", i % 41)).collect();
        let mut args = vec!["apple", "{}", "--json"];
        args.extend(ids.iter().flat_map(|id| [option, id]));
        assert_eq!(receipts(&hub.send(&args, "")).len(), 3);
        let counts: Vec<_> = hub.requests().iter().map(|request| request.head.matches(tag).count()).collect();
        assert_eq!(counts, [20, 20, 1]);

        let output = hub.send(&[&args[..], &["--test"]].concat(), "");
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains("at most 20"));
        assert_eq!(receipts(&hub.send(&["apple", "{}", "--json", option, "id-7"], "")).len(), 1);
        assert!(hub.requests()[3].head.contains(tag));
    }
}

#[test]
fn nobody_is_not_everybody() {
    let hub = Hub::new(9, Then::Close);
    for (args, input, names) in [
        (&["apple", "{}", "--devices", "-"][..], "\n \n", "no device handle"),
        (&["apple", "{}", "--devices", "/does/not/exist"], "", "/does/not/exist"),
        (&["apple", "-", "--devices", "-"], "{}", "standard input already"),
        (&["apple", "{}", "--devices", "-", "--tag", "a"], "token", "--devices"),
        (&["apple", "{}", "--devices", "-", "--test"], "a\nb\n", "--test"),
        (&["apple", "{}", "--user", "a b"], "", "a b"),
        (&["apple", "{}", "--user", "a", "--installation", "b"], "", "--installation"),
        (&["apple", "{}", "--installation", "a", "--device", "b"], "", "--installation"),
    ] {
        let output = hub.send(args, input);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(names), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1);
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
