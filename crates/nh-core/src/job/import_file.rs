//! What an import refuses of a registration.

use crate::notification::check_fcm_v1_template;
use crate::text::quoted;
use crate::{BuildError, Platform, Registration, Tag};
use http::Uri;
use std::collections::HashMap;

/// The tags of a registration, joined by commas, have at most so many characters (azure-docs, issue 48743).
const MAX_JOINED_TAGS: usize = 8000;

/// So many tags are documented. The service has been seen to take more (azure-docs, issue 63462).
const DOCUMENTED_TAGS: usize = 60;

/// Collects the lines of an import file, and names what the import would refuse.
///
/// An import takes hours, and tells of each line that it refuses only when it is over. Many refusals can be told before.
///
/// ```
/// use nh_core::job::ImportFile;
/// use nh_core::{PnsHandle, Registration};
///
/// let mut file = ImportFile::new();
/// file.push(1, &Registration::new(PnsHandle::fcm_v1("dk3:APA91b_1")?).with_tags(["sports"])?).expect("it is fine");
///
/// let odd = r#"{"kind":"apple","device_token":"not hex","tags":["breaking news"]}"#;
/// let why = file.push(2, &serde_json::from_str(odd)?).unwrap_err();
/// assert_eq!(why.len(), 2);
/// assert_eq!(why[0].subject(), "tag \"breaking news\"");
/// assert_eq!(file.text().lines().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ImportFile {
    text: String,
    /// Where each id was first.
    ids: HashMap<String, u64>,
}

impl ImportFile {
    /// Makes an empty file.
    pub fn new() -> ImportFile {
        ImportFile::default()
    }

    /// Adds a registration. `line` says where it comes from: the errors about later ones name it.
    ///
    /// A tag that the service has made of the template's name is left out if it is no legal tag: the service makes it again.
    ///
    /// # Errors
    /// Returns each reason why an import would refuse it, and does not add it:
    /// - this crate cannot write it: see [`import_line`](super::import_line);
    /// - a tag begins with `$`, has more than 120 characters, or has a character that is no letter or digit and none of
    ///   `_ @ # . : -`. An import answers these with "Bad Format" (azure-notificationhubs-dotnet, issue 322);
    /// - all tags joined have more than 8,000 characters (azure-docs, issue 48743);
    /// - the channel of a Windows device is no absolute URI (.NET SDK: `WindowsRegistrationDescription`);
    /// - the body of a template is no JSON object, on the platforms whose payload is one;
    /// - the id has a character that no id can have, or another registration of this file has the id.
    pub fn push(&mut self, line: u64, registration: &Registration) -> Result<(), Vec<BuildError>> {
        let named = registration.name_tag().map(|name| registration.clone().without_tag(name));
        let registration = named.as_ref().unwrap_or(registration);
        let mut reasons = tags(registration);
        reasons.extend(handle(registration));
        reasons.extend(body(registration));
        reasons.extend(self.id(registration));
        let written = super::import_line(registration);
        match written {
            Ok(text) if reasons.is_empty() => {
                self.text.push_str(&text);
                self.text.push('\n');
                if let Some(id) = registration.id() {
                    self.ids.insert(id.to_owned(), line);
                }
                Ok(())
            }
            Ok(_) => Err(reasons),
            Err(why) => {
                if !reasons.iter().any(|known| known.subject() == why.subject()) {
                    reasons.push(why);
                }
                Err(reasons)
            }
        }
    }

    /// Returns the file so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn id(&self, registration: &Registration) -> Option<BuildError> {
        let id = registration.id()?;
        let subject = format!("registration id {}", quoted(id));
        if let Some(line) = self.ids.get(id) {
            let problem = format!("is that of line {line}, too");
            return Some(BuildError::new(subject, problem, "leave one of the lines out"));
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let problem = match id.char_indices().find(|(_, c)| !legal(*c)) {
            Some((at, c)) => format!("has {c:?} at byte {at}"),
            None if matches!(id, "" | "." | "..") => "would address something else".to_owned(),
            None => return None,
        };
        Some(BuildError::new(subject, problem, "leave it out, or write the id that the service gave"))
    }
}

/// Returns what an import takes, and what still reaches nobody or is beyond what is documented:
/// - the platform's protocol is turned off (`gcm`): see [`migrate`](crate::migrate);
/// - the template is not in the shape of FCM v1. The service takes it, and FCM refuses what it becomes;
/// - there are more than 60 tags.
///
/// ```
/// use nh_core::{PnsHandle, Registration, job};
///
/// let old = Registration::new(PnsHandle::gcm("dk3:APA91b_1")?);
/// assert_eq!(job::import_doubts(&old)[0].subject(), "registration of kind gcm");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
pub fn import_doubts(registration: &Registration) -> Vec<BuildError> {
    let mut doubts = Vec::new();
    let platform = registration.platform();
    if *platform == Platform::Gcm {
        doubts.push(BuildError::new(
            format_args!("registration of kind {platform}"),
            "gets no push: Google turned this protocol off in 2024",
            format_args!("migrate it to {}", Platform::FcmV1),
        ));
    }
    if let Some(template) = registration.template().filter(|_| *platform == Platform::FcmV1) {
        let name = template
            .name()
            .map_or("the template".to_owned(), |name| format!("the template {}", quoted(name)));
        doubts.extend(check_fcm_v1_template(&name, template.body()).err());
    }
    let count = registration.tags().len();
    if count > DOCUMENTED_TAGS {
        let problem = format!("are {count}");
        doubts.push(BuildError::new(
            "tags",
            problem,
            format_args!("{DOCUMENTED_TAGS} are documented as the most"),
        ));
    }
    doubts
}

fn tags(registration: &Registration) -> Vec<BuildError> {
    let mut reasons: Vec<_> =
        registration.tags().iter().filter_map(|tag| Tag::check_stored(tag).err()).collect();
    let characters: usize = registration.tags().iter().map(|tag| tag.chars().count() + 1).sum();
    let joined = characters.saturating_sub(1);
    if joined > MAX_JOINED_TAGS {
        let problem = format!("have {joined} characters, joined by commas");
        reasons.push(BuildError::new("tags", problem, format_args!("{MAX_JOINED_TAGS} are the most")));
    }
    reasons
}

fn handle(registration: &Registration) -> Option<BuildError> {
    let rules = registration.handle().rules().filter(|rules| rules.has_tiles)?;
    let (name, uri) = registration.handle().parts().next()?;
    let parsed: Option<Uri> = uri.parse().ok();
    let absolute = parsed.is_some_and(|uri| uri.scheme().is_some() && uri.authority().is_some());
    let remedy = format!("give the channel that {} gave the app", rules.platform);
    (!absolute).then(|| BuildError::new(name, "is no absolute URI", remedy))
}

fn body(registration: &Registration) -> Option<BuildError> {
    registration.handle().rules().filter(|rules| rules.json_object)?;
    let template = registration.template()?;
    let read: Result<HashMap<String, serde::de::IgnoredAny>, _> = serde_json::from_str(template.body());
    let why = read.err()?;
    let name = template.name().map_or(String::new(), |name| format!(" {}", quoted(name)));
    let problem = format!("has a body that is no JSON object ({why})");
    Some(BuildError::new(format_args!("template{name}"), problem, "write a JSON object"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn push(file: &mut ImportFile, value: Value) -> Vec<String> {
        let registration = serde_json::from_value(value).unwrap();
        let pushed = file.push(7, &registration);
        pushed.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    fn apple(more: Value) -> Value {
        let mut value = json!({"kind": "apple", "device_token": "AB12"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    }

    #[test]
    fn what_an_import_refuses_is_named() {
        let long: Vec<String> = (0..90).map(|i| format!("{i:0100}")).collect();
        for (value, all) in [
            (apple(json!({"tags": ["a", "Москва", "b#c@d.e:f-g_h"]})), &[][..]),
            (
                apple(json!({"tags": ["a b", "é!"]})),
                &["tag \"a b\": has ' ' at byte 1", "tag \"é!\": has '!' at byte 2"],
            ),
            (apple(json!({"tags": ["a b", "c"], "template": {"body": "{}", "name": "a b"}})), &[]),
            (apple(json!({"tags": ["x".repeat(121)]})), &["121 characters"]),
            (apple(json!({"tags": ["$InstallationId:{1}"]})), &["begins with $"]),
            (apple(json!({"tags": long})), &["tags: have 9089 characters"]),
            (apple(json!({"device_token": "xyz"})), &["device_token: has the character 'x'"]),
            (apple(json!({"registration_id": "a/b"})), &["registration id \"a/b\": has '/' at byte 1"]),
            (apple(json!({"registration_id": "1-2-3"})), &[]),
            (apple(json!({"registration_id": "1-2-3"})), &["is that of line 7, too; leave one"]),
            (
                apple(json!({"template": {"body": "hello", "name": "n"}})),
                &["template \"n\": has a body that is no JSON object"],
            ),
            (apple(json!({"template": {"body": "[1]"}})), &["template: has a body that is no JSON object"]),
            (apple(json!({"template": {"body": "{\"a\\n\":1}"}})), &[]),
            (apple(json!({"template": {"body": " "}})), &["no JSON object"]),
            (json!({"kind": "windows", "channel_uri": "token"}), &["channel_uri: is no absolute URI"]),
            (
                json!({"kind": "windows", "channel_uri": "https://a/?t=1", "template": {"body": "{}"}}),
                &["tells no type of WNS"],
            ),
            (
                json!({"kind": "unknown", "name": "PigeonRegistrationDescription"}),
                &["not known to this version"],
            ),
        ] {
            let mut file = ImportFile::new();
            if all.first().is_some_and(|text| text.contains("line 7")) {
                assert_eq!(push(&mut file, value.clone()), [""; 0]);
            }
            let before = file.text().len();
            let why = push(&mut file, value.clone());
            assert_eq!(why.len(), all.len(), "{value}: {why:?}");
            for (why, says) in why.iter().zip(all) {
                assert!(why.contains(says), "{why}");
            }
            assert_eq!(file.text().len() > before, all.is_empty(), "{value}");
        }
    }

    #[test]
    fn what_reaches_nobody_is_doubted() {
        let doubts = |value: Value| -> Vec<String> {
            let registration = serde_json::from_value(value).unwrap();
            import_doubts(&registration).iter().map(ToString::to_string).collect()
        };
        let tags: Vec<String> = (0..61).map(|i| i.to_string()).collect();
        for (value, all) in [
            (apple(json!({})), &[][..]),
            (apple(json!({"tags": tags})), &["tags: are 61; 60 are documented"]),
            (json!({"kind": "gcm", "gcm_registration_id": "g"}), &["kind gcm: gets no push"]),
            (
                json!({"kind": "fcmv1", "fcm_v1_registration_id": "f", "template": {"body": "{\"data\":{}}", "name": "n"}}),
                &["data in the template \"n\": stands beside message"],
            ),
            (
                json!({"kind": "fcmv1", "fcm_v1_registration_id": "f",
                    "template": {"body": "{\"message\":{\"android\":{\"ttl\":\"$(t)\"}}}"}}),
                &[],
            ),
        ] {
            let why = doubts(value.clone());
            assert_eq!(why.len(), all.len(), "{value}: {why:?}");
            assert!(why.iter().zip(all).all(|(why, says)| why.contains(says)), "{why:?}");
        }
    }
}
