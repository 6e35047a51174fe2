//! What FCM takes: the members of a message ([REST reference]), as its `InvalidArgument` shows in public reports
//! (dotnet#341, azure-sdk-for-js#29404). The hub passes a message on; what is wrong with it shows in the outcome only.
//!
//! [REST reference]: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages

use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// To whom it goes, the hub fills in.
const TARGETS: [&str; 3] = ["token", "topic", "condition"];

const NOTIFICATION: &[&str] = &["title", "body", "image"];

const ANDROID_NOTIFICATION: &[&str] = &[
    "title",
    "body",
    "icon",
    "color",
    "sound",
    "tag",
    "click_action",
    "body_loc_key",
    "body_loc_args",
    "title_loc_key",
    "title_loc_args",
    "channel_id",
    "ticker",
    "sticky",
    "event_time",
    "local_only",
    "notification_priority",
    "default_sound",
    "default_vibrate_timings",
    "default_light_settings",
    "vibrate_timings",
    "visibility",
    "notification_count",
    "light_settings",
    "image",
    "bypass_proxy_notification",
    "proxy",
];

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
        "data" => object(value, data),
        "notification" => object(value, |name, value| NOTIFICATION.contains(&name) && value.is_string()),
        "android" => object(value, android),
        "webpush" => object(value, |name, value| match name {
            "headers" => texts(value),
            "data" => object(value, data),
            "notification" | "fcm_options" => value.is_object(),
            _ => false,
        }),
        "apns" => object(value, |name, value| match name {
            "headers" => texts(value),
            "payload" | "fcm_options" => value.is_object(),
            "live_activity_token" => value.is_string(),
            _ => false,
        }),
        "fcm_options" => fcm_options(value),
        _ => false,
    }
}

fn android(name: &str, value: &Value) -> bool {
    match name {
        "collapse_key" | "restricted_package_name" => value.is_string(),
        "priority" => value
            .as_str()
            .is_some_and(|word| ["normal", "high"].iter().any(|known| known.eq_ignore_ascii_case(word))),
        "ttl" => value.as_str().is_some_and(is_duration),
        "data" => object(value, data),
        "notification" => object(value, |name, value| {
            ANDROID_NOTIFICATION.contains(&name) && (name != "color" || value.as_str().is_some_and(is_color))
        }),
        "fcm_options" => fcm_options(value),
        "direct_boot_ok" | "bandwidth_constrained_ok" | "restricted_satellite_ok" => value.is_boolean(),
        _ => false,
    }
}

fn fcm_options(value: &Value) -> bool {
    object(value, |name, value| name == "analytics_label" && value.is_string())
}

/// Texts only, and no key of FCM's own.
fn data(name: &str, value: &Value) -> bool {
    let reserved = ["from", "message_type", "gcm"].contains(&name)
        || ["google.", "gcm."].iter().any(|start| name.starts_with(start));
    value.is_string() && !reserved
}

fn texts(value: &Value) -> bool {
    value.as_object().is_some_and(|map| map.values().all(Value::is_string))
}

fn object(value: &Value, good: impl Fn(&str, &Value) -> bool) -> bool {
    value.as_object().is_some_and(|map| members(map, good))
}

/// `null` counts as absent. Members may be written `channelId` as well, but keys of data stay as they are.
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
    let Some(number) = text.strip_suffix('s') else { return false };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    digits(whole, 12) && digits(fraction, 9)
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
        ] {
            assert!(good(message.clone()), "{message}");
        }
    }

    #[test]
    fn messages_that_fcm_refuses() {
        for message in [
            json!({"data": {"count": 3}}),
            json!({"data": {"a": {"b": "c"}}}),
            json!({"data": {"google.x": "1"}}),
            json!({"data": {"from": "1"}}),
            json!({"android": {"ttl": 3600}}),
            json!({"android": {"ttl": "3600"}}),
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
