use super::*;
use crate::{InstallationTemplate, Notification, RegistrationTemplate};
use proptest::prelude::*;
use serde_json::{Value, json};

fn gcm(token: &str) -> Registration {
    Registration::new(PnsHandle::gcm(token).unwrap())
}

fn migrated<T: std::fmt::Debug>(migration: Migration<T>) -> T {
    match migration {
        Migration::Migrated(new) => new,
        other => panic!("{other:?}"),
    }
}

fn reported<T: std::fmt::Debug>(migration: Migration<T>) -> Vec<String> {
    match migration {
        Migration::Reported(why) => why.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bodies_before_and_after() {
    for (before, after) in [
        ("{}", r#"{"message":{}}"#),
        (r#"{"data":{"a":"$(a)"}}"#, r#"{"message":{"data":{"a":"$(a)"}}}"#),
        (r#" { "data" : { "b":"1", "a":"2" } } "#, r#"{"message":{"data":{"b":"1","a":"2"}}}"#),
        (
            r#"{"data":{"n":3,"t":true,"f":false,"m":-7}}"#,
            r#"{"message":{"data":{"n":"3","t":"true","f":"false","m":"-7"}}}"#,
        ),
        (r#"{"data":{"n":18446744073709551615}}"#, r#"{"message":{"data":{"n":"18446744073709551615"}}}"#),
        (r##"{"data":{"n":"#(n)","m":"#(m:{7})"}}"##, r#"{"message":{"data":{"n":"$(n)","m":"$(m:{7})"}}}"#),
        // Every kind of expression, and literals that look like one, stay as they are.
        (
            r#"{"data":{"a":".(a, 9)","b":"%(b)","c":"{'x' + $(c)}","d":"$(d, 3)","e":"Hello $(e)","f":"\u00e9\n\""}}"#,
            "{\"message\":{\"data\":{\"a\":\".(a, 9)\",\"b\":\"%(b)\",\"c\":\"{'x' + $(c)}\",\"d\":\"$(d, 3)\",\"e\":\"Hello $(e)\",\"f\":\"é\\n\\\"\"}}}",
        ),
        (r#"{"data":{}}"#, r#"{"message":{"data":{}}}"#),
        (r#"{"notification":{}}"#, r#"{"message":{"notification":{}}}"#),
        (
            r#"{"notification":{"title":"$(t)","body":"b","image":"https://i"}}"#,
            r#"{"message":{"notification":{"title":"$(t)","body":"b","image":"https://i"}}}"#,
        ),
        (
            r##"{"notification":{"title":"t","icon":"i","sound":"default","tag":"g","color":"#ff0000","click_action":"OPEN"}}"##,
            r##"{"message":{"notification":{"title":"t"},"android":{"notification":{"icon":"i","sound":"default","tag":"g","color":"#ff0000","click_action":"OPEN"}}}}"##,
        ),
        (
            r#"{"notification":{"android_channel_id":"c"}}"#,
            r#"{"message":{"android":{"notification":{"channel_id":"c"}}}}"#,
        ),
        (
            r#"{"notification":{"title_loc_key":"k","title_loc_args":["$(a)",2],"body_loc_key":"l","body_loc_args":"[\"x\"]"}}"#,
            r#"{"message":{"android":{"notification":{"title_loc_key":"k","title_loc_args":["$(a)","2"],"body_loc_key":"l","body_loc_args":["x"]}}}}"#,
        ),
        (
            r#"{"priority":"high","collapse_key":"$(k)","restricted_package_name":"p","time_to_live":3600,"data":{"a":"b"}}"#,
            r#"{"message":{"data":{"a":"b"},"android":{"priority":"high","collapse_key":"$(k)","restricted_package_name":"p","ttl":"3600s"}}}"#,
        ),
        (r#"{"priority":"$(p)"}"#, r#"{"message":{"android":{"priority":"$(p)"}}}"#),
        (r#"{"time_to_live":0}"#, r#"{"message":{"android":{"ttl":"0s"}}}"#),
        (r#"{"time_to_live":"2419200"}"#, r#"{"message":{"android":{"ttl":"2419200s"}}}"#),
        (r##"{"time_to_live":"#(ttl)"}"##, r#"{"message":{"android":{"ttl":"{$(ttl) + 's'}"}}}"#),
        (r#"{"time_to_live":"$( ttl )"}"#, r#"{"message":{"android":{"ttl":"{$(ttl) + 's'}"}}}"#),
        // The new shape already: not a byte changes.
        (r#"{ "message":{"data":{"a":"$(a)"}} }"#, r#"{ "message":{"data":{"a":"$(a)"}} }"#),
        (r#"{"message":{"android":{"ttl":"$(ttl)"}}}"#, r#"{"message":{"android":{"ttl":"$(ttl)"}}}"#),
    ] {
        assert_eq!(template_body(before).as_deref(), Ok(after), "{before}");
    }
}

#[test]
fn what_no_rule_can_carry_over_is_named_with_its_place() {
    for (body, all) in [
        ("", &["body of the template: is no JSON"][..]),
        ("hello", &["body of the template: is no JSON"]),
        ("[]", &["body of the template: is a list; write a JSON object"]),
        (
            r#"{"to":"t","registration_ids":["a"],"condition":"c","notification_key":"k"}"#,
            &[
                "to in the template: cannot be carried over by a rule; leave it out: the hub adds the target",
                "registration_ids in the template",
                "condition in the template",
                "notification_key in the template",
            ],
        ),
        (
            r#"{"content_available":true,"mutable_content":true,"delay_while_idle":true,"dry_run":true}"#,
            &[
                "content_available in the template: cannot be carried over by a rule; leave it out, or write message.apns",
                "mutable_content in",
                "delay_while_idle in",
                "dry_run in",
            ],
        ),
        (r#"{"colour":"red","data":{"a":"b"}}"#, &["colour in the template: cannot be carried over"]),
        (r#"{"message":"hi"}"#, &["message in the template: cannot be carried over"]),
        (r#"{"message":{},"data":{}}"#, &["message in the template: cannot be carried over"]),
        (r#"{"message":{"to":"t"}}"#, &["message.to in the template: does not belong here"]),
        (
            r#"{"data":{"a":null,"b":[1],"c":{"d":"e"},"f":1.5,"g":1e3}}"#,
            &[
                "data.a in the template: is null, and FCM v1 takes a text; write it as the text",
                "data.b in the template: is a list",
                "data.c in the template: is an object",
                "data.f in the template: is a number with a point",
                "data.g in",
            ],
        ),
        (
            r#"{"data":{"n":99999999999999999999999999999999999999999}}"#,
            &["data.n in the template: is a number with"],
        ),
        (r#"{"data":"$(all)"}"#, &["data in the template: is a text; give it a JSON object"]),
        (r#"{"data":null}"#, &["data in the template: is null"]),
        (r#"{"notification":"$(n)"}"#, &["notification in the template: is a text"]),
        (
            r#"{"notification":{"badge":"1","subtitle":"s","to":"x"}}"#,
            &[
                "notification.badge in the template: cannot be carried over",
                "notification.subtitle in",
                "notification.to in the template: cannot be carried over by a rule; write the template anew",
            ],
        ),
        (r#"{"notification":{"title":{"a":"b"}}}"#, &["notification.title in the template: is an object"]),
        (
            r#"{"notification":{"body_loc_args":"$(args)"}}"#,
            &["notification.body_loc_args in the template: is a text; write a JSON list"],
        ),
        (
            r#"{"priority":"urgent"}"#,
            &["priority in the template: is no priority; write \"normal\" or \"high\""],
        ),
        (r#"{"priority":10}"#, &["priority in the template: is no priority"]),
        (
            r#"{"time_to_live":2419201}"#,
            &["time_to_live in the template: is no number of seconds from 0 to 2419200"],
        ),
        (r#"{"time_to_live":-1}"#, &["time_to_live in"]),
        (r#"{"time_to_live":1.5}"#, &["time_to_live in"]),
        (r#"{"time_to_live":"{$(a) + '0'}"}"#, &["time_to_live in"]),
        (r#"{"time_to_live":""}"#, &["time_to_live in"]),
        // The rules of FCM v1.
        (r#"{"data":{"from":"$(a)"}}"#, &["message.data.from in the template: is a name that FCM reserves"]),
        (r#"{"data":{"google.x":"1"}}"#, &["message.data.google.x in the template"]),
        // What stands twice would be lost.
        (r#"{"data":{"a":"1"},"data":{"b":"2"}}"#, &["data in the template: stands there twice"]),
        (r#"{"data":{"a":"1","a":"2"}}"#, &["data.a in the template: stands there twice"]),
    ] {
        let why: Vec<_> = template_body(body).expect_err(body).iter().map(ToString::to_string).collect();
        assert_eq!(why.len(), all.len(), "{body}: {why:?}");
        for (why, begins) in why.iter().zip(all) {
            assert!(why.starts_with(begins), "{why}\n{begins}");
        }
    }
    let hostile = format!(r#"{{"\u001b[2J{}":1}}"#, "x".repeat(999));
    let why = template_body(&hostile).unwrap_err()[0].to_string();
    assert!(!why.contains('\u{1b}') && why.len() < 300, "{why}");
}

#[test]
fn a_registration_keeps_all_but_its_id() {
    let read = json!({"kind": "gcm", "registration_id": "1-2-3", "etag": "4", "gcm_registration_id": "t:1",
        "tags": ["a", "odd one", "Москва", "breaking news"], "push_variables": {"x": "1"},
        "template": {"body": r#"{"data":{"a":"$(a)"}}"#, "name": "breaking news", "headers": {}, "expiry": null, "priority": null}});
    let new = migrated(registration(&serde_json::from_value(read).unwrap()));
    let expected = json!({"kind": "fcmv1", "registration_id": null, "etag": null, "expiration_time": null,
        "fcm_v1_registration_id": "t:1", "tags": ["a", "odd one", "Москва"], "push_variables": {"x": "1"},
        "template": {"body": r#"{"message":{"data":{"a":"$(a)"}}}"#, "name": "breaking news", "headers": {}, "expiry": null, "priority": null}});
    assert_eq!(serde_json::to_value(&new).unwrap(), expected);
    // Done once is done, also when the service has made a tag of the name.
    assert_eq!(registration(&new), Migration::AlreadyThere);
    let mut stored = expected;
    stored["tags"] = json!(["a", "odd one", "Москва", "breaking news"]);
    assert!(is_same(&new, &serde_json::from_value(stored).unwrap()));
    let other = Registration::new(PnsHandle::apple("AB").unwrap());
    assert_eq!(registration(&other), Migration::OtherPlatform);
}

#[test]
fn a_registration_that_cannot_be_written_is_reported() {
    let of = |value: Value| reported(registration(&serde_json::from_value(value).unwrap()));
    let tagged = |tag: &str| of(json!({"kind": "gcm", "gcm_registration_id": "g", "tags": ["a", tag]}));
    assert_eq!(
        tagged("$InstallationId:{7}"),
        ["registration: belongs to the installation \"7\"; migrate the installation instead"]
    );
    assert_eq!(
        tagged("$UserId:{7}"),
        [
            "tag \"$UserId:{7}\": is a tag that only the service writes, so a new registration cannot have it; let the app put \
          an installation"
        ]
    );
    let template =
        |template: Value| of(json!({"kind": "gcm", "gcm_registration_id": "g", "template": template}));
    assert!(template(json!({"body": "{}", "headers": {"X-A": "1"}}))[0].contains("template header \"X-A\""));
    assert!(template(json!({"body": "{}", "expiry": "0"}))[0].contains("template expiry"));
    let why = template(json!({"body": r#"{"to":"t","x":1}"#, "name": "news"}));
    assert_eq!(why.len(), 2);
    assert!(why[1].starts_with("x in the template \"news\": "), "{why:?}");
    // A line of an export has a handle of any form.
    let empty = "<RegistrationDescription xmlns:i='http://www.w3.org/2001/XMLSchema-instance' \
        i:type='GcmRegistrationDescription' xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'/>";
    let empty = crate::job::lines(empty).next().unwrap().registration().unwrap();
    assert_eq!(reported(registration(&empty)).len(), 1);
}

#[test]
fn an_installation_is_migrated_as_a_whole_or_not() {
    let of = |templates: Value| {
        let put = json!({"installationId": "7", "platform": "Gcm", "pushChannel": "t", "userId": "bob", "tags": ["a", "b c"],
            "pushVariables": {"x": "1"}, "expirationTime": "2030-01-01T00:00:00Z", "pushChannelExpired": false,
            "lastUpdate": "x", "unknown": {"y": 1.50}, "templates": templates});
        serde_json::from_value::<Installation>(put).unwrap()
    };
    let new = migrated(installation(&of(json!({
        "greeting": {"body": r#"{"data":{"a":"$(a)"}}"#, "tags": ["greeting", "urgent"], "colour": "red"},
        "news": {"body": r#"{"notification":{"title":"$(t)"}}"#, "expiry": "x"}}))));
    let mut expected = serde_json::to_value(of(json!({
        "greeting": {"body": r#"{"message":{"data":{"a":"$(a)"}}}"#, "tags": ["greeting", "urgent"], "colour": "red"},
        "news": {"body": r#"{"message":{"notification":{"title":"$(t)"}}}"#, "expiry": "x"}})))
    .unwrap();
    expected["platform"] = json!("fcmv1");
    assert_eq!(serde_json::to_value(&new).unwrap(), expected);
    assert_eq!(installation(&new), Migration::AlreadyThere);

    let why = reported(installation(&of(json!({
        "fine": {"body": "{}"}, "a": {"body": r#"{"to":"x"}"#}, "b": {"body": r#"{"data":{"n":null}}"#}}))));
    assert_eq!(why.len(), 2);
    assert!(
        why[0].starts_with("to in the template \"a\": ")
            && why[1].starts_with("data.n in the template \"b\": ")
    );
    let bad = of(json!({"fine": {"body": "{}", "headers": {"X-A": "1"}}}));
    assert!(reported(installation(&bad))[0].contains("template header"));
    let apple = Installation::new("1", Platform::Apple, "AB").unwrap();
    assert_eq!(installation(&apple), Migration::OtherPlatform);
    let native = Installation::new("1", Platform::Gcm, "t").unwrap();
    assert_eq!(migrated(installation(&native)), Installation::new("1", Platform::FcmV1, "t").unwrap());
    let with = native.with_template("n", InstallationTemplate::new(" "));
    assert_eq!(reported(installation(&with)).len(), 1);
}

#[test]
fn the_same_is_what_does_the_same() {
    let of = |value: Value| serde_json::from_value::<Registration>(value).unwrap();
    let one = |change: fn(&mut Value)| {
        let mut value = json!({"kind": "fcmv1", "fcm_v1_registration_id": "t", "tags": ["a", "b"],
            "push_variables": {"x": "1"}, "template": {"body": r#"{"message":{"data":{"a":"b"}}}"#, "name": "n"}});
        change(&mut value);
        of(value)
    };
    let base = one(|_| {});
    for same in [
        one(|value| value["registration_id"] = json!("1-2-3")),
        one(|value| value["etag"] = json!("7")),
        one(|value| value["tags"] = json!(["b", "a"])),
        one(|value| value["tags"] = json!(["a", "b", "A", "a"])),
        one(|value| value["template"]["body"] = json!("{ \"message\" : {\"data\":{\"a\":\"b\"}}\n}")),
    ] {
        assert!(is_same(&base, &same) && is_same(&same, &base), "{same:?}");
    }
    for other in [
        one(|value| value["fcm_v1_registration_id"] = json!("u")),
        one(|value| value["tags"] = json!(["a"])),
        one(|value| value["tags"] = json!(["a", "B"])),
        one(|value| value["push_variables"] = json!({})),
        one(|value| value["template"] = json!(null)),
        one(|value| value["template"]["name"] = json!("m")),
        one(|value| value["template"]["body"] = json!("{}")),
        of(json!({"kind": "gcm", "gcm_registration_id": "t"})),
    ] {
        assert!(!is_same(&base, &other), "{other:?}");
    }
}

#[test]
fn a_file_becomes_two() {
    let id = |id: &str, registration: &Registration| {
        let mut value = serde_json::to_value(registration).unwrap();
        value["registration_id"] = json!(id);
        value["etag"] = json!("1");
        serde_json::from_value::<Registration>(value).unwrap()
    };
    let line = |registration: &Registration| crate::job::import_line(registration).unwrap();
    let odd = gcm("o").with_template(RegistrationTemplate::new(r#"{"to":"x"}"#));
    let exported = line(&id("5-1-1", &gcm("i"))).replace("<GcmR", "<Tags>$InstallationId:{7}</Tags><GcmR");
    let text = [
        "\u{feff}".to_owned() + &line(&id("1-1-1", &gcm("a"))),
        String::new(),
        line(&id("2-1-1", &gcm("a"))),
        line(&Registration::new(PnsHandle::apple("AB").unwrap())),
        line(&id("3-1-1", &gcm("b"))),
        line(&id("4-1-1", &odd)),
        exported,
        "nonsense".to_owned(),
        line(&gcm("c")),
        line(&id("9-1-1", &Registration::new(PnsHandle::fcm_v1("b").unwrap()))),
    ]
    .join("\r\n");
    let mut migration = FileMigration::new();
    text.lines().for_each(|line| migration.note(line));
    let numbered = (1..).zip(text.lines());
    let lines: Vec<_> =
        numbered.filter_map(|(number, line)| Some((number, migration.migrate(line)?))).collect();
    let what = |line: &FileLine| match &line.migration {
        Migration::Migrated(_) => "migrated".to_owned(),
        Migration::AlreadyThere => "there".to_owned(),
        Migration::OtherPlatform => "other".to_owned(),
        Migration::Reported(why) => why[0].subject().to_owned(),
    };
    let seen: Vec<_> = lines
        .iter()
        .map(|(number, line)| (*number, what(line), line.to_create().is_some(), line.to_delete().is_some()))
        .collect();
    let line = |number, what: &str, creates, deletes| (number, what.to_owned(), creates, deletes);
    assert_eq!(
        seen,
        [
            line(1, "migrated", true, true),
            line(3, "there", false, true),
            line(4, "other", false, false),
            // Its successor stands at the end.
            line(5, "there", false, true),
            line(6, "to in the template", false, false),
            line(7, "registration", false, false),
            line(8, "line", false, false),
            line(9, "migrated", true, false),
            line(10, "there", false, false),
        ]
    );
    let created = lines[0].1.to_create().unwrap().unwrap();
    assert!(created.contains("FcmV1RegistrationDescription") && !created.contains("1-1-1"), "{created}");
    let deleted = lines[0].1.to_delete().unwrap().unwrap();
    assert!(deleted.contains("GcmRegistrationDescription") && deleted.contains("1-1-1"), "{deleted}");
}

fn expression() -> impl Strategy<Value = String> {
    prop_oneof![
        "[$]\\([a-z_]{1,9}\\)",
        "[%]\\([a-z_]{1,9}\\)",
        "\\.\\([a-z_]{1,9}, [0-9]{1,2}\\)",
        "\\{'[a-z]{0,4}' \\+ \\$\\([a-z_]{1,9}\\)\\}",
        "[a-zA-Zé\" ]{0,9}",
    ]
}

fn names() -> impl Strategy<Value = String> {
    "x[a-z]{0,6}"
}

proptest! {
    /// What is migrated has the same token, tags and expressions, and is what FCM v1 takes.
    #[test]
    fn nothing_is_lost(
        token in "[A-Za-z0-9:_-]{1,40}",
        tags in proptest::collection::vec("[a-z]{1,5}", 0..5),
        data in proptest::collection::btree_map(names(), expression(), 0..5),
        notification in proptest::collection::btree_map(
            prop_oneof!["title", "body", "icon", "sound", "click_action"], expression(), 0..4),
        ttl in proptest::option::of(0..2_419_200_u32),
    ) {
        let mut body = json!({"data": data, "notification": notification});
        if let Some(ttl) = ttl {
            body["time_to_live"] = json!(ttl);
        }
        let template = RegistrationTemplate::new(body.to_string());
        let old = gcm(&token).with_tags(&tags).unwrap().with_template(template);
        let new = migrated(registration(&old));
        prop_assert_eq!(new.handle().parts().next().unwrap().1, &token);
        prop_assert_eq!(new.tags(), old.tags());
        let new: Value = serde_json::from_str(new.template().unwrap().body()).unwrap();
        prop_assert_eq!(&new["message"]["data"], &body["data"]);
        for (name, value) in &notification {
            let place = match name.as_str() {
                "title" | "body" => &new["message"]["notification"][name],
                _ => &new["message"]["android"]["notification"][name],
            };
            prop_assert_eq!(place.as_str(), Some(value.as_str()));
        }
        prop_assert!(Notification::fcm_v1(new.to_string()).is_ok());
    }

    /// Whatever a body is, it is migrated to what FCM v1 takes, or there is a reason.
    #[test]
    fn any_json_is_migrated_or_reported(
        members in proptest::collection::vec(
            (
                prop_oneof![
                    "data", "notification", "priority", "time_to_live", "collapse_key", "to", "message", "[a-z]{1,3}",
                ],
                prop_oneof![
                    Just(json!(null)), Just(json!(1)), Just(json!(1.5)), Just(json!("high")), Just(json!("$(a)")),
                    Just(json!({"title": "t", "x": 1})), Just(json!({"a": "#(b)"})), Just(json!([])),
                ],
            ),
            0..4,
        )
    ) {
        let text: Vec<_> = members.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        match template_body(&format!("{{{}}}", text.join(","))) {
            Ok(new) => prop_assert!(check_fcm_v1(&new), "{}", new),
            Err(why) => prop_assert!(!why.is_empty()),
        }
    }

    #[test]
    fn no_body_panics(body in ".{0,60}") {
        let _ = template_body(&body);
    }
}

fn check_fcm_v1(body: &str) -> bool {
    crate::notification::check_fcm_v1_template("t", body).is_ok()
}
