//! A service that answers oddly, or that wants to write to the terminal.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};

/// Answers each request in turn, and then all others as the last.
struct Service(String);

impl Service {
    fn new(answers: Vec<Vec<u8>>) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Ends with the test's process.
        std::thread::spawn(move || {
            let last = answers.last().unwrap().clone();
            let mut answers = answers.into_iter();
            for mut stream in listener.incoming().map_while(Result::ok) {
                read_request(&stream);
                let _ = stream.write_all(&answers.next().unwrap_or_else(|| last.clone()));
            }
        });
        Service(format!("Endpoint=http://127.0.0.1:{port};SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l"))
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_nhub"))
            .args(args)
            .env("NOTIFICATIONHUBS_CONNECTION_STRING", &self.0)
            .env("NOTIFICATION_HUB_NAME", "news")
            .output()
            .unwrap()
    }
}

fn read_request(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).unwrap();
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        .into()
}

fn entry(content: &str) -> String {
    format!("<entry xmlns='http://www.w3.org/2005/Atom'><title>t</title><content>{content}</content></entry>")
}

const CONNECT: &str = "xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'";

fn job(elements: &str) -> String {
    entry(&format!("<NotificationHubJob {CONNECT}>{elements}</NotificationHubJob>"))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

const READS: [&[&str]; 12] = [
    &["hub", "get", "news"],
    &["hub", "list"],
    &["registration", "get", "1"],
    &["registration", "list"],
    &["registration", "list", "--tag", "a"],
    &["registration", "list", "--handle", "gcm:g"],
    &["installation", "get", "1"],
    &["outcome", "NH-1"],
    &["outcome", "NH-1", "--wait"],
    &["job", "get", "1"],
    &["job", "list"],
    &["feedback", "container"],
];

#[test]
fn a_read_of_an_odd_answer_is_exit_status_1() {
    let odd_hub = |elements: &str| {
        entry(&format!("<NotificationHubDescription {CONNECT}>{elements}</NotificationHubDescription>"))
    };
    let rule = |elements: &str| {
        let rule =
            format!("<KeyName>k</KeyName><Rights><AccessRights>Rule</AccessRights></Rights>{elements}");
        odd_hub(&format!(
            "<AuthorizationRules><AuthorizationRule>{rule}</AuthorizationRule></AuthorizationRules>"
        ))
    };
    let early = "0000-01-01T00:00:00+23:59";
    let odd = [
        // What is only odd is read over.
        (READS[0], odd_hub("<RegistrationTtl>soon</RegistrationTtl>"), 0),
        (READS[0], odd_hub("<RegistrationTtl>P99999999999999999999D</RegistrationTtl>"), 0),
        (READS[0], odd_hub("<IsDisabled>perhaps</IsDisabled>"), 0),
        (READS[0], rule("<CreatedTime>yesterday</CreatedTime>"), 1),
        (READS[0], rule(&format!("<CreatedTime>{early}</CreatedTime>")), 0),
        (READS[9], job("<Progress>much</Progress>"), 1),
        (READS[9], job("<Status>Running</Status><CreatedAt>yesterday</CreatedAt>"), 1),
        (READS[9], job(&format!("<Status>Running</Status><CreatedAt>{early}</CreatedAt>")), 0),
        (READS[7], "<NotificationDetails><State>".to_owned(), 1),
    ];
    for (args, body, status) in
        odd.into_iter().chain(READS.map(|args| (args, "\u{1b}[2J <nonsense".to_owned(), 1)))
    {
        let service = Service::new(vec![answer("200 OK", "", &body)]);
        for json in [&[][..], &["--json"]] {
            let output = service.run(&[args, json].concat());
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{args:?} {body}: {said}");
            let why = if json.is_empty() { "nhub: " } else { "{\"error\":" };
            assert_eq!(said.lines().filter(|line| line.starts_with(why)).count() as i32, status, "{said}");
            assert!(said.lines().count() <= 1 && !said.contains("may have been"), "{said}");
        }
    }
}

#[test]
fn a_read_without_a_whole_answer_is_exit_status_1() {
    // A job that runs is looked at again at once, and then nothing is said.
    let running = answer("200 OK", "", &job("<JobId>1</JobId><Status>Running</Status>"));
    let service = Service::new(vec![running, Vec::new()]);
    let output = service.run(&["job", "get", "1", "--wait", "--timeout", "0"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("(4 attempts in ") && !said.contains("may have been"), "{said}");
}

/// Moves the cursor, changes colours, turns the direction, hides, and begins a line of its own.
const EVIL: &str = "x\u{1b}[2J\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\u{2028}\u{7f}\nnhub: all is well";

fn assert_plain(output: &Output, args: &[&str]) {
    for said in [text(&output.stdout), text(&output.stderr)] {
        let obeyed = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}')
        };
        assert!(!said.contains(obeyed), "{args:?}: {said:?}");
        assert!(!said.lines().any(|line| line.starts_with("nhub: all is well")), "{args:?}: {said}");
    }
}

#[test]
fn nothing_that_a_service_says_is_obeyed() {
    let encoded: String = EVIL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let xml = EVIL.replace(['\u{1b}', '\u{7f}'], "");
    let to = |path: &str| format!("Location: https://a.test/news/{path}/{encoded}?api-version=1\r\n");
    let detail = format!("<Error><Code>400</Code><Detail>{xml}</Detail></Error>");
    let details = format!(
        "<NotificationDetails xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
         <State>{xml}</State><TargetPlatforms>{xml}</TargetPlatforms><Tags>{xml}</Tags>\
         <PnsErrorDetailsUri>https://a.test/{xml}</PnsErrorDetailsUri></NotificationDetails>"
    );
    let outcome = format!(
        "<NotificationOutcome xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
         <Success>1</Success><Failure>0</Failure><Results><RegistrationResult><ApplicationPlatform>{xml}\
         </ApplicationPlatform><PnsHandle>{xml}</PnsHandle><RegistrationId>{xml}</RegistrationId><Outcome>{xml}</Outcome>\
         </RegistrationResult></Results></NotificationOutcome>"
    );
    let installation = serde_json::json!({
        "installationId": EVIL, "platform": EVIL, "pushChannel": EVIL, "tags": [EVIL], "userId": EVIL,
        "templates": {EVIL: {"body": EVIL}}, EVIL: EVIL,
    });
    let registration = entry(&format!(
        "<GcmRegistrationDescription {CONNECT}><ETag>1</ETag><RegistrationId>{xml}</RegistrationId><Tags>{xml}</Tags>\
         <GcmRegistrationId>{xml}</GcmRegistrationId></GcmRegistrationDescription>"
    ));
    let failed = job(&format!(
        "<JobId>{xml}</JobId><Type>{xml}</Type><Status>Failed</Status><Failure>{xml}</Failure><FailuresPath>{xml}</FailuresPath>"
    ));
    let hub = format!("<entry xmlns='http://www.w3.org/2005/Atom'><title>{xml}</title></entry>");
    let feed = |entry: &str| format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>");
    let send: &[&str] = &["send", "gcm", "{}"];
    let named = format!("TrackingId: {}\r\n", EVIL.replace(['\u{1b}', '\u{7f}', '\n'], ""));
    for (args, status, headers, body) in [
        (send, "201 Created", to("messages") + &named, String::new()),
        (&["send", "gcm", "{}", "--test"], "201 Created", String::new(), outcome),
        (send, "400 Bad Request", named.clone(), detail.clone()),
        (send, "401 \u{9b}2J", named, detail.clone()),
        (&["outcome", "NH-1"], "200 OK", String::new(), details),
        (&["registration", "create-id"], "201 Created", to("registrationids"), String::new()),
        (&["registration", "get", "1"], "200 OK", String::new(), registration.clone()),
        (&["registration", "list"], "200 OK", String::new(), feed(&registration)),
        (&["registration", "list"], "400 No", String::new(), detail),
        (&["installation", "get", "1"], "200 OK", String::new(), installation.to_string()),
        (&["job", "get", "1"], "200 OK", String::new(), failed.clone()),
        (&["job", "list"], "200 OK", String::new(), feed(&failed)),
        (&["hub", "list"], "200 OK", String::new(), feed(&hub)),
        (&["feedback", "container"], "200 OK", String::new(), format!("https://a.test/{xml}")),
    ] {
        let service = Service::new(vec![answer(status, &headers, &body)]);
        for json in [&[][..], &["--json"]] {
            let args = [args, json].concat();
            let output = service.run(&args);
            assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{args:?}");
            assert_plain(&output, &args);
        }
    }
    // It is shown, not left out.
    let shown = Service::new(vec![answer("201 Created", &to("messages"), "")]).run(send);
    let id = r"notification id  x\u{1b}[2J\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\u{2028}\u{7f}\u{a}nhub: all is well";
    assert_eq!(text(&shown.stdout).lines().next(), Some(id));
    let id = Service::new(vec![answer("201 Created", &to("registrationids"), "")])
        .run(&["registration", "create-id"]);
    assert_eq!(text(&id.stdout).lines().count(), 1, "{}", text(&id.stderr));
}

#[test]
fn a_misplaced_connection_string_is_not_repeated() {
    let service = Service::new(vec![answer("404 Not Found", "", "<Error><Detail>none</Detail></Error>")]);
    let secret = "Endpoint=sb://c.net/;SharedAccessKeyName=Full;SharedAccessKey=b3BlbiBzZXNhbWU=";
    let token = "SharedAccessSignature sr=c.net&sig=b3BlbiBzZXNhbWU%3d&se=1&skn=Full";
    let file = format!("@{secret}");
    for misplaced in [secret, token, &secret.replace(';', ","), &file] {
        let option = |name: &str| format!("--{name}={misplaced}");
        let (ca, hub) = (option("ca"), option("hub"));
        for args in [
            &[misplaced][..],
            &["send", misplaced],
            &["send", misplaced, "{}"],
            &["send", "gcm", "{}", misplaced],
            &["send", "gcm", &format!("@{misplaced}")],
            &["send", "gcm", "{}", "--tag", misplaced],
            &["send", "gcm", "{}", "--tags", misplaced],
            &["send", "gcm", "{}", "--header", misplaced],
            &["send", "gcm", "{}", "--at", misplaced],
            &["send", "gcm", "{}", "--devices", misplaced],
            &["send", "gcm", "{}", "--user", misplaced],
            &["send", "gcm", "{}", &format!("--{misplaced}")],
            &["token", "--ca", misplaced],
            &["token", &ca],
            &["send", "gcm", "{}", "--ca", misplaced],
            &["send", "gcm", "{}", &ca],
            &["token", "--hub", misplaced],
            &["token", &hub],
            &["token", misplaced],
            &["hub", misplaced],
            &["hub", "get", misplaced],
            &["hub", "delete", misplaced],
            &["registration", "get", misplaced],
            &["registration", "list", "--handle", misplaced],
            &["registration", "list", "--limit", misplaced],
            &["installation", "put", misplaced],
            &["installation", "put", &format!("@{misplaced}")],
            &["hub", "create", "news", misplaced],
            &["job", "get", misplaced],
            &["outcome", misplaced],
            &["cancel", misplaced],
            &["feedback", "read", misplaced],
            &["feedback", "read", &format!("@{misplaced}")],
            &["token", "--profile", misplaced],
            &["--profile", misplaced, "token"],
            &["--profile", misplaced, "completions", "bash"],
            &["completions", misplaced],
            &["emulator", "--listen", misplaced],
            &["emulator", "--tier", misplaced],
            &["emulator", "--hub", misplaced],
            &["emulator", "--key", misplaced],
        ] {
            let output = service.run(args);
            let said = text(&output.stderr);
            let is_page = said.starts_with("error: ");
            assert!(!output.status.success() && (is_page || said.lines().count() == 1), "{args:?}: {said}");
            assert!(!said.contains("b3Bl") && output.stdout.is_empty(), "{args:?}: {said}");
        }
    }
}

#[test]
fn the_help_advises_against_a_connection_string_on_a_command_line() {
    let service = Service::new(vec![answer("200 OK", "", "")]);
    let output = service.run(&["send", "--help"]);
    let help: String = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Better not given here",
        "other users of this machine can read command lines",
        "NOTIFICATIONHUBS_CONNECTION_STRING",
        "read -rs",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(!help.contains("c2VzYW1l"));
}
