//! Installations: devices that an app registers under an id of its own.

mod change;
mod platform;
mod push_channel;
mod secondary_tile;
mod template;

pub use change::InstallationChange;
pub use platform::InstallationPlatform;
pub use secondary_tile::SecondaryTile;
pub use template::InstallationTemplate;

use crate::text::{id, quoted};
use crate::{BuildError, DeviceHandle, Tag};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

/// Fields that this version does not know: kept over read, change and write.
type Unknown = BTreeMap<String, serde_json::Value>;

/// A device that an app keeps under an id of its own choice ([Create or overwrite an installation]).
///
/// To send to it, use [`Audience::installation`](crate::Audience::installation) or
/// [`Audience::user`](crate::Audience::user). Serde reads and writes the service's own JSON. Fields that this version does
/// not know are kept, so what was read can be changed and put back.
///
/// ```
/// use nh_core::{Installation, InstallationPlatform, InstallationTemplate, PutInstallation};
///
/// let phone = Installation::new("a213b4b2-d797-4392-8012-f683e16c1c52", InstallationPlatform::FcmV1, "dk3:APA91b_aB-c")?
///     .with_user("bob@contoso.com")
///     .with_tags(["sports"])?
///     .with_template("greeting", InstallationTemplate::new(r#"{"message":{"data":{"text":"$(text)"}}}"#));
/// let put = PutInstallation::new(phone);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Create or overwrite an installation]: https://learn.microsoft.com/rest/api/notificationhubs/create-overwrite-installation
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Installation {
    installation_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    platform: InstallationPlatform,
    #[serde(with = "push_channel")]
    push_channel: DeviceHandle,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    push_channel_expired: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    expiration_time: Option<OffsetDateTime>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    push_variables: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    templates: BTreeMap<String, InstallationTemplate>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    secondary_tiles: BTreeMap<String, SecondaryTile>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// `null` is as good as nothing.
fn absent<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Installation {
    /// A device under an id of the app's choice, such as a GUID that the app keeps.
    ///
    /// # Errors
    /// An id that is empty, `.` or `..`; an illegal [`DeviceHandle`]; a browser's subscription for another platform, or a
    /// plain handle for a browser.
    pub fn new<D: TryInto<DeviceHandle>>(
        installation_id: impl Into<String>,
        platform: InstallationPlatform,
        push_channel: D,
    ) -> Result<Installation, BuildError>
    where
        BuildError: From<D::Error>,
    {
        let installation = Installation {
            installation_id: installation_id.into(),
            user_id: None,
            platform,
            push_channel: push_channel.try_into()?,
            push_channel_expired: None,
            expiration_time: None,
            tags: Vec::new(),
            push_variables: BTreeMap::new(),
            templates: BTreeMap::new(),
            secondary_tiles: BTreeMap::new(),
            unknown: Unknown::new(),
        };
        installation.check()?;
        Ok(installation)
    }

    /// Says whose it is: [`Audience::user`](crate::Audience::user) reaches it (api-version 2020-06 and later).
    pub fn with_user(mut self, user_id: impl Into<String>) -> Installation {
        self.user_id = Some(user_id.into());
        self
    }

    /// Gives it another channel.
    ///
    /// # Errors
    /// An illegal [`DeviceHandle`], or one that does not fit the platform.
    pub fn with_push_channel<D: TryInto<DeviceHandle>>(
        mut self,
        push_channel: D,
    ) -> Result<Installation, BuildError>
    where
        BuildError: From<D::Error>,
    {
        self.push_channel = push_channel.try_into()?;
        self.push_channel_expired = None;
        self.check()?;
        Ok(self)
    }

    /// Says when the service forgets it.
    pub fn with_expiration_time(mut self, time: OffsetDateTime) -> Installation {
        self.expiration_time = Some(time);
        self
    }

    /// Replaces the tags. More than 60 are beyond the documented limit; the service has been seen to take 72.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tags<T: TryInto<Tag>>(
        mut self,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<Installation, BuildError>
    where
        BuildError: From<T::Error>,
    {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Sets a value that fills in the device's templates besides those of the notification.
    pub fn with_push_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Installation {
        self.push_variables.insert(name.into(), value.into());
        self
    }

    /// Adds a template, or replaces the one of this name.
    pub fn with_template(mut self, name: impl Into<String>, template: InstallationTemplate) -> Installation {
        self.templates.insert(name.into(), template);
        self
    }

    /// Adds a secondary tile, or replaces the one of this name (Windows).
    pub fn with_secondary_tile(mut self, name: impl Into<String>, tile: SecondaryTile) -> Installation {
        self.secondary_tiles.insert(name.into(), tile);
        self
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.installation_id
    }

    /// Whose it is.
    pub fn user(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The platform.
    pub fn platform(&self) -> &InstallationPlatform {
        &self.platform
    }

    /// How its push service knows it.
    pub fn push_channel(&self) -> &DeviceHandle {
        &self.push_channel
    }

    /// Has its push service said that the channel is gone?
    pub fn push_channel_expired(&self) -> Option<bool> {
        self.push_channel_expired
    }

    /// When the service forgets it. Installations do not expire unless told so: then it is the end of the year 9999.
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        self.expiration_time
    }

    /// The tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The values that fill in the device's templates.
    pub fn push_variables(&self) -> &BTreeMap<String, String> {
        &self.push_variables
    }

    /// The templates by name.
    pub fn templates(&self) -> &BTreeMap<String, InstallationTemplate> {
        &self.templates
    }

    /// The secondary tiles by name.
    pub fn secondary_tiles(&self) -> &BTreeMap<String, SecondaryTile> {
        &self.secondary_tiles
    }

    /// What came as JSON has passed no method.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        id("installation id", self.installation_id.as_str())?;
        self.platform.check()?;
        let browser = self.platform == InstallationPlatform::Browser;
        if browser != self.push_channel.is_browser()
            && !matches!(self.platform, InstallationPlatform::Other(_))
        {
            let (is, remedy) = match browser {
                true => ("a plain handle", "use DeviceHandle::browser with endpoint, p256dh and auth"),
                false => {
                    ("a browser's subscription", "give the handle as the push service gave it to the app")
                }
            };
            return Err(BuildError::new(
                format_args!("push channel of installation {}", quoted(&self.installation_id)),
                format_args!("is {is} on the platform {}", self.platform),
                remedy,
            ));
        }
        if self.push_channel.handle().is_empty() {
            return Err(BuildError::new(
                "push channel",
                "is empty",
                "give the handle as the push service gave it to the app",
            ));
        }
        self.tags.iter().try_for_each(|tag| Tag::new(tag).map(drop))?;
        self.templates.iter().try_for_each(|(name, template)| template.check(name))?;
        self.secondary_tiles.values().try_for_each(SecondaryTile::check)
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation")
            .field("id", &self.installation_id)
            .field("platform", &self.platform)
            .field("push_channel", &self.push_channel)
            .field("tags", &self.tags)
            .field("templates", &self.templates)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Installation {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn unknown_fields_are_kept_over_read_change_and_write() {
        let written = json!({
            "installationId": "1", "platform": "wns", "pushChannel": "https://a/", "future": {"a": [1, 2.5, null]},
            "pushChannelExpired": false, "expirationTime": "9999-12-31T23:59:59.9999999Z", "lastUpdate": "x",
            "templates": {"t": {"body": "b", "colour": "red", "tags": ["t"]}},
            "secondaryTiles": {"s": {"pushChannel": "https://b/", "size": 7}},
        });
        let changed = read(written.clone()).with_tags(["new"]).unwrap().with_user("bob");
        let mut expected = written;
        expected["tags"] = json!(["new"]);
        expected["userId"] = json!("bob");
        assert_eq!(serde_json::to_value(changed).unwrap(), expected);
    }

    #[test]
    fn a_browsers_channel_is_read_as_object_and_as_text() {
        let subscription = json!({"endpoint": "https://e/", "p256dh": "p", "auth": "q"});
        let object = json!({"installationId": "1", "platform": "Browser", "pushChannel": subscription});
        let text =
            json!({"installationId": "1", "platform": "browser", "pushChannel": subscription.to_string()});
        assert_eq!(read(object.clone()), read(text.clone()));
        assert!(read(text.clone()).push_channel().is_browser());
        let written = serde_json::to_value(read(text)).unwrap();
        assert_eq!(written["pushChannel"], subscription);
        assert!(!format!("{:?}", read(object)).contains('q'));
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let nulls = json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "userId": null, "tags": null,
            "templates": null, "pushVariables": null, "secondaryTiles": null, "expirationTime": null,
            "pushChannelExpired": null});
        assert_eq!(read(nulls), Installation::new("1", InstallationPlatform::Apns, "A").unwrap());
    }

    #[test]
    fn what_cannot_be_put_is_refused() {
        let browser = || DeviceHandle::browser("https://e", "p", "a").unwrap();
        assert!(Installation::new("1", InstallationPlatform::Browser, browser()).is_ok());
        let apns = InstallationPlatform::Apns;
        for refused in [
            Installation::new("", apns.clone(), "A"),
            Installation::new("..", apns.clone(), "A"),
            Installation::new("1", apns.clone(), ""),
            Installation::new("1", apns.clone(), browser()),
            Installation::new("1", InstallationPlatform::Browser, "A"),
            Installation::new("1", apns.clone(), "A").unwrap().with_tags(["a b"]),
            Installation::new("1", apns, "A").unwrap().with_push_channel(browser()),
        ] {
            refused.unwrap_err();
        }
        for json in [
            json!({"installationId": "1", "platform": "fcm", "pushChannel": "A"}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": ""}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "tags": ["a b"]}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "templates": {"t": {"tags": ["a b"]}}}),
        ] {
            assert!(read(json.clone()).check().is_err(), "{json}");
        }
        // The service names templates in their tags, spaces and all.
        read(json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "templates": {"a b": {"tags": ["a b"]}}}))
            .check()
            .unwrap();
    }
}
