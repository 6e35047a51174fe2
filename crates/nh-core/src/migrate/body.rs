//! The body of a legacy template in the shape of FCM v1.

use super::json::{Json, Object};
use crate::BuildError;
use crate::notification::check_fcm_v1_template;
use crate::template_rules::is_expression;
use crate::text::shown;
use std::collections::HashSet;

/// FCM keeps a message for at most four weeks ([error codes]).
///
/// [error codes]: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
const LONGEST_TTL: i128 = 2_419_200;

const TARGET: &str = "leave it out: the hub adds the target";

/// Members of the legacy protocol that have no place, with the way out.
const WITHOUT_PLACE: [(&str, &str); 8] = [
    ("to", TARGET),
    ("registration_ids", TARGET),
    ("condition", TARGET),
    ("notification_key", TARGET),
    ("content_available", "leave it out, or write message.apns.payload.aps.content-available by hand"),
    ("mutable_content", "leave it out, or write message.apns.payload.aps.mutable-content by hand"),
    ("delay_while_idle", "leave it out: FCM has no such option any more"),
    ("dry_run", "leave it out: a template with it reaches nobody"),
];

/// Members of a legacy `notification`, and their names in `message.android.notification` ([legacy protocol], [v1]).
///
/// [legacy protocol]: https://firebase.google.com/docs/cloud-messaging/http-server-ref
/// [v1]: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
const OF_ANDROID: [(&str, &str); 8] = [
    ("icon", "icon"),
    ("sound", "sound"),
    ("tag", "tag"),
    ("color", "color"),
    ("click_action", "click_action"),
    ("body_loc_key", "body_loc_key"),
    ("title_loc_key", "title_loc_key"),
    ("android_channel_id", "channel_id"),
];

/// Gives the body of a legacy template the shape of FCM v1.
///
/// | legacy | FCM v1 |
/// |---|---|
/// | `data` | `message.data` |
/// | `notification`: `title`, `body`, `image` | `message.notification` |
/// | `notification`: `icon`, `sound`, `tag`, `color`, `click_action`, `body_loc_key`, `title_loc_key` | `message.android.notification` |
/// | `notification`: `android_channel_id` | `message.android.notification.channel_id` |
/// | `notification`: `body_loc_args`, `title_loc_args` | `message.android.notification`, as a list |
/// | `priority`, `collapse_key`, `restricted_package_name` | `message.android` |
/// | `time_to_live`: `60` | `message.android.ttl`: `"60s"` |
/// | `time_to_live`: `"$(ttl)"` or `"#(ttl)"` | `message.android.ttl`: `"{$(ttl) + 's'}"` |
///
/// Template expressions such as `$(text)` stay as they are. FCM v1 takes texts only, so
/// - a whole number and a boolean become their text: `3` becomes `"3"`. A device always got texts;
/// - `#(count)`, which makes a number, becomes `$(count)`, which makes its text.
///
/// A body that has the shape of FCM v1 already stays as it is.
///
/// ```
/// use nh_core::migrate;
///
/// let new = migrate::template_body(r##"{"data":{"text":"$(text)","count":"#(n)","v":2},"priority":"high"}"##);
/// let shape = r#"{"message":{"data":{"text":"$(text)","count":"$(n)","v":"2"},"android":{"priority":"high"}}}"#;
/// assert_eq!(new.as_deref(), Ok(shape));
///
/// let why = migrate::template_body(r#"{"to":"/topics/news","colour":"red"}"#).unwrap_err();
/// assert_eq!(why[0].to_string(), "to in the template: cannot be carried over by a rule; leave it out: the hub adds the target");
/// assert_eq!(why[1].subject(), "colour in the template");
/// ```
///
/// Source: [FCM migration guide].
///
/// [FCM migration guide]: https://firebase.google.com/docs/cloud-messaging/migrate-v1
///
/// # Errors
/// Returns one error for each part that is in the way:
/// - the body is no JSON object;
/// - a member is not in the table, or stands twice;
/// - a value is `null`, a list, an object, or a number with a point, where FCM v1 takes a text;
/// - `priority` is not `normal` or `high`, or `time_to_live` is no number of seconds from 0 to 2,419,200 (four weeks) and no
///   single property;
/// - the result is not what [`Notification::fcm_v1`](crate::Notification::fcm_v1) takes, for example because a name in `data` is
///   reserved.
pub fn template_body(body: &str) -> Result<String, Vec<BuildError>> {
    template_body_in("the template", body)
}

pub(super) fn template_body_in(template: &str, body: &str) -> Result<String, Vec<BuildError>> {
    let mut writing = Writing { template, reasons: Vec::new() };
    let members = match serde_json::from_str(body) {
        Ok(Json::Object(members)) => members,
        Ok(other) => return Err(vec![writing.not_an_object(other.kind())]),
        Err(why) => return Err(vec![writing.not_an_object(&format!("no JSON ({why})"))]),
    };
    if is_new_shape(&members) {
        return match check_fcm_v1_template(template, body) {
            Ok(()) => Ok(body.to_owned()),
            Err(why) => Err(vec![why]),
        };
    }
    let message = writing.message(members);
    let new = Json::Object(vec![("message".to_owned(), Json::Object(message))]);
    let new = serde_json::to_string(&new).expect("texts and lists of them are JSON");
    if writing.reasons.is_empty()
        && let Err(why) = check_fcm_v1_template(template, &new)
    {
        writing.reasons.push(why);
    }
    if writing.reasons.is_empty() { Ok(new) } else { Err(writing.reasons) }
}

/// Somebody may have written the new shape for the old platform.
fn is_new_shape(members: &Object) -> bool {
    matches!(members.as_slice(), [(name, Json::Object(_))] if name == "message")
}

/// Collects what is in the way.
struct Writing<'a> {
    template: &'a str,
    reasons: Vec<BuildError>,
}

impl Writing<'_> {
    fn message(&mut self, members: Object) -> Object {
        let (mut notification, mut data, mut android) = (None, None, Object::new());
        let mut android_notification = Object::new();
        for (name, value) in self.once("", members) {
            match name.as_str() {
                "data" => data = self.object(&name, value).map(|members| self.data(members)),
                "notification" => {
                    let members = self.object(&name, value);
                    notification =
                        members.map(|members| self.notification(members, &mut android_notification));
                }
                "priority" => push(&mut android, "priority", self.priority(value)),
                "time_to_live" => push(&mut android, "ttl", self.ttl(value)),
                "collapse_key" | "restricted_package_name" => {
                    let text = self.text(&name, value);
                    push(&mut android, &name, text);
                }
                name => self.without_place(name, name),
            }
        }
        // An empty notification is one, too. One that only Android's members are left of stands there.
        let notification =
            notification.filter(|members| !members.is_empty() || android_notification.is_empty());
        if !android_notification.is_empty() {
            android.push(("notification".to_owned(), Json::Object(android_notification)));
        }
        let android = Some(android).filter(|members| !members.is_empty());
        let parts = [("notification", notification), ("data", data), ("android", android)];
        let present = parts.into_iter().filter_map(|(name, members)| Some((name, members?)));
        present.map(|(name, members)| (name.to_owned(), Json::Object(members))).collect()
    }

    fn data(&mut self, members: Object) -> Object {
        let mut data = Object::new();
        for (name, value) in self.once("data", members) {
            let text = self.text(&format!("data.{name}"), value);
            push(&mut data, &name, text);
        }
        data
    }

    fn notification(&mut self, members: Object, android: &mut Object) -> Object {
        let mut notification = Object::new();
        for (name, value) in self.once("notification", members) {
            let place = format!("notification.{name}");
            let of_android = OF_ANDROID.iter().find(|(legacy, _)| *legacy == name);
            match (name.as_str(), of_android) {
                ("title" | "body" | "image", _) => push(&mut notification, &name, self.text(&place, value)),
                ("body_loc_args" | "title_loc_args", _) => push(android, &name, self.texts(&place, value)),
                (_, Some((_, new))) => push(android, new, self.text(&place, value)),
                (name, None) => self.without_place(&place, name),
            }
        }
        notification
    }

    fn priority(&mut self, value: Json) -> Option<Json> {
        match self.text("priority", value)? {
            Json::Text(text) if !is_expression(&text) && !is_priority(&text) => {
                self.refuse("priority", "is no priority", "write \"normal\" or \"high\"");
                None
            }
            text => Some(text),
        }
    }

    /// Seconds become a duration.
    fn ttl(&mut self, value: Json) -> Option<Json> {
        let seconds = match &value {
            Json::Integer(seconds) => Some(*seconds),
            Json::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok()
            }
            _ => None,
        };
        let property = match &value {
            Json::Text(text) => property(text),
            _ => None,
        };
        let ttl = match (seconds, property) {
            (Some(seconds @ 0..=LONGEST_TTL), _) => format!("{seconds}s"),
            // Parts of a composite are texts: `#` cannot stand there.
            (_, Some(property)) => format!("{{$({property}) + 's'}}"),
            _ => {
                self.refuse(
                    "time_to_live",
                    format_args!("is no number of seconds from 0 to {LONGEST_TTL} and no single property"),
                    "write message.android.ttl by hand, as in \"3600s\" or \"{$(ttl) + 's'}\"",
                );
                return None;
            }
        };
        Some(Json::Text(ttl))
    }

    /// A value that FCM v1 takes as a text only.
    fn text(&mut self, place: &str, value: Json) -> Option<Json> {
        let text = match value {
            Json::Text(text) => match text.strip_prefix("#(") {
                // It makes a number. The same property as a text:
                Some(rest) => format!("$({rest}"),
                None => text,
            },
            Json::Integer(number) => number.to_string(),
            Json::Bool(value) => value.to_string(),
            other => {
                let problem = format!("is {}, and FCM v1 takes a text", other.kind());
                self.refuse(place, problem, "write it as the text that the device is to get");
                return None;
            }
        };
        Some(Json::Text(text))
    }

    /// A list of texts. The legacy protocol takes it as a text, too.
    fn texts(&mut self, place: &str, value: Json) -> Option<Json> {
        let list = match value {
            Json::Text(text) => serde_json::from_str(&text).unwrap_or(Json::Text(text)),
            other => other,
        };
        let Json::List(items) = list else {
            self.refuse(place, format_args!("is {}", list.kind()), "write a JSON list of texts");
            return None;
        };
        let texts: Option<Vec<Json>> = items.into_iter().map(|item| self.text(place, item)).collect();
        texts.map(Json::List)
    }

    fn object(&mut self, place: &str, value: Json) -> Option<Object> {
        match value {
            Json::Object(members) => Some(members),
            other => {
                self.refuse(place, format_args!("is {}", other.kind()), "give it a JSON object");
                None
            }
        }
    }

    /// The members of an object. Those with a name that was there before are in the way.
    fn once(&mut self, parent: &str, members: Object) -> Object {
        let mut names = HashSet::new();
        for (name, _) in &members {
            if !names.insert(name.as_str()) {
                let place = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
                self.refuse(&place, "stands there twice", "leave one of them out");
            }
        }
        members
    }

    fn without_place(&mut self, place: &str, name: &str) {
        let known = WITHOUT_PLACE.iter().find(|(known, _)| *known == name && place == name);
        let remedy = known.map_or("write the template anew, in the shape of FCM v1", |(_, remedy)| remedy);
        self.refuse(place, "cannot be carried over by a rule", remedy);
    }

    fn refuse(&mut self, place: &str, problem: impl std::fmt::Display, remedy: &str) {
        let subject = format!("{} in {}", shown(place, 60), self.template);
        self.reasons.push(BuildError::new(subject, problem, remedy));
    }

    fn not_an_object(&self, kind: &str) -> BuildError {
        BuildError::new(
            format_args!("body of {}", self.template),
            format_args!("is {kind}"),
            "write a JSON object",
        )
    }
}

fn push(members: &mut Object, name: &str, value: Option<Json>) {
    members.extend(value.map(|value| (name.to_owned(), value)));
}

fn is_priority(text: &str) -> bool {
    ["normal", "high"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The name in `$(name)` or `#(name)`. A name has letters, digits and `_` (.NET SDK: `ExpressionEvaluator`).
fn property(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("$(").or_else(|| text.strip_prefix("#("))?.strip_suffix(')')?.trim();
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!inside.is_empty() && inside.bytes().all(legal)).then_some(inside)
}
