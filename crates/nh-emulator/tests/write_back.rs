//! What the emulator lists can be given back to it: a list that is saved can be restored.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Emulator, Fault, NewDevice, Platform, Rejection};
use serde_json::{Value, json};
use support::Caller;

/// What is registered anew stands where there is room: the order in a list of devices tells nothing.
fn sorted(mut value: Value) -> Value {
    match &mut value {
        Value::Array(values) => {
            values.iter_mut().for_each(|value| *value = sorted(value.take()));
            values.sort_by_key(Value::to_string);
        }
        Value::Object(members) => members.values_mut().for_each(|value| *value = sorted(value.take())),
        _ => {}
    }
    value
}

/// Gives each of a list to the control API.
fn restore(caller: &Caller, path: &str, list: &Value) {
    for each in list.as_array().unwrap() {
        let (status, answer) = caller.control("POST", path, &each.to_string());
        assert_eq!(status, 201, "{each}: {answer}");
        assert_eq!(sorted(answer), sorted(each.clone()));
    }
}

#[test]
fn faults() {
    let caller = Caller::new();
    for fault in [
        r#"{"status": 503, "retry_after": 7, "delay_ms": 5, "operation": "TestSend", "hub": "news", "every": 2, "times": 9}"#,
        r#"{"connection": "dropped-after"}"#,
        r#"{"truncate": true}"#,
        r#"{"delay_ms": 1}"#,
    ] {
        assert_eq!(caller.control("POST", "faults", fault).0, 201);
    }
    caller.control("DELETE", "faults/1", "");
    let (_, saved) = caller.control("GET", "faults", "");
    assert_eq!(saved.as_array().unwrap().len(), 3);

    // What is still there is not there twice.
    restore(&caller, "faults", &saved);
    assert_eq!(caller.control("GET", "faults", "").1, saved);
    // What is gone comes back under its id, and ids that are new are others.
    caller.control("DELETE", "faults", "");
    restore(&caller, "faults", &saved);
    assert_eq!(caller.control("GET", "faults", "").1, saved);
    assert_eq!(caller.control("POST", "faults", r#"{"status": 500}"#).1["id"], 5);
    assert_eq!(caller.control("DELETE", "faults/3", "").0, 204);

    // Another emulator, and Rust.
    let other = Emulator::start_blocking().unwrap();
    for fault in caller.emulator.faults() {
        let id = other.add_fault(fault.clone()).unwrap();
        assert_eq!(other.faults().last(), Some(&fault));
        assert!(id > 1);
    }
    assert_eq!(other.faults(), caller.emulator.faults());
    assert_eq!(other.add_fault(Fault::status(500)).unwrap(), 6);

    // One that is given in its place keeps its place.
    let (_, changed) = caller.control("POST", "faults", r#"{"id": 2, "status": 504}"#);
    assert_eq!((&changed["id"], &caller.control("GET", "faults", "").1[0]), (&json!(2), &changed));
    let (status, error) = caller.control("POST", "faults", r#"{"id": 18446744073709551615, "status": 504}"#);
    assert!(status == 400 && error["error"].as_str().unwrap().contains("'id'"), "{error}");
}

#[test]
fn devices() {
    let caller = Caller::new();
    caller.control("POST", "devices", r#"{"platform": "apple", "pns_handle": "00FF", "tags": ["a", "b"]}"#);
    let template = json!({"platform": "apple", "pns_handle": "00FF", "template": {"name": "t", "body": r#"{"aps":{"alert":"$(x)"}}"#}});
    caller.control("POST", "devices", &template.to_string());
    let nameless = json!({"platform": "windows", "template": {"body": "<toast><visual/></toast>"}});
    caller.control("POST", "devices", &nameless.to_string());
    let installation = json!({"installationId": "i", "platform": "gcm", "pushChannel": "phone", "userId": "u", "tags": ["c"],
        "templates": {"a b": {"body": r#"{"data":{"a":"$(x)"}}"#}}});
    let put = "/demo-hub/installations/i?api-version=2020-06";
    assert_eq!(caller.ask("PUT", put, &[], &installation.to_string()).status, 200);
    let rejection = r#"{"platform": "apple", "pns_handle": "00FF", "outcome": "Throttled"}"#;
    caller.control("PUT", "devices/rejection", rejection);
    let listed = |caller: &Caller| sorted(caller.control("GET", "devices", "").1["devices"].take());
    let saved = listed(&caller);
    assert_eq!(saved.as_array().unwrap().len(), 13);
    let whole = |caller: &Caller| {
        let feed = caller.ask("GET", "/demo-hub/registrations?api-version=2020-06", &[], "").body;
        ["demo-p256dh", "wns/toast", "a b"].map(|part| feed.contains(part))
    };
    assert_eq!(whole(&caller), [true; 3]);

    // What is there stays, and nothing of it is lost.
    restore(&caller, "devices", &saved);
    assert_eq!(listed(&caller), saved);
    assert_eq!(whole(&caller), [true; 3]);

    // What is gone comes back.
    let receives = |caller: &Caller| {
        let what = json!({"format": "template", "properties": {"x": "1", "greeting_en": "2", "greeting_fr": "3"}, "test": true});
        let (_, answer) = caller.control("POST", "send", &what.to_string());
        sorted(answer["outcome"].clone())
    };
    let expected = receives(&caller);
    assert_eq!((&expected["success"], &expected["failure"]), (&json!(4), &json!(1)));
    for device in caller.emulator.devices() {
        caller.emulator.delete_device(&device.hub, &device.platform, &device.pns_handle).unwrap();
        caller.emulator.reject(&device.hub, &device.platform, &device.pns_handle, None).unwrap();
    }
    restore(&caller, "devices", &saved);
    assert_eq!(listed(&caller), saved);
    assert_eq!(receives(&caller), expected);

    // Another emulator, and Rust.
    let other = Caller::of(Emulator::start_blocking().unwrap());
    for device in caller.emulator.devices() {
        assert_eq!(other.emulator.register_device(device.clone().into()).unwrap(), device);
    }
    assert_eq!(listed(&other), saved);
    assert_eq!(receives(&other), expected);
}

#[test]
fn a_device_with_registrations_is_judged() {
    type Change<'a> = &'a dyn Fn(&mut Value);
    let caller = Caller::new();
    let device = caller.control("GET", "devices?limit=1", "").1["devices"][0].clone();
    let changed = |change: Change<'_>| {
        let mut device = device.clone();
        change(&mut device);
        let (status, answer) = caller.control("POST", "devices", &device.to_string());
        (status, answer["error"].as_str().unwrap_or_default().to_owned())
    };
    let cases: [(Change<'_>, &str); 8] = [
        (&|device| device["registrations"] = json!([]), "'registrations' is empty"),
        (&|device| device["tags"] = json!(["a"]), "'registrations'"),
        (&|device| device["registrations"][0]["tags"] = json!(["a b"]), "a b"),
        (&|device| device["registrations"][0]["tags"] = json!(["$Mine:{a}"]), "can not start with $"),
        (&|device| device["registrations"][0]["registration_id"] = json!("a/b"), "a/b"),
        (&|device| device["registrations"][0]["template"] = json!("name"), "'template_body'"),
        (&|device| device["registrations"][0]["id"] = json!("1"), "`id`"),
        (&|device| device["rejection"] = json!("Tired"), "ExpiredChannel"),
    ];
    let before = caller.emulator.devices();
    for (change, says) in cases {
        let (status, error) = changed(change);
        assert!(status == 400 && error.contains(says), "{status} {error}");
    }
    assert_eq!(caller.emulator.devices(), before);
}

#[test]
fn rejections() {
    let caller = Caller::new();
    for rejection in Rejection::ALL {
        let of = json!({"platform": "adm", "pns_handle": "amzn1.adm-registration.v2.demo-kindle", "outcome": rejection});
        assert_eq!(caller.control("PUT", "devices/rejection", &of.to_string()).0, 204, "{rejection}");
        let listed = caller.control("GET", "devices?platform=adm", "").1["devices"][0]["rejection"].clone();
        assert_eq!(listed, json!(rejection));
    }
}

#[test]
fn the_clock() {
    let caller = Caller::new();
    for set in
        [r#"{"reset": true}"#, r#"{"advance_seconds": 3600}"#, r#"{"now": "2031-02-03T04:05:06.789+01:00"}"#]
    {
        caller.control("POST", "clock", set);
        let (_, reading) = caller.control("GET", "clock", "");
        let (status, same) = caller.control("POST", "clock", &reading.to_string());
        assert_eq!((status, &same["offset_seconds"]), (200, &reading["offset_seconds"]), "{reading} {same}");
        // A reading that is old says by how much the clock had been moved, not where it stands now.
        caller.control("POST", "clock", r#"{"advance_seconds": 100}"#);
        let (_, same) = caller.control("POST", "clock", &reading.to_string());
        assert_eq!(same["offset_seconds"], reading["offset_seconds"]);
    }
    for bad in [
        r#"{"offset_seconds": 1}"#,
        r#"{"now": "2031-01-01T00:00:00Z", "offset_seconds": 1, "reset": true}"#,
        r#"{"now": "2031-01-01T00:00:00Z", "offset_seconds": 9223372036854775807}"#,
    ] {
        assert_eq!(caller.control("POST", "clock", bad).0, 400, "{bad}");
    }
}

/// What the data plane gives: as an SDK reads, changes and writes it.
#[test]
fn hubs_registrations_and_installations() {
    let caller = Caller::new();
    let any = [("If-Match", "*")];
    // The tags of a demo device name a user: such a registration only the service writes.
    let new = NewDevice::new(Platform::Windows).tag("a").template("t", "<toast><visual/></toast>");
    let device = caller.emulator.register_device(new).unwrap();
    let registration = &device.registrations[0].registration_id;
    let put = "/demo-hub/installations/i?api-version=2020-06";
    let installation = json!({"installationId": "i", "platform": "wns", "pushChannel": "https://some.example/?a=1", "userId": "u",
        "tags": ["c"], "templates": {"t": {"body": "<toast><visual/></toast>", "headers": {"X-WNS-Type": "wns/toast"}}},
        "secondaryTiles": {"s": {"pushChannel": "https://some.example/?a=2", "tags": ["d"]}}});
    assert_eq!(caller.ask("PUT", put, &[], &installation.to_string()).status, 200);
    let without = |body: &str, names: &[&str]| {
        names.iter().fold(body.to_owned(), |body, name| {
            match (body.find(&format!("<{name}>")), body.find(&format!("</{name}>"))) {
                (Some(from), Some(to)) => format!("{}{}", &body[..from], &body[to..]),
                _ => body,
            }
        })
    };
    for path in [
        "/demo-hub?api-version=2020-06".to_owned(),
        format!("/demo-hub/registrations/{registration}?api-version=2020-06"),
        put.to_owned(),
    ] {
        let read = caller.ask("GET", &path, &[], "");
        let headers = if path == put { &[][..] } else { &any[..] };
        // Nobody but the service sets when a registration ends.
        let body = without(&read.body, &["ExpirationTime"]).replace("</ExpirationTime>", "");
        let written = caller.ask("PUT", &path, headers, &body);
        assert_eq!((read.status, written.status), (200, 200), "{path}: {}", written.body);
        let again = caller.ask("GET", &path, &[], "");
        let what_is_kept = |body: &str| match serde_json::from_str::<Value>(body) {
            Ok(json) => json.to_string(),
            Err(_) => {
                let (_, content) = body.split_once("<content").unwrap();
                without(content, &["ETag", "ExpirationTime", "ModifiedTime"])
            }
        };
        assert_eq!(what_is_kept(&again.body), what_is_kept(&read.body), "{path}");
    }
}
