//! What FCM HTTP v1 refuses in a message ([REST resource: messages]). Members that are not named here are let through: FCM may
//! know them one day.
//!
//! [REST resource: messages]: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages

use super::json_rules::{self, Misfit, Rule, Shape, Text};
use crate::BuildError;

pub(super) static BODY: Shape = Shape { path: "", needs: Some("message"), null: false, member: body };
static MESSAGE: Shape = Shape { path: "message", needs: None, null: false, member: message };
static NOTIFICATION: Shape = object("message.notification", |_| Rule::Any);
static DATA: Shape = object("message.data", data);
static ANDROID: Shape = object("message.android", android);
static ANDROID_NOTIFICATION: Shape = object("message.android.notification", |_| Rule::Any);
static ANDROID_DATA: Shape = object("message.android.data", data);
static WEBPUSH: Shape = object("message.webpush", webpush);
static WEBPUSH_HEADERS: Shape = object("message.webpush.headers", |_| Rule::Text(&ANY_TEXT));
static WEBPUSH_DATA: Shape = object("message.webpush.data", data);
static APNS: Shape = object("message.apns", apns);
static APNS_HEADERS: Shape = object("message.apns.headers", |_| Rule::Text(&ANY_TEXT));

static ANY_TEXT: Text = Text { null: false, test: |_| Ok(()) };
static TTL: Text = Text { null: true, test: ttl };
static PRIORITY: Text = Text { null: true, test: priority };

const fn object(path: &'static str, member: fn(&str) -> Rule) -> Shape {
    Shape { path, needs: None, null: true, member }
}

/// What stands in the wrong place inside `message`, and where it belongs. FCM answers "Unknown name" to these.
const MISPLACED_IN_MESSAGE: [(&str, &str); 19] = [
    ("to", "leave it out: the hub adds the target"),
    ("registration_ids", "leave it out: the hub adds the target"),
    ("priority", "write it as message.android.priority"),
    ("ttl", "write it as message.android.ttl, as in \"3600s\""),
    ("time_to_live", "write it as message.android.ttl, as in \"3600s\""),
    ("collapse_key", "write it as message.android.collapse_key"),
    ("restricted_package_name", "write it as message.android.restricted_package_name"),
    ("delay_while_idle", "leave it out: FCM has no such option any more"),
    ("dry_run", "write validate_only beside message"),
    ("validate_only", "write it beside message"),
    ("content_available", "write it as message.apns.payload.aps.content-available"),
    ("mutable_content", "write it as message.apns.payload.aps.mutable-content"),
    ("title", "write it as message.notification.title"),
    ("body", "write it as message.notification.body"),
    ("channel_id", "write it as message.android.notification.channel_id"),
    ("icon", "write it as message.android.notification.icon"),
    ("color", "write it as message.android.notification.color"),
    ("sound", "write it as message.android.notification.sound"),
    ("click_action", "write it as message.android.notification.click_action"),
];

/// The same for `message.android`.
const MISPLACED_IN_ANDROID: [(&str, &str); 9] = [
    ("channel_id", "write it as message.android.notification.channel_id"),
    ("title", "write it as message.android.notification.title"),
    ("body", "write it as message.android.notification.body"),
    ("icon", "write it as message.android.notification.icon"),
    ("color", "write it as message.android.notification.color"),
    ("sound", "write it as message.android.notification.sound"),
    ("tag", "write it as message.android.notification.tag"),
    ("click_action", "write it as message.android.notification.click_action"),
    ("time_to_live", "write it as message.android.ttl, as in \"3600s\""),
];

/// Checks the body of a template. `name` is for the error.
///
/// # Errors
/// What FCM would refuse whatever the expressions in it become.
pub(crate) fn check_template(name: &str, body: &str) -> Result<(), BuildError> {
    json_rules::check_template(name, body, &BODY)
}

/// FCM reads names in snake case and in camel case.
fn same(name: &str, snake: &str) -> bool {
    letters(name).eq(letters(snake))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase())
}

fn misplaced(name: &str, known: &[(&str, &'static str)]) -> Option<Rule> {
    let (_, remedy) = known.iter().find(|(snake, _)| same(name, snake))?;
    Some(Rule::Refused(("does not belong here", *remedy)))
}

fn body(name: &str) -> Rule {
    match name {
        "message" => Rule::Object(&MESSAGE),
        "validate_only" | "validateOnly" => Rule::Any,
        _ => Rule::Refused(("stands beside message", "move it into message: {\"message\":{..}}")),
    }
}

/// The rule of a member of `message`.
pub(super) fn message(name: &str) -> Rule {
    match name {
        "token" | "topic" | "condition" => {
            Rule::Refused(("is a target", "leave it out: the hub adds the target"))
        }
        "notification" => Rule::Object(&NOTIFICATION),
        "data" => Rule::Object(&DATA),
        "android" => Rule::Object(&ANDROID),
        "webpush" => Rule::Object(&WEBPUSH),
        "apns" => Rule::Object(&APNS),
        _ => misplaced(name, &MISPLACED_IN_MESSAGE).unwrap_or(Rule::Any),
    }
}

/// The rule of a member of `message.android`.
pub(super) fn android(name: &str) -> Rule {
    match name {
        "ttl" => Rule::Text(&TTL),
        "priority" => Rule::Text(&PRIORITY),
        "data" => Rule::Object(&ANDROID_DATA),
        "notification" => Rule::Object(&ANDROID_NOTIFICATION),
        _ => misplaced(name, &MISPLACED_IN_ANDROID).unwrap_or(Rule::Any),
    }
}

fn webpush(name: &str) -> Rule {
    match name {
        "headers" => Rule::Object(&WEBPUSH_HEADERS),
        "data" => Rule::Object(&WEBPUSH_DATA),
        _ => Rule::Any,
    }
}

fn apns(name: &str) -> Rule {
    match name {
        "headers" => Rule::Object(&APNS_HEADERS),
        _ => Rule::Any,
    }
}

/// The reference reserves `google.` and `gcm.notification.`; an earlier text of it reserves all names in `gcm`.
fn data(name: &str) -> Rule {
    if matches!(name, "from" | "message_type") || name.starts_with("google.") || name.starts_with("gcm.") {
        let remedy = "use another name than from, message_type, google... and gcm...";
        return Rule::Refused(("is a name that FCM reserves", remedy));
    }
    Rule::Text(&ANY_TEXT)
}

/// A duration in seconds with up to nine digits behind the point, and `s`.
fn ttl(text: &str) -> Result<(), Misfit> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let legal = text.strip_suffix('s').is_some_and(|number| match number.split_once('.') {
        Some((seconds, fraction)) => digits(seconds) && digits(fraction) && fraction.len() <= 9,
        None => digits(number),
    });
    if legal { Ok(()) } else { Err(("which is no duration", "write seconds and s, as in \"3600s\"")) }
}

fn priority(text: &str) -> Result<(), Misfit> {
    let known = ["normal", "high"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if known { Ok(()) } else { Err(("which is no priority", "write \"normal\" or \"high\"")) }
}

#[cfg(test)]
mod tests {
    use crate::Notification;

    #[test]
    fn what_fcm_takes_is_built() {
        for body in [
            r#"{"message":{}}"#,
            r#"{"message":{"data":{"k":"v","fromage":"v","google":"v","\u0061":"v"}},"validate_only":true}"#,
            r#"{"message":{"android":{"ttl":"3600s","priority":"HIGH","data":{"k":""}}}}"#,
            r#"{"message":{"android":{"ttl":"3.5s","priority":"normal","notification":{"channel_id":"c","title":"t"}}}}"#,
            r#"{"message":{"android":{"ttl":"0.000000001s","collapse_key":"k","direct_boot_ok":true}}}"#,
            r#"{"message":{"data":null,"android":{"ttl":null,"notification":null}}}"#,
            r#"{"message":{"apns":{"headers":{"apns-priority":"5"},"payload":{"aps":{"badge":1}}}}}"#,
            r#"{"message":{"webpush":{"headers":{"TTL":"1"},"data":{"k":"v"},"notification":{"a":[1]}}}}"#,
            r#"{"message":{"fcm_options":{"analytics_label":"a"},"something_new":7}}"#,
        ] {
            let built = Notification::fcm_v1(body).map(Notification::from);
            assert_eq!(built.unwrap().body(), body);
        }
    }

    /// What is wrong, where, and the way out.
    const REFUSED: [(&str, &str, &str); 38] = [
        ("[]", "fcmv1 payload", "JSON object"),
        (r#""text""#, "fcmv1 payload", "JSON object"),
        ("", "fcmv1 payload", "JSON object"),
        ("{}", "no member message", "add it"),
        (r#"{"message":"hello"}"#, "message in", "JSON object"),
        (r#"{"message":null}"#, "message in", "JSON object"),
        (r#"{"notification":{"title":"t"}}"#, "notification in", "into message"),
        (r#"{"message":{},"data":{}}"#, "data in", "into message"),
        (r#"{"message":{"token":"t"}}"#, "message.token", "the hub adds"),
        (r#"{"message":{"topic":"t"}}"#, "message.topic", "the hub adds"),
        (r#"{"message":{"condition":"t"}}"#, "message.condition", "the hub adds"),
        (r#"{"message":{"to":"t"}}"#, "message.to ", "the hub adds"),
        (r#"{"message":{"registration_ids":["t"]}}"#, "message.registration_ids", "the hub adds"),
        (r#"{"message":{"notification":"t"}}"#, "message.notification", "JSON object"),
        (r#"{"message":{"data":{"count":3}}}"#, "message.data.count", "text in quotes"),
        (r#"{"message":{"data":{"nested":{"a":"b"}}}}"#, "message.data.nested", "text in quotes"),
        (r#"{"message":{"data":{"none":null}}}"#, "message.data.none", "text in quotes"),
        (r#"{"message":{"data":{"list":["a"]}}}"#, "message.data.list", "text in quotes"),
        (r#"{"message":{"data":["a"]}}"#, "message.data", "JSON object"),
        (r#"{"message":{"data":{"from":"me"}}}"#, "message.data.from", "another name"),
        (r#"{"message":{"data":{"message_type":"x"}}}"#, "message.data.message_type", "another name"),
        (r#"{"message":{"data":{"google.x":"x"}}}"#, "message.data.google.x", "another name"),
        (r#"{"message":{"data":{"gcm.notification.e":"x"}}}"#, "message.data.gcm.n", "another name"),
        (r#"{"message":{"android":{"data":{"a":true}}}}"#, "message.android.data.a", "text in quotes"),
        (r#"{"message":{"webpush":{"data":{"a":1.5}}}}"#, "message.webpush.data.a", "text in quotes"),
        (r#"{"message":{"apns":{"headers":{"apns-priority":10}}}}"#, "message.apns.headers.apns-p", "quotes"),
        (r#"{"message":{"android":{"ttl":3600}}}"#, "message.android.ttl", "text in quotes"),
        (r#"{"message":{"android":{"ttl":"3600"}}}"#, "message.android.ttl", "\"3600s\""),
        (r#"{"message":{"android":{"ttl":"-1s"}}}"#, "message.android.ttl", "\"3600s\""),
        (r#"{"message":{"android":{"ttl":"1.s"}}}"#, "message.android.ttl", "\"3600s\""),
        (r#"{"message":{"android":{"ttl":"1.0123456789s"}}}"#, "message.android.ttl", "\"3600s\""),
        (r#"{"message":{"android":{"priority":"urgent"}}}"#, "message.android.priority", "\"high\""),
        (
            r#"{"message":{"android":{"channel_id":"c"}}}"#,
            "message.android.channel_id",
            "android.notification.channel_id",
        ),
        (
            r#"{"message":{"android":{"channelId":"c"}}}"#,
            "message.android.channelId",
            "android.notification.channel_id",
        ),
        (
            r#"{"message":{"android":{"clickAction":"c"}}}"#,
            "message.android.clickAction",
            "notification.click_action",
        ),
        (r#"{"message":{"priority":"high"}}"#, "message.priority", "message.android.priority"),
        (r#"{"message":{"time_to_live":60}}"#, "message.time_to_live", "message.android.ttl"),
        (r#"{"message":{"content_available":true}}"#, "message.content_available", "aps.content-available"),
    ];

    #[test]
    fn what_fcm_refuses_is_refused_with_its_place_and_the_way_out() {
        for (body, place, remedy) in REFUSED {
            let error = Notification::fcm_v1(body).expect_err(body);
            assert!(format!("{}: {}", error.subject(), error.problem()).contains(place), "{error}");
            assert!(error.remedy().contains(remedy), "{error}");
        }
        for name in ["title", "body", "icon", "color", "sound", "tag", "click_action"] {
            let body = format!("{{\"message\":{{\"android\":{{\"{name}\":\"x\"}}}}}}");
            let error = Notification::fcm_v1(&body).expect_err(&body);
            assert_eq!(error.remedy(), format!("write it as message.android.notification.{name}"));
        }
    }

    #[test]
    fn a_hostile_name_does_not_reach_a_terminal() {
        let body = format!("{{\"message\":{{\"data\":{{\"\\u001b[2J{}\":1}}}}}}", "x".repeat(1000));
        let error = Notification::fcm_v1(body).unwrap_err().to_string();
        assert!(!error.contains('\u{1b}') && error.len() < 300, "{error}");
    }
}
