use crate::BuildError;
use crate::text::quoted;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A template's name has at most so many characters (.NET SDK).
const LONGEST_NAME: usize = 200;

/// A template of a registration: what its device is sent, with `$(property)` for what a
/// [template notification](crate::Notification::template) fills in.
///
/// ```
/// use nh_core::RegistrationTemplate;
///
/// let template = RegistrationTemplate::new(r#"{"aps":{"alert":"$(message)"}}"#)
///     .with_name("greeting")?
///     .with_header("apns-push-type", "alert")?
///     .with_expiry("$(until)")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationTemplate {
    pub(super) body: String,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default, with = "headers")]
    pub(super) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(super) expiry: Option<String>,
    #[serde(default)]
    pub(super) priority: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message_type: Option<String>,
}

impl RegistrationTemplate {
    /// A template with this body: JSON or XML, as the platform's native payload is.
    pub fn new(body: impl Into<String>) -> RegistrationTemplate {
        RegistrationTemplate { body: body.into(), ..RegistrationTemplate::default() }
    }

    /// Names it, so that a device can have several. The service also makes the name a tag.
    ///
    /// # Errors
    /// A name that is empty or has more than 200 characters.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<RegistrationTemplate, BuildError> {
        let name = name.into();
        let characters = name.chars().count();
        if !(1..=LONGEST_NAME).contains(&characters) {
            return Err(BuildError::new(
                format_args!("template name {}", quoted(&name)),
                format_args!("has {characters} characters"),
                format_args!("use 1 to {LONGEST_NAME}"),
            ));
        }
        self.name = Some(name);
        Ok(self)
    }

    /// Adds a platform header. Its value may hold template expressions. Only Apple, Windows and Windows Phone have headers; a
    /// Windows template needs `X-WNS-Type`.
    ///
    /// # Errors
    /// A name that is no header name, and a value with a line break.
    pub fn with_header(
        mut self,
        name: &str,
        value: impl Into<String>,
    ) -> Result<RegistrationTemplate, BuildError> {
        let value = value.into();
        let subject = || format!("template header {}", quoted(name));
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(BuildError::new(
                subject(),
                "is no header name",
                "use letters, digits and -, as in X-WNS-Type",
            ));
        }
        if value.chars().any(char::is_control) {
            return Err(BuildError::new(subject(), "has a control character in its value", "remove it"));
        }
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value));
        Ok(self)
    }

    /// When APNs gives up: a time, `0`, or a template expression. Apple only.
    ///
    /// # Errors
    /// One that is empty.
    pub fn with_expiry(mut self, expiry: impl Into<String>) -> Result<RegistrationTemplate, BuildError> {
        self.expiry = Some(not_empty("template expiry", expiry.into())?);
        Ok(self)
    }

    /// How urgently APNs delivers: `5`, `10`, or a template expression. Apple only.
    ///
    /// # Errors
    /// One that is empty.
    pub fn with_priority(mut self, priority: impl Into<String>) -> Result<RegistrationTemplate, BuildError> {
        self.priority = Some(not_empty("template priority", priority.into())?);
        Ok(self)
    }

    /// Baidu's message type. Baidu only.
    ///
    /// # Errors
    /// One that is empty.
    pub fn with_message_type(
        mut self,
        message_type: impl Into<String>,
    ) -> Result<RegistrationTemplate, BuildError> {
        self.message_type = Some(not_empty("template message type", message_type.into())?);
        Ok(self)
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The platform headers, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// When APNs gives up.
    pub fn expiry(&self) -> Option<&str> {
        self.expiry.as_deref()
    }

    /// How urgently APNs delivers.
    pub fn priority(&self) -> Option<&str> {
        self.priority.as_deref()
    }

    /// Baidu's message type.
    pub fn message_type(&self) -> Option<&str> {
        self.message_type.as_deref()
    }

    /// What came as JSON has passed no method.
    pub(super) fn checked(self) -> Result<RegistrationTemplate, BuildError> {
        let mut checked = RegistrationTemplate::new(self.body);
        if let Some(name) = self.name {
            checked = checked.with_name(name)?;
        }
        if let Some(expiry) = self.expiry {
            checked = checked.with_expiry(expiry)?;
        }
        if let Some(priority) = self.priority {
            checked = checked.with_priority(priority)?;
        }
        if let Some(message_type) = self.message_type {
            checked = checked.with_message_type(message_type)?;
        }
        self.headers.into_iter().try_fold(checked, |checked, (name, value)| checked.with_header(&name, value))
    }
}

fn not_empty(what: &str, text: String) -> Result<String, BuildError> {
    if text.trim().is_empty() {
        return Err(BuildError::new(what, "is empty", "leave it out or give it a value"));
    }
    Ok(text)
}

impl fmt::Debug for RegistrationTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationTemplate")
            .field("name", &self.name)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Headers are an object in JSON, and keep their order here.
mod headers {
    use serde::de::{Deserializer, MapAccess, Visitor};
    use serde::ser::Serializer;
    use std::fmt;

    pub(super) fn serialize<S: Serializer>(headers: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(headers.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
        struct Headers;
        impl<'de> Visitor<'de> for Headers {
            type Value = Vec<(String, String)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of header names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut headers = Vec::new();
                while let Some(header) = map.next_entry()? {
                    headers.push(header);
                }
                Ok(headers)
            }
        }
        from.deserialize_map(Headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_refused() {
        let template = || RegistrationTemplate::new("{}");
        for (refused, what) in [
            (template().with_name(""), "name"),
            (template().with_expiry(""), "expiry"),
            (template().with_priority(" "), "priority"),
            (template().with_message_type(""), "message type"),
            (RegistrationTemplate { expiry: Some(String::new()), ..template() }.checked(), "expiry"),
        ] {
            assert!(refused.unwrap_err().to_string().contains(what), "{what}");
        }
    }
}
