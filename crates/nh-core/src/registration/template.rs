use crate::BuildError;
use crate::platform_rules::PlatformRules;
use crate::template_rules::{Lacking, Template, check_header, check_name};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A template of a registration: the payload for its device, with `$(property)` where a
/// [template notification](crate::Notification::template) fills in a value.
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
    /// Makes a template with this body: JSON or XML, as the platform's native payload is. A blank body is refused when the
    /// request is built.
    pub fn new(body: impl Into<String>) -> RegistrationTemplate {
        RegistrationTemplate { body: body.into(), ..RegistrationTemplate::default() }
    }

    /// Sets the name, so that a device can have several templates. The service also makes the name a tag.
    ///
    /// # Errors
    /// Fails if the name is empty or has more than 200 characters (.NET SDK).
    pub fn with_name(mut self, name: impl Into<String>) -> Result<RegistrationTemplate, BuildError> {
        let name = name.into();
        check_name(&name)?;
        self.name = Some(name);
        Ok(self)
    }

    /// Sets a platform header. Its value may be a template expression. Only templates for Apple, Windows and Windows Phone
    /// have headers.
    ///
    /// A Windows template has a type, `X-WNS-Type`. It is told from the root element of the body when the request is built,
    /// unless it is set here. Likewise `X-WindowsPhone-Target` and `X-NotificationClass` of a Windows Phone template.
    ///
    /// # Errors
    /// Fails if the name is no header name, if the value is blank or has a control character, or if the type is none that
    /// WNS or MPNS knows. A header that the platform does not have is refused when the request is built.
    pub fn with_header(
        mut self,
        name: &str,
        value: impl Into<String>,
    ) -> Result<RegistrationTemplate, BuildError> {
        let value = value.into();
        check_header(name, &value)?;
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value));
        Ok(self)
    }

    /// Sets the time until which APNs tries to deliver: a time, `0`, or a template expression. Apple only.
    ///
    /// # Errors
    /// Fails if the text is blank.
    pub fn with_expiry(mut self, expiry: impl Into<String>) -> Result<RegistrationTemplate, BuildError> {
        self.expiry = Some(not_empty("template expiry", expiry.into())?);
        Ok(self)
    }

    /// Sets how urgently APNs delivers: `5`, `10`, or a template expression. Apple only.
    ///
    /// # Errors
    /// Fails if the text is blank.
    pub fn with_priority(mut self, priority: impl Into<String>) -> Result<RegistrationTemplate, BuildError> {
        self.priority = Some(not_empty("template priority", priority.into())?);
        Ok(self)
    }

    /// Sets Baidu's message type. Baidu only.
    ///
    /// # Errors
    /// Fails if the text is blank.
    pub fn with_message_type(
        mut self,
        message_type: impl Into<String>,
    ) -> Result<RegistrationTemplate, BuildError> {
        self.message_type = Some(not_empty("template message type", message_type.into())?);
        Ok(self)
    }

    /// Returns the body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the platform headers, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the time until which APNs tries to deliver.
    pub fn expiry(&self) -> Option<&str> {
        self.expiry.as_deref()
    }

    /// Returns how urgently APNs delivers.
    pub fn priority(&self) -> Option<&str> {
        self.priority.as_deref()
    }

    /// Returns Baidu's message type.
    pub fn message_type(&self) -> Option<&str> {
        self.message_type.as_deref()
    }

    /// Checks the template for a platform, and returns the headers that it lacks.
    pub(super) fn lacking_headers(&self, rules: &PlatformRules) -> Lacking {
        let headers = self.headers().collect();
        Template { name: self.name(), body: &self.body, headers }.check(Some(rules))
    }

    /// Checks what came as JSON: it has passed no method.
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

pub(crate) fn not_empty(what: &str, text: String) -> Result<String, BuildError> {
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
