use super::{InstallationTemplate, Unknown};
use crate::lenient::{absent, texts};
use crate::{BuildError, DeviceHandle, IntoTag, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A secondary tile of a Windows app: it has a channel, tags and templates of its own.
///
/// ```
/// use nh_core::SecondaryTile;
///
/// let tile = SecondaryTile::new("https://db5p.notify.windows.com/?token=AwYAAAB")?.with_tags(["weather"])?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondaryTile {
    push_channel: String,
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    templates: BTreeMap<String, InstallationTemplate>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl SecondaryTile {
    /// A tile by its WNS channel URI.
    ///
    /// # Errors
    /// One that is empty or has a control character.
    pub fn new(push_channel: impl Into<String>) -> Result<SecondaryTile, BuildError> {
        let push_channel = DeviceHandle::new(push_channel)?.handle().to_owned();
        Ok(SecondaryTile {
            push_channel,
            tags: Vec::new(),
            templates: BTreeMap::new(),
            unknown: Unknown::default(),
        })
    }

    /// Replaces the tile's tags.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tags(mut self, tags: impl IntoIterator<Item: IntoTag>) -> Result<SecondaryTile, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Adds a template, or replaces the one of this name.
    pub fn with_template(mut self, name: impl Into<String>, template: InstallationTemplate) -> SecondaryTile {
        self.templates.insert(name.into(), template);
        self
    }

    /// The WNS channel URI.
    pub fn push_channel(&self) -> &str {
        &self.push_channel
    }

    /// The tile's tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The tile's templates by name.
    pub fn templates(&self) -> &BTreeMap<String, InstallationTemplate> {
        &self.templates
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        DeviceHandle::new(&*self.push_channel)?;
        self.tags.iter().try_for_each(|tag| Tag::check_read(tag))?;
        self.templates.iter().try_for_each(|(name, template)| template.check(name))
    }
}
