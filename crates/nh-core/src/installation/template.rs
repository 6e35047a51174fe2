use super::Unknown;
use crate::lenient::{absent, text, text_map, texts};
use crate::{BuildError, IntoTag, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A template of an installation or of a secondary tile: what its device is sent, with `$(property)` for what a
/// [template notification](crate::Notification::template) fills in. The service adds the template's name to its tags.
///
/// ```
/// use nh_core::InstallationTemplate;
///
/// let template = InstallationTemplate::new(r#"{"aps":{"alert":"$(message)"}}"#)
///     .with_header("apns-push-type", "alert")
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
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl InstallationTemplate {
    /// A template with this body: JSON or XML, as the platform's native payload is.
    pub fn new(body: impl Into<String>) -> InstallationTemplate {
        InstallationTemplate { body: body.into(), ..InstallationTemplate::default() }
    }

    /// Sets a platform header. Its value may hold template expressions. A Windows template needs `X-WNS-Type`.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> InstallationTemplate {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// When APNs gives up: a time, `0`, or a template expression.
    pub fn with_expiry(mut self, expiry: impl Into<String>) -> InstallationTemplate {
        self.expiry = Some(expiry.into());
        self
    }

    /// Replaces the template's own tags.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tags(
        mut self,
        tags: impl IntoIterator<Item: IntoTag>,
    ) -> Result<InstallationTemplate, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The platform headers.
    pub fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }

    /// When APNs gives up.
    pub fn expiry(&self) -> Option<&str> {
        self.expiry.as_deref()
    }

    /// The template's own tags. Those that were read include its name.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The service's own addition, the name, may be any text.
    pub(super) fn check(&self, name: &str) -> Result<(), BuildError> {
        self.tags.iter().filter(|tag| *tag != name).try_for_each(|tag| Tag::check_read(tag))
    }
}

impl fmt::Debug for InstallationTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstallationTemplate")
            .field("body_bytes", &self.body.len())
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}
