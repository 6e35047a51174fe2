//! What FCM takes: the members of a message ([REST reference]), as its `InvalidArgument` shows in public reports
//! (dotnet#341, azure-sdk-for-js#29404). The hub passes a message on; what is wrong with it shows in the outcome only.
//!
//! [REST reference]: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages

use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// To whom it goes, the hub fills in.
const TARGETS: [&str; 3] = ["token", "topic", "condition"];

const NOTIFICATION: &[&str] = &["title", "body", "image"];

/// A message lives at most so long: four weeks ([error codes]).
///
/// [error codes]: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
const LONGEST_TTL: u64 = 2_419_200;

/// Does FCM take it? A body is `{"message": {..}}`.
pub(crate) fn is_good(body: &Object) -> bool {
    let only = body.iter().all(|(name, value)| match name.as_str() {
        "message" => true,
        "validate_only" | "validateOnly" => value.is_boolean(),
        _ => false,
    });
    only && message(body).is_some_and(|message| members(message, member))
}

/// The message of a body.
pub(crate) fn message(body: &Object) -> Option<&Object> {
    body.get("message")?.as_object()
}

/// A target that a message names though the hub fills it in.
pub(crate) fn target(message: &Object) -> Option<&'static str> {
    TARGETS.into_iter().find(|target| message.contains_key(*target))
}

fn member(name: &str, value: &Value) -> bool {
    match name {
        "name" => value.is_string(),
        "data" => data(value),
        "notification" => object(value, |name, value| NOTIFICATION.contains(&name) && value.is_string()),
        "android" => object(value, android),
        "webpush" => object(value, |name, value| match name {
            "headers" => texts(value),
            "data" => data(value),
            "notification" => value.is_object(),
            "fcm_options" => fcm_options(value, "link"),
            _ => false,
        }),
        "apns" => object(value, |name, value| match name {
            "headers" => texts(value),
            "payload" => value.is_object(),
            "fcm_options" => fcm_options(value, "image"),
            "live_activity_token" => value.is_string(),
            _ => false,
        }),
        "fcm_options" => fcm_options(value, "analytics_label"),
        _ => false,
    }
}

fn android(name: &str, value: &Value) -> bool {
    match name {
        "collapse_key" | "restricted_package_name" => value.is_string(),
        "priority" => value
            .as_str()
            .is_some_and(|word| ["normal", "high"].iter().any(|known| known.eq_ignore_ascii_case(word))),
        "ttl" => value.as_str().is_some_and(is_ttl),
        "data" => data(value),
        "notification" => object(value, android_notification),
        "fcm_options" => fcm_options(value, "analytics_label"),
        "direct_boot_ok" | "bandwidth_constrained_ok" | "restricted_satellite_ok" => value.is_boolean(),
        _ => false,
    }
}

fn android_notification(name: &str, value: &Value) -> bool {
    match name {
        "title" | "body" | "icon" | "sound" | "tag" | "click_action" | "body_loc_key" | "title_loc_key"
        | "channel_id" | "ticker" | "event_time" | "image" => value.is_string(),
        "color" => value.as_str().is_some_and(is_color),
        "body_loc_args" | "title_loc_args" => list(value, Value::is_string),
        "sticky"
        | "local_only"
        | "default_sound"
        | "default_vibrate_timings"
        | "default_light_settings"
        | "bypass_proxy_notification" => value.is_boolean(),
        "vibrate_timings" => list(value, |value| value.as_str().is_some_and(is_duration)),
        // JSON of Protocol Buffers has numbers as texts, too, and words of an enum as numbers.
        "notification_count" => {
            value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i32>().is_ok())
        }
        "notification_priority" | "visibility" | "proxy" => value.is_string() || value.is_i64(),
        "light_settings" => value.is_object(),
        _ => false,
    }
}

/// The options of all platforms have a label; of two, one thing more.
fn fcm_options(value: &Value, own: &str) -> bool {
    object(value, |name, value| [own, "analytics_label"].contains(&name) && value.is_string())
}

/// Texts only, also no `null`, and no key of FCM's own. Its keys stay as they are.
fn data(value: &Value) -> bool {
    let good = |(name, value): (&String, &Value)| {
        let reserved = ["from", "message_type", "gcm"].contains(&name.as_str())
            || ["google.", "gcm."].iter().any(|start| name.starts_with(start));
        value.is_string() && !reserved
    };
    value.as_object().is_some_and(|map| map.iter().all(good))
}

fn list(value: &Value, good: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|all| all.iter().all(good))
}

fn texts(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.values().all(Value::is_string))
}

fn object(value: &Value, good: impl Fn(&str, &Value) -> bool) -> bool {
    value.as_object().is_some_and(|map| members(map, good))
}

/// `null` counts as absent. Members may be written `channelId` as well.
fn members(map: &Object, good: impl Fn(&str, &Value) -> bool) -> bool {
    map.iter()
        .filter(|(_, value)| !value.is_null())
        .all(|(name, value)| good(name, value) || good(&snake(name), value))
}

fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// `3600s`, `3.5s`
fn is_duration(text: &str) -> bool {
    duration(text).is_some()
}

/// A duration of at most [`LONGEST_TTL`].
fn is_ttl(text: &str) -> bool {
    duration(text).is_some_and(|(seconds, more)| seconds < LONGEST_TTL || seconds == LONGEST_TTL && !more)
}

/// Whole seconds, and whether there is more than that.
fn duration(text: &str) -> Option<(u64, bool)> {
    let number = text.strip_suffix('s')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    (digits(whole, 12) && digits(fraction, 9)).then_some(())?;
    Some((whole.parse().ok()?, fraction.bytes().any(|b| b != b'0')))
}

/// `#rrggbb`
fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good(message: Value) -> bool {
        let Value::Object(body) = json!({ "message": message }) else { unreachable!("it is an object") };
        is_good(&body)
    }

    #[test]
    fn messages_that_fcm_takes() {
        for message in [
            json!({}),
            json!({"notification": {"title": "t", "body": "b"}, "android": {"data": {"name": "wrench", "count": "3"}}}),
            json!({"android": {"ttl": "3600s", "priority": "HIGH", "collapse_key": "k",
                "notification": {"channel_id": "c", "color": "#00FF00"}}}),
            json!({"android": {"collapseKey": "k", "notification": {"channelId": "c"}}, "data": null}),
            json!({"apns": {"headers": {"apns-priority": "5"}, "payload": {"aps": {}}}, "fcm_options": {"analytics_label": "a"}}),
            json!({"webpush": {"notification": {"any": 1}}, "name": "n"}),
            json!({"android": {"ttl": "2419200s", "notification": {"sticky": true, "notification_count": 3,
                "body_loc_args": ["a"], "vibrate_timings": ["1s", "0.5s"], "light_settings": {"color": {"red": 1}},
                "visibility": "PUBLIC", "event_time": "2030-01-01T00:00:00Z"}}}),
            json!({"android": {"notification": {"notification_count": "3"}}}),
            json!({"webpush": {"fcm_options": {"link": "https://example.com", "analytics_label": "a"}},
                "apns": {"fcm_options": {"image": "https://example.com", "analytics_label": "a"}}}),
        ] {
            assert!(good(message.clone()), "{message}");
        }
    }

    #[test]
    fn messages_that_fcm_refuses() {
        for message in [
            json!({"data": {"count": 3}}),
            json!({"data": {"a": {"b": "c"}}}),
            json!({"data": {"a": null}}),
            json!({"data": {"google.x": "1"}}),
            json!({"data": {"from": "1"}}),
            json!({"android": {"ttl": 3600}}),
            json!({"android": {"ttl": "3600"}}),
            json!({"android": {"ttl": "2419201s"}}),
            json!({"android": {"ttl": "2419200.1s"}}),
            json!({"android": {"notification": {"title": 5}}}),
            json!({"android": {"notification": {"channel_id": 1}}}),
            json!({"android": {"notification": {"sticky": "yes"}}}),
            json!({"android": {"notification": {"notification_count": "many"}}}),
            json!({"android": {"notification": {"body_loc_args": "one"}}}),
            json!({"android": {"notification": {"vibrate_timings": [1]}}}),
            json!({"android": {"notification": {"light_settings": "red"}}}),
            json!({"webpush": {"fcm_options": {"link": 1}}}),
            json!({"webpush": {"fcm_options": {"lnk": "https://example.com"}}}),
            json!({"apns": {"fcm_options": {"image": 1}}}),
            json!({"android": {"time_to_live": 3600}}),
            json!({"android": {"priority": "urgent"}}),
            json!({"notification": {"channel_id": "c"}}),
            json!({"notification": {"title": 5}}),
            json!({"notification": "text"}),
            json!({"priority": "high"}),
            json!({"android": {"notification": {"color": "red"}}}),
            json!({"apns": {"headers": {"apns-priority": 5}}}),
            json!([]),
        ] {
            assert!(!good(message.clone()), "{message}");
        }
        let Value::Object(legacy) = json!({"notification": {"title": "t"}}) else { unreachable!() };
        assert!(!is_good(&legacy));
        let Value::Object(extra) = json!({"message": {}, "to": "x"}) else { unreachable!() };
        assert!(!is_good(&extra));
    }

    #[test]
    fn targets() {
        let Value::Object(message) = json!({"token": "t"}) else { unreachable!() };
        assert_eq!(target(&message), Some("token"));
    }
}
