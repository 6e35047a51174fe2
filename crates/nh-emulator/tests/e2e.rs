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
