use super::rules::check_tag;
use super::template::InstallationTemplate;
use super::unknown::{Unknown, Unlisted, members};
use crate::lenient::absent;
use crate::platform_rules::PlatformRules;
use crate::tag_list::TagList;
use crate::{BuildError, DeviceHandle, IntoTag, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A secondary tile of a Windows app. It has a channel, tags and templates of its own.
///
/// Its `Debug` text does not contain the channel, only how long it is.
///
/// ```
/// use nh_core::SecondaryTile;
///
/// let tile = SecondaryTile::new("https://db5p.notify.windows.com/?token=AwYAAAB")?.with_tags(["weather"])?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondaryTile {
    push_channel: String,
    #[serde(default, skip_serializing_if = "TagList::is_empty")]
    tags: TagList,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    templates: BTreeMap<String, InstallationTemplate>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl SecondaryTile {
    /// Makes a tile from its WNS channel URI.
    ///
    /// # Errors
    /// Fails if the channel is refused by [`DeviceHandle::new`].
    pub fn new(push_channel: impl Into<String>) -> Result<SecondaryTile, BuildError> {
        let push_channel = DeviceHandle::new(push_channel)?.handle().to_owned();
        Ok(SecondaryTile {
            push_channel,
            tags: TagList::default(),
            templates: BTreeMap::new(),
            unknown: Unknown::default(),
        })
    }

    /// Replaces the tile's tags.
    ///
    /// # Errors
    /// Fails if a [`Tag`] is illegal or begins with `$`.
    pub fn with_tags(mut self, tags: impl IntoIterator<Item: IntoTag>) -> Result<SecondaryTile, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Adds a template, or replaces the template of this name. It is checked when the request is built.
    pub fn with_template(mut self, name: impl Into<String>, template: InstallationTemplate) -> SecondaryTile {
        self.templates.insert(name.into(), template);
        self
    }

    /// Returns the WNS channel URI.
    pub fn push_channel(&self) -> &str {
        &self.push_channel
    }

    /// Returns the tile's tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns the tile's templates by name.
    pub fn templates(&self) -> &BTreeMap<String, InstallationTemplate> {
        &self.templates
    }

    /// Checks the tile, and completes the headers of its templates.
    pub(super) fn complete(&self, rules: Option<&PlatformRules>) -> Result<SecondaryTile, BuildError> {
        DeviceHandle::new(&*self.push_channel)?;
        self.tags.iter().map(String::as_str).try_for_each(check_tag)?;
        let mut complete = self.clone();
        for (name, template) in &mut complete.templates {
            let lacking = template.lacking_headers(name, rules)?;
            template.add_headers(lacking);
        }
        Ok(complete)
    }

    pub(super) fn unlisted<'a>(&'a self, path: &str) -> Unlisted<'a> {
        let own = members(path, &self.unknown, &[]);
        let path = path.to_owned();
        let of_templates = self
            .templates
            .iter()
            .flat_map(move |(name, template)| template.unlisted(&format!("{path}.templates.{name}")));
        Box::new(own.chain(of_templates))
    }
}

impl fmt::Debug for SecondaryTile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondaryTile")
            .field("push_channel_characters", &self.push_channel.chars().count())
            .field("tags", &self.tags)
            .field("templates", &self.templates)
            .finish_non_exhaustive()
    }
}
