//! Registrations as JSON: for files, logs and command lines. The service itself speaks XML.

use super::{PnsHandle, Registration, RegistrationTemplate};
use crate::platform_rules::PlatformRules;
use crate::text::quoted;
use crate::{BuildError, IfMatch, Platform, Tag};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use time::format_description::well_known::Rfc3339;

impl Serialize for Registration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.handle.rules() {
            Some(rules) => map.serialize_entry("kind", &rules.platform)?,
            None => {
                map.serialize_entry("kind", "unknown")?;
                map.serialize_entry("name", self.platform())?;
            }
        }
        map.serialize_entry("registration_id", &self.id)?;
        map.serialize_entry("etag", &self.etag)?;
        let expiration = self.expiration_time.and_then(|time| time.format(&Rfc3339).ok());
        map.serialize_entry("expiration_time", &expiration)?;
        for (name, value) in self.handle.parts() {
            map.serialize_entry(name, value)?;
        }
        if let Some(tile) = &self.secondary_tile_name {
            map.serialize_entry("secondary_tile_name", tile)?;
        }
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("push_variables", &self.push_variables)?;
        map.serialize_entry("template", &self.template)?;
        map.end()
    }
}

/// What [`Registration`] serializes to. Someone who writes it by hand may leave out most of it.
#[derive(serde::Deserialize)]
#[serde(expecting = "a registration, a JSON object")]
struct Written {
    kind: String,
    registration_id: Option<String>,
    etag: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    push_variables: Option<BTreeMap<String, String>>,
    secondary_tile_name: Option<String>,
    template: Option<RegistrationTemplate>,
    /// A browser's subscription has its keys in an object of their own.
    keys: Option<BTreeMap<String, String>>,
    /// The service sets it.
    #[serde(rename = "expiration_time")]
    _expiration_time: Option<serde::de::IgnoredAny>,
    /// A browser's subscription has this member. The hub has no use for it.
    #[serde(rename = "expirationTime")]
    expires: Option<Value>,
    #[serde(flatten)]
    handle: BTreeMap<String, Value>,
}

impl<'de> Deserialize<'de> for Registration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Registration, D::Error> {
        Written::deserialize(deserializer)?.into_registration().map_err(D::Error::custom)
    }
}

impl Written {
    fn into_registration(mut self) -> Result<Registration, BuildError> {
        if self.kind == "unknown" {
            return self.into_unknown();
        }
        let platform = self.kind.as_str().into();
        let Some(rules) = PlatformRules::of(&platform) else {
            let all: Vec<_> = Platform::KNOWN.iter().map(Platform::as_str).collect();
            return Err(BuildError::new(
                format_args!("registration kind {}", quoted(&self.kind)),
                "is not known",
                format_args!("use one of {}", all.join(", ")),
            ));
        };
        if rules.secret_handle {
            let keys = self.keys.take().unwrap_or_default();
            self.handle.extend(keys.into_iter().map(|(name, key)| (name, Value::String(key))));
            self.expires = None;
        }
        for (_, name) in rules.handle {
            if self.handle.get(*name).is_some_and(|value| !value.is_string()) {
                let remedy = format_args!("write it as \"{name}\":\"..\"");
                return Err(BuildError::new(format_args!("field {}", quoted(name)), "is no text", remedy));
            }
        }
        let handle = PnsHandle::of_parts(rules, |name| self.text(name))?;
        let parts: Vec<_> = rules.handle.iter().map(|(_, name)| *name).collect();
        self.no_other_field(&format!("the handle is {}; others are", parts.join(" and ")))?;
        let mut registration = Registration::new(handle);
        if let Some(tile) = self.secondary_tile_name.take() {
            registration = registration.with_secondary_tile(tile)?;
        }
        registration.template =
            self.template.take().map(RegistrationTemplate::checked).transpose()?.map(Box::new);
        self.into_common(registration)
    }

    /// Reads a registration of a kind that this version does not know. It cannot be sent. It is read so that a list of
    /// registrations survives as JSON.
    fn into_unknown(mut self) -> Result<Registration, BuildError> {
        let name = self.text("name").unwrap_or_default();
        if !name.ends_with("RegistrationDescription") {
            return Err(BuildError::new(
                format_args!("name {}", quoted(&name)),
                "is of no registration",
                "a registration of kind unknown has the name of its element: PigeonRegistrationDescription",
            ));
        }
        self.no_other_field("a registration of kind unknown has name,")?;
        let mut registration = Registration::new(PnsHandle::read(name.as_str().into()));
        registration.secondary_tile_name = self.secondary_tile_name.take();
        self.into_common(registration)
    }

    /// Takes a field that is a text.
    fn text(&mut self, name: &str) -> Option<String> {
        match self.handle.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    fn no_other_field(&self, known: &str) -> Result<(), BuildError> {
        let keys = self.keys.as_ref().map(|_| "keys");
        let expires = self.expires.as_ref().map(|_| "expirationTime");
        let Some(name) = self.handle.keys().map(String::as_str).next().or(keys).or(expires) else {
            return Ok(());
        };
        Err(BuildError::new(
            format_args!("field {}", quoted(name)),
            format_args!("is not known in a registration of kind {}", self.kind),
            format_args!(
                "{known} registration_id, etag, tags, push_variables, secondary_tile_name, template"
            ),
        ))
    }

    /// Reads what all kinds have. Tags may have other characters than a [`Tag`]: the list may come from the service.
    fn into_common(self, mut registration: Registration) -> Result<Registration, BuildError> {
        registration.tags = self.tags.unwrap_or_default().into();
        registration.tags.iter().try_for_each(|tag| check_tag(tag))?;
        registration.push_variables = self.push_variables.unwrap_or_default();
        if let Some(etag) = &self.etag {
            IfMatch::etag(etag)?;
        }
        registration.id = self.registration_id;
        registration.etag = self.etag;
        Ok(registration)
    }
}

/// The tags of a registration go out as one text, with commas between them. There a space around a tag would be lost.
fn check_tag(tag: &str) -> Result<(), BuildError> {
    if tag != tag.trim() {
        let subject = format_args!("tag {}", quoted(tag));
        return Err(BuildError::new(subject, "begins or ends with a space", "remove the space"));
    }
    Tag::check_read(tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Registration, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        for written in [
            json!({"kind": "baidu", "registration_id": "1-2-3", "etag": "4", "baidu_user_id": "u", "baidu_channel_id": "c",
                "tags": ["a", "the template's name", "Москва"], "push_variables": {"x": "1"}, "template": null, "expiration_time": null}),
            json!({"kind": "windows", "registration_id": null, "etag": null, "channel_uri": "https://a", "tags": [],
                "secondary_tile_name": "t", "push_variables": {}, "expiration_time": null,
                "template": {"body": "<toast/>", "name": "n", "headers": {"X-WNS-Type": "wns/toast"}, "expiry": null,
                    "priority": null}}),
        ] {
            let registration = read(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&registration).unwrap(), written);
        }
    }

    #[test]
    fn a_browsers_subscription_is_read() {
        let subscription =
            json!({"endpoint": "https://e", "expirationTime": null, "keys": {"p256dh": "p", "auth": "a"}});
        let mut nested = subscription.clone();
        nested["kind"] = json!("browser");
        let flat = json!({"kind": "browser", "endpoint": "https://e", "p256dh": "p", "auth": "a"});
        assert_eq!(read(nested).unwrap(), read(flat).unwrap());
        for (name, value) in [("keys", json!({"auth": "a"})), ("expirationTime", json!(7))] {
            let mut gcm = json!({"kind": "gcm", "gcm_registration_id": "g"});
            gcm[name] = value;
            assert!(read(gcm).unwrap_err().contains(name));
        }
    }

    #[test]
    fn what_the_service_would_refuse_is_read_and_not_written() {
        for (value, names) in [
            (json!({"kind": "apple", "device_token": "xyz"}), "hexadecimal"),
            (
                json!({"kind": "gcm", "gcm_registration_id": "g", "tags": ["$InstallationId:{1}"]}),
                "installation instead",
            ),
            (
                json!({"kind": "gcm", "gcm_registration_id": "g", "tags": ["a", "$UserId:{1}"]}),
                "installation instead",
            ),
        ] {
            let registration = read(value.clone()).unwrap();
            assert!(serde_json::to_value(&registration).is_ok());
            for error in [registration.write().unwrap_err(), registration.write_line().unwrap_err()] {
                assert!(error.to_string().contains(names), "{error}");
            }
        }
    }

    #[test]
    fn refusals_name_the_field() {
        for (value, names) in [
            (json!([]), "expected a registration, a JSON object"),
            (json!({"kind": "pigeon"}), "\"pigeon\""),
            (json!({"kind": "apple"}), "device_token"),
            (json!({"kind": "apple", "token": "x", "device_token": "y"}), "\"token\""),
            (
                json!({"kind": "apple", "device_token": "y", "tag": ["a"]}),
                "\"tag\": is not known in a registration",
            ),
            (json!({"kind": "apple", "device_token": 5}), "\"device_token\": is no text"),
            (json!({"kind": "apple", "device_token": "y", "tags": ["a,b"]}), "tag \"a,b\""),
            (json!({"kind": "apple", "device_token": "y", "secondary_tile_name": "t"}), "tile"),
            (json!({"kind": "apple", "device_token": "y", "template": {"body": "", "nam": "x"}}), "nam"),
            (
                json!({"kind": "apple", "device_token": "y", "template": {"body": "", "name": ""}}),
                "template name",
            ),
            (json!({"kind": "apple", "device_token": "y", "tags": ["a\u{7}"]}), "control character"),
            (json!({"kind": "apple", "device_token": "y", "tags": [""]}), "is empty"),
            (
                json!({"kind": "apple", "device_token": "y", "tags": ["a", " b"]}),
                "tag \" b\": begins or ends with a space",
            ),
            (json!({"kind": "apple", "device_token": "y", "tags": ["b\u{a0}"]}), "ends with a space"),
            (json!({"kind": "apple", "device_token": "y", "template": {"body": "", "expiry": ""}}), "expiry"),
            (json!({"kind": "unknown"}), "name"),
            (json!({"kind": "unknown", "name": "PigeonRegistrationDescription", "token": "x"}), "\"token\""),
            (json!({"tags": []}), "kind"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(names), "{error}");
        }
    }
}
