//! The emulator over TLS, asked by hand: nothing of nh-core builds or signs these requests.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_outcome::NotificationOutcome;
use support::{ALERT, Caller, MESSAGES};

const APPLE: [(&str, &str); 2] =
    [("ServiceBusNotification-Format", "apple"), ("Content-Type", "application/json;charset=utf-8")];

fn apple(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    APPLE.iter().chain(more).copied().collect()
}

#[test]
fn a_send_is_answered_as_recorded() {
    let caller = Caller::new();
    let answer = caller.ask(
        "POST",
        MESSAGES,
        &apple(&[("ServiceBusNotification-Tags", "sports"), ("apns-priority", "5")]),
        ALERT,
    );
    assert_eq!((answer.status, answer.body.as_str()), (201, ""));
    assert_eq!(answer.header("X-Powered-By"), Some("Azure Notification Hubs"));
    assert_eq!(answer.header("Content-Length"), Some("0"));
    assert_eq!(answer.header("Content-Type"), None);
    assert!(answer.header("TrackingId").is_some() && answer.header("x-ms-correlation-request-id").is_some());
    let inbox = caller.emulator.inbox();
    assert_eq!(inbox[0].headers["apns-priority"], "5");
    let location = answer.header("Location").unwrap();
    let end = format!("/demo-hub/messages/{}?api-version=2020-06", inbox[0].notification_id);
    assert!(location.starts_with("https://localhost:") && location.ends_with(&end), "{location}");
}

#[test]
fn a_test_send_is_answered_with_an_outcome() {
    let caller = Caller::new();
    let answer = caller.ask("POST", "/demo-hub/messages/?api-version=2020-06&test", &apple(&[]), ALERT);
    assert_eq!((answer.status, answer.header("Content-Type")), (201, Some("application/xml; charset=utf-8")));
    let outcome = NotificationOutcome::parse(answer.body.as_bytes()).unwrap();
    assert_eq!((outcome.success, outcome.failure, outcome.results.len()), (1, 0, 1));
    assert_eq!(outcome.results[0].registration_id, caller.emulator.inbox()[0].registration_id);

    let direct = "/demo-hub/messages?api-version=2020-06&direct&test";
    let answer = caller.ask("POST", direct, &apple(&[("ServiceBusNotification-DeviceHandle", "A&B")]), ALERT);
    let outcome = NotificationOutcome::parse(answer.body.as_bytes()).unwrap();
    assert_eq!(outcome.results[0].pns_handle.as_deref(), Some("A&B"));
    assert_eq!(outcome.results[0].registration_id, None);
}

#[test]
fn a_batch_as_the_documentation_prints_it() {
    let caller = Caller::new();
    let body = "--simple\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=notification\r\n\r\n\
        {\"aps\":{\"alert\":\"hi\"}}\r\n--simple\r\nContent-Type: application/json\r\nContent-Disposition: inline; name=devices\r\n\r\n\
        [\"one\",\"two\",\"one\"]\r\n--simple--";
    let headers = [
        ("ServiceBusNotification-Format", "apple"),
        ("Content-Type", "multipart/mixed; boundary = \"simple\""),
    ];
    let path = "/demo-hub/messages/$batch?direct&api-version=2015-08";
    let answer = caller.ask("POST", path, &headers, body);
    assert_eq!(answer.status, 201);
    assert!(answer.header("Location").unwrap().contains("/messages/$batch/NH-"));
    let inbox = caller.emulator.inbox();
    let handles: Vec<_> = inbox.iter().map(|delivery| delivery.pns_handle.as_str()).collect();
    assert_eq!(handles, ["one", "two"], "a handle that is given twice is reached once");

    let missing = body.replace("name=devices", "name=others");
    let answer = caller.ask("POST", path, &headers, &missing);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error().message(), "Could not find a part of the multipart content supplied");
}

#[test]
fn a_scheduled_send_waits_and_can_be_cancelled() {
    let caller = Caller::new();
    let path = "/demo-hub/schedulednotifications?api-version=2020-06";
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let at = |seconds: i64| {
        (time::OffsetDateTime::now_utc() + time::Duration::seconds(seconds)).format(format).unwrap()
    };
    let ask = |at: &str| {
        caller.ask("POST", path, &[APPLE[0], APPLE[1], ("ServiceBusNotification-ScheduleTime", at)], ALERT)
    };
    let answer = ask(&at(3600));
    assert_eq!(answer.status, 201);
    let location = answer.header("Location").unwrap();
    let id = location.split("/schedulednotifications/").nth(1).unwrap();
    let cancel = format!("/demo-hub/schedulednotifications/{id}");
    assert_eq!(caller.ask("DELETE", &cancel, &[], "").status, 200);
    assert_eq!(caller.ask("DELETE", &cancel, &[], "").status, 404);
    for bad in [at(-60), at(8 * 86_400), "tomorrow".to_owned()] {
        assert_eq!(ask(&bad).status, 400, "{bad}");
    }
    assert_eq!(caller.emulator.inbox(), []);
}

#[test]
fn who_may_not_is_told_so() {
    let caller = Caller::new();
    let full = caller.emulator.connection_string().to_owned();
    let ask = |token: Option<&str>| {
        let authorization = token.map(|token| ("Authorization", token));
        let headers: Vec<_> = APPLE.into_iter().chain(authorization).collect();
        caller.ask_as_it_is("POST", MESSAGES, &headers, ALERT)
    };
    let good = Caller::token(&full, Caller::now() + 60);
    for (token, words) in [
        (None, "MissingToken"),
        (Some("Bearer x".to_owned()), "MalformedToken"),
        (Some(good.replace("sig=", "sig=A")), "InvalidSignature: The token has an invalid signature"),
        (Some(Caller::token(&full, Caller::now() - 1)), "ExpiredToken"),
    ] {
        let answer = ask(token.as_deref());
        assert_eq!((answer.status, answer.error().code()), (401, Some(401)));
        assert!(answer.error().message().contains(words), "{}", answer.body);
        assert_eq!(answer.error().tracking_id(), answer.header("TrackingId"));
    }
    // The current gateway's answer to a rule without the right.
    let listen =
        ask(Some(&Caller::token(caller.emulator.listen_only_connection_string(), Caller::now() + 60)));
    assert_eq!((listen.status, listen.body.as_str()), (403, ""));
    assert_eq!(ask(Some(&good)).status, 201);
    assert_eq!(caller.emulator.inbox().len(), 1);
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let caller = Caller::new();
    let send = |headers: &[(&str, &str)], body: &str| caller.ask("POST", MESSAGES, headers, body);
    let windows = |wns_type| {
        [
            ("ServiceBusNotification-Format", "windows"),
            ("X-WNS-Type", wns_type),
            ("Content-Type", "application/xml"),
        ]
    };
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(65_536));
    for (status, answer) in [
        (400, send(&[], ALERT)),
        (400, send(&[("ServiceBusNotification-Format", "fcm")], ALERT)),
        (400, send(&APPLE, "not JSON")),
        (400, send(&apple(&[("ServiceBusNotification-Tags", "a b")]), ALERT)),
        (400, send(&[("ServiceBusNotification-Format", "windows")], "<toast/>")),
        (400, send(&windows("wns/raw"), "x")),
        (400, send(&[("ServiceBusNotification-Format", "template")], r#"{"n":5}"#)),
        (413, send(&APPLE, &large)),
        (404, caller.ask("POST", "/nowhere/messages?api-version=2020-06", &APPLE, ALERT)),
        (404, caller.ask("GET", "/demo-hub/nothing?api-version=2020-06", &[], "")),
        (405, caller.ask("PUT", MESSAGES, &APPLE, ALERT)),
        (400, caller.ask("POST", "/demo-hub/messages", &APPLE, ALERT)),
        (400, caller.ask("POST", "/demo-hub/messages?direct&api-version=1", &APPLE, ALERT)),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.error().code(), Some(u32::from(status)));
        assert!(!answer.error().message().is_empty());
    }
    assert_eq!(caller.emulator.inbox(), []);
}

#[test]
fn the_inbox_is_json() {
    let caller = Caller::new();
    caller.ask("POST", MESSAGES, &apple(&[("ServiceBusNotification-Tags", "sports")]), ALERT);
    let answer = caller.ask_as_it_is("GET", "/$emulator/inbox", &[], "");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let inbox: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(inbox[0]["payload"], ALERT);
    assert_eq!(inbox[0]["platform"], "apple");
}

#[test]
fn emulators_do_not_share_anything() {
    let (one, other) = (Caller::new(), Caller::new());
    let token = Caller::token(other.emulator.connection_string(), Caller::now() + 60);
    let answer = one.ask_as_it_is("POST", MESSAGES, &[APPLE[0], ("Authorization", &token)], ALERT);
    assert_eq!(answer.status, 401);
    // A dropped emulator is gone.
    let address = other.emulator.address();
    drop(other);
    assert!(std::net::TcpStream::connect(address).is_err());
}

const ATOM: &str = "http://www.w3.org/2005/Atom";
const CONNECT: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

fn entry(content: &str) -> String {
    format!("<entry xmlns=\"{ATOM}\"><content type=\"application/xml\">{content}</content></entry>")
}

fn gcm(elements: &str) -> String {
    entry(&format!("<GcmRegistrationDescription xmlns=\"{CONNECT}\">{elements}</GcmRegistrationDescription>"))
}

fn hub(elements: &str) -> String {
    entry(&format!("<NotificationHubDescription xmlns=\"{CONNECT}\">{elements}</NotificationHubDescription>"))
}

#[test]
fn a_hubs_key_opens_its_hub_and_the_namespaces_key_all() {
    let caller = Caller::new();
    let more = caller.ask("PUT", "/more?api-version=2020-06", &[], &hub(""));
    assert_eq!(
        (more.status, more.header("Content-Type").unwrap().starts_with("application/atom+xml")),
        (201, true)
    );
    let with = |connection_string: &str, method: &str, path: &str| {
        let token = Caller::token(connection_string, Caller::now() + 60);
        caller.ask_as_it_is(method, path, &[("Authorization", &token)], "").status
    };
    let own = caller.emulator.connection_string();
    let namespaces = caller.emulator.namespace_connection_string();
    let others = caller.emulator.hub_connection_string("more").unwrap();
    let list = |hub: &str| format!("/{hub}/registrations?api-version=2020-06");
    for (connection_string, hub, status) in [
        (own, "demo-hub", 200),
        (own, "more", 401),
        (others.as_str(), "more", 200),
        (others.as_str(), "demo-hub", 401),
        (namespaces, "demo-hub", 200),
        (namespaces, "more", 200),
    ] {
        assert_eq!(with(connection_string, "GET", &list(hub)), status, "{hub}");
    }
    assert_eq!(with(own, "GET", "/?api-version=2020-06"), 401);
    assert_eq!(with(own, "DELETE", "/more?api-version=2020-06"), 401);
    assert_eq!(with(namespaces, "DELETE", "/more?api-version=2020-06"), 200);
}

#[test]
fn a_notification_is_known_to_its_hub_only_and_located_with_the_version_asked() {
    let caller = Caller::new();
    caller.ask("PUT", "/more?api-version=2020-06", &[], &hub(""));
    let path = "/demo-hub/messages?api-version=2017-04";
    let answer = caller.ask("POST", path, &APPLE, ALERT);
    let location = answer.header("Location").unwrap();
    let id = location.split("/messages/").nth(1).unwrap().strip_suffix("?api-version=2017-04").unwrap();
    let get =
        |hub: &str| caller.ask("GET", &format!("/{hub}/messages/{id}?api-version=2020-06"), &[], "").status;
    assert_eq!((get("demo-hub"), get("more")), (200, 404));
    let id = caller.ask("POST", "/demo-hub/registrationIDs?api-version=2020-06", &[], "");
    assert!(!id.header("Location").unwrap().contains("api-version"));
}

#[test]
fn paths_and_methods_as_http_has_them() {
    let caller = Caller::new();
    for (method, path, status) in [
        ("HEAD", "/demo-hub/registrations?api-version=2020-06", 200),
        ("GET", "/demo-hub/registrations/1/2?api-version=2020-06", 404),
        ("PATCH", "/demo-hub/registrations/1?api-version=2020-06", 405),
        ("GET", "/demo-hub/registrations?api-version=banana", 400),
    ] {
        let answer = caller.ask(method, path, &[], "");
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("Allow"), (status == 405).then_some("PUT, GET, DELETE"));
        assert_eq!(answer.header("Strict-Transport-Security"), None);
    }
    assert!(caller.ask("HEAD", "/demo-hub/registrations?api-version=2020-06", &[], "").body.is_empty());
}

#[test]
fn every_write_is_checked() {
    let caller = Caller::new();
    let registrations = "/demo-hub/registrations?api-version=2020-06";
    let good = gcm("<GcmRegistrationId>g</GcmRegistrationId>");
    let large = gcm(&format!("<Tags>{}</Tags><GcmRegistrationId>g</GcmRegistrationId>", "x".repeat(70_000)));
    let installation = "/demo-hub/installations/a@b?api-version=2020-06";
    let html = [("Content-Type", "text/html")];
    for (status, says, answer) in [
        (200, "", caller.ask("POST", registrations, &[], &good)),
        (400, "'text/html'", caller.ask("POST", registrations, &html, &good)),
        (413, "64 KB", caller.ask("POST", registrations, &[], &large)),
        (400, "Entity segments can contain only", caller.ask("PUT", installation, &[], "{}")),
        (400, "not allowed", caller.ask("PUT", "/a!b?api-version=2020-06", &[], &hub(""))),
        (400, "'text/html'", caller.ask("PUT", "/ab?api-version=2020-06", &html, &hub(""))),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(says.is_empty() || answer.error().message().contains(says), "{}", answer.body);
    }
    let token = Caller::token(caller.emulator.connection_string(), Caller::now() + 60);
    let headers = [APPLE[0], ("Authorization", token.as_str())];
    let untyped = caller.ask_as_it_is("POST", MESSAGES, &headers, ALERT);
    assert_eq!(untyped.error().message(), "The mandatory HTTP header 'Content-Type' is missing.");
}

#[test]
fn what_ends_gets_nothing_when_the_clock_says_so() {
    let caller = Caller::new();
    let ttl = "<RegistrationTtl>P2D</RegistrationTtl>";
    assert_eq!(caller.ask("PUT", "/short?api-version=2020-06", &[], &hub(ttl)).status, 201);
    let made = caller.ask(
        "POST",
        "/short/registrations?api-version=2020-06",
        &[],
        &gcm("<GcmRegistrationId>g</GcmRegistrationId>"),
    );
    assert!(made.status == 200 && !made.body.contains("9999-12-31"), "{}", made.body);
    let phone = r#"{"installationId":"i","platform":"gcm","pushChannel":"i"}"#;
    let path = "/short/installations/i?api-version=2020-06";
    assert_eq!(caller.ask("PUT", path, &[], phone).status, 200);
    let send = || {
        let headers = [("ServiceBusNotification-Format", "gcm")];
        caller.emulator.clear_inbox();
        caller.ask("POST", "/short/messages?api-version=2020-06", &headers, "{}");
        caller.emulator.inbox().len()
    };
    assert_eq!(send(), 2);
    caller.emulator.advance(std::time::Duration::from_secs(2 * 86_400));
    assert_eq!(send(), 0);
    // It can still be read, so that somebody can find out why nothing arrives.
    let ended = caller.ask("GET", path, &[], "");
    assert!(ended.status == 200 && ended.body.contains("expirationTime"), "{}", ended.body);
    assert!(!caller.emulator.devices().iter().any(|device| device.hub == "short"));
}

#[test]
fn a_push_that_its_service_refuses_is_taken_and_fails() {
    let caller = Caller::new();
    let test = |format: &str, body: &str| {
        let headers = [("ServiceBusNotification-Format", format)];
        let answer = caller.ask("POST", "/demo-hub/messages?test&api-version=2020-06", &headers, body);
        let outcome = NotificationOutcome::parse(answer.body.as_bytes()).unwrap();
        (outcome.success, outcome.failure, outcome.results[0].outcome.as_str().to_owned())
    };
    let invalid = "The Notification payload is invalid".to_owned();
    let large = format!(r#"{{"aps":{{"alert":"{}"}}}}"#, "x".repeat(5000));
    assert_eq!(test("fcmv1", r#"{"message":{"data":{"count":3}}}"#), (0, 1, invalid.clone()));
    assert_eq!(test("apple", &large), (0, 1, invalid));
    assert_eq!(test("fcmv1", r#"{"message":{"data":{"count":"3"}}}"#).0, 1);
    assert_eq!(caller.emulator.inbox().len(), 1);
}

#[test]
fn job_files_need_a_signature_and_may_be_large() {
    let caller = Caller::new();
    let (status, container) = caller.control("POST", "containers", r#"{"name":"files"}"#);
    let uri = container["uri"].as_str().unwrap();
    assert_eq!(status, 201);
    let (base, query) = uri.split_once('?').unwrap();
    let base = format!("/{}", base.splitn(4, '/').nth(3).unwrap());
    let line = |n: usize| {
        format!(
            "<GcmRegistrationDescription xmlns=\"{CONNECT}\"><Tags>imported</Tags><GcmRegistrationId>{n}-{}\
             </GcmRegistrationId></GcmRegistrationDescription>\n",
            "x".repeat(2000)
        )
    };
    let file: String = (0..2000).map(line).collect();
    assert!(file.len() > 4_000_000);
    let blob = |query: &str| format!("{base}/in.txt?{query}");
    assert_eq!(caller.ask_as_it_is("PUT", &blob(""), &[], &file).status, 403);
    assert_eq!(caller.ask_as_it_is("PUT", &blob(query), &[], &file).status, 201);
    assert_eq!(caller.ask_as_it_is("GET", &blob(&query.replace("sp=rwl", "sp=r")), &[], "").status, 403);
    let job = |input: &str| {
        let escaped = |text: &str| text.replace('&', "&amp;");
        let body = entry(&format!(
            "<NotificationHubJob xmlns=\"{CONNECT}\"><Type>ImportCreateRegistrations</Type><OutputContainerUri>{}\
             </OutputContainerUri><ImportFileUri>{}</ImportFileUri></NotificationHubJob>",
            escaped(uri),
            escaped(input)
        ));
        let submitted = caller.ask("POST", "/demo-hub/jobs?api-version=2020-06", &[], &body);
        let id = submitted.body.split_once("<JobId>").unwrap().1.split_once('<').unwrap().0.to_owned();
        caller.ask("GET", &format!("/demo-hub/jobs/{id}?api-version=2020-06"), &[], "").body
    };
    let (address, _) = uri.split_once('?').unwrap();
    let done = job(&format!("{address}/in.txt?{query}"));
    assert!(done.contains("<Status>Completed</Status>"), "{done}");
    let failed = job(&format!("{address}/in.txt?sig=x"));
    assert!(failed.contains("<Status>Failed</Status>") && failed.contains("not signed"), "{failed}");
    let (_, devices) = caller.control("GET", "devices?tag=imported&limit=3000", "");
    assert_eq!(devices["devices"].as_array().unwrap().len(), 2000);
}

#[test]
fn the_list_of_hubs_has_names_and_the_resources_descriptions() {
    let caller = Caller::new();
    caller.ask("PUT", "/more?api-version=2020-06", &[], &hub(""));
    let get = |path: &str| caller.ask("GET", path, &[], "").body;
    let count = |xml: &str, what: &str| xml.matches(what).count();
    let names = get("/?api-version=2020-06");
    assert_eq!((count(&names, "<entry"), count(&names, "NotificationHubDescription")), (2, 0));
    let all = get("/$Resources/NotificationHubs/?api-version=2014-09&$skip=0&$top=2147483647");
    assert_eq!((count(&all, "<entry"), count(&all, "<RegistrationTtl>")), (2, 2));
    let page = get("/$Resources/NotificationHubs?api-version=2020-06&$skip=1&$top=1");
    assert!(count(&page, "<entry") == 1 && page.contains(">more</title>"), "{page}");
}
