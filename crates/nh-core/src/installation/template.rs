use super::rules::check_tag;
use super::unknown::{Unknown, Unlisted, members};
use crate::lenient::{absent, text, text_map};
use crate::platform_rules::PlatformRules;
use crate::registration::template::not_empty;
use crate::tag_list::TagList;
use crate::template_rules::{Lacking, Template, check_body, check_header, check_name};
use crate::{BuildError, IntoTag, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A template of an installation or of a secondary tile: the payload for its device, with `$(property)` where a
/// [template notification](crate::Notification::template) fills in a value. The service adds the template's name to its tags.
///
/// The same rules hold as for a [`RegistrationTemplate`](crate::RegistrationTemplate). Those that depend on the platform are
/// checked when the request is built.
///
/// ```
/// use nh_core::InstallationTemplate;
///
/// let template = InstallationTemplate::new(r#"{"aps":{"alert":"$(message)"}}"#)
///     .with_header("apns-push-type", "alert")?
///     .with_tags(["urgent"])?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct InstallationTemplate {
    #[serde(default, deserialize_with = "absent")]
    body: String,
    #[serde(default, deserialize_with = "text_map", skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    expiry: Option<String>,
    #[serde(default, skip_serializing_if = "TagList::is_empty")]
    tags: TagList,
    #[serde(flatten)]
    unknown: Unknown,
}

impl InstallationTemplate {
    /// Makes a template with this body: JSON or XML, as the platform's native payload is. A blank body is refused when the
    /// request is built.
    pub fn new(body: impl Into<String>) -> InstallationTemplate {
        InstallationTemplate { body: body.into(), ..InstallationTemplate::default() }
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
    ) -> Result<InstallationTemplate, BuildError> {
        let value = value.into();
        check_header(name, &value)?;
        self.headers.retain(|known, _| !known.eq_ignore_ascii_case(name));
        self.headers.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Sets the time until which APNs tries to deliver: a time, `0`, or a template expression.
    ///
    /// # Errors
    /// Fails if the text is blank.
    pub fn with_expiry(mut self, expiry: impl Into<String>) -> Result<InstallationTemplate, BuildError> {
        self.expiry = Some(not_empty("template expiry", expiry.into())?);
        Ok(self)
    }

    /// Replaces the template's own tags.
    ///
    /// # Errors
    /// Fails if a [`Tag`] is illegal or begins with `$`.
    pub fn with_tags(
        mut self,
        tags: impl IntoIterator<Item: IntoTag>,
    ) -> Result<InstallationTemplate, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Returns the body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the platform headers.
    pub fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }

    /// Returns the time until which APNs tries to deliver.
    pub fn expiry(&self) -> Option<&str> {
        self.expiry.as_deref()
    }

    /// Returns the template's own tags. Those that were read include its name.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Checks the template for a platform, and returns the headers that it lacks. The service adds the name to the tags, so
    /// that tag may be any text.
    pub(super) fn lacking_headers(&self, name: &str, rules: Option<&PlatformRules>) -> Lacking {
        check_name(name)?;
        let own = self.tags.iter().filter(|tag| *tag != name);
        own.map(String::as_str).try_for_each(check_tag)?;
        self.rules_of(name).check(rules)
    }

    /// Checks the template without knowing its platform, and returns it with the headers that its body tells.
    pub(super) fn complete(&self, name: &str) -> Result<InstallationTemplate, BuildError> {
        self.lacking_headers(name, None)?;
        let mut complete = self.clone();
        complete.add_headers(self.rules_of(name).lacking_by_body());
        Ok(complete)
    }

    fn rules_of<'a>(&'a self, name: &'a str) -> Template<'a> {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Template { name: Some(name), body: &self.body, headers }
    }

    pub(super) fn set_body(&mut self, body: String) {
        self.body = body;
    }

    pub(super) fn add_headers(&mut self, lacking: Vec<(&str, &str)>) {
        self.headers.extend(lacking.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    pub(super) fn unlisted<'a>(&'a self, path: &str) -> Unlisted<'a> {
        members(path, &self.unknown, &[])
    }
}

/// Checks a body that replaces the one of a template.
pub(super) fn checked_body(name: &str, body: String) -> Result<String, BuildError> {
    check_name(name)?;
    check_body(Some(name), &body)?;
    Ok(body)
}

impl fmt::Debug for InstallationTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstallationTemplate")
            .field("body_bytes", &self.body.len())
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}
