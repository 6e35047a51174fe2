//! Installations: devices that an app registers under an id of its own.

mod change;
mod expiration;
mod push_channel;
mod secondary_tile;
mod template;

pub use change::InstallationChange;
pub use secondary_tile::SecondaryTile;
pub use template::InstallationTemplate;

use crate::lenient::{absent, text, text_map, texts};
use crate::text::{id, quoted};
use crate::{BuildError, DeviceHandle, IntoDevice, IntoTag, IntoTime, Platform, Tag};
use expiration::Expiration;
use push_channel::PushChannel;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

/// Fields that this version does not know: kept over read, change and write.
type Unknown = BTreeMap<String, serde_json::Value>;

/// A device that an app keeps under an id of its own choice ([Create or overwrite an installation]).
///
/// To send to it, use [`Audience::installation`](crate::Audience::installation) or
/// [`Audience::user`](crate::Audience::user). Serde reads and writes the service's own JSON. Fields that this version does
/// not know are kept, and tags and times that it would refuse, so what was read can be changed and put back.
///
/// ```
/// use nh_core::{Installation, Platform, InstallationTemplate, PutInstallation};
///
/// let phone = Installation::new("a213b4b2-d797-4392-8012-f683e16c1c52", Platform::FcmV1, "dk3:APA91b_aB-c")?
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
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(serialize_with = "word")]
    platform: Platform,
    push_channel: PushChannel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    push_channel_expired: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expiration_time: Option<Expiration>,
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "text_map", skip_serializing_if = "BTreeMap::is_empty")]
    push_variables: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    templates: BTreeMap<String, InstallationTemplate>,
    #[serde(default, deserialize_with = "absent", skip_serializing_if = "BTreeMap::is_empty")]
    secondary_tiles: BTreeMap<String, SecondaryTile>,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Installation {
    /// A device under an id of the app's choice, such as a GUID that the app keeps.
    ///
    /// # Errors
    /// An id that is empty, `.` or `..`; an illegal [`DeviceHandle`]; a browser's subscription for another platform, or a
    /// plain handle for a browser.
    pub fn new(
        installation_id: impl Into<String>,
        platform: Platform,
        push_channel: impl IntoDevice,
    ) -> Result<Installation, BuildError> {
        let installation = Installation {
            installation_id: installation_id.into(),
            user_id: None,
            platform,
            push_channel: PushChannel::new(push_channel.to_device()?),
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
    pub fn with_push_channel(mut self, push_channel: impl IntoDevice) -> Result<Installation, BuildError> {
        self.push_channel = PushChannel::new(push_channel.to_device()?);
        self.push_channel_expired = None;
        self.check()?;
        Ok(self)
    }

    /// Sets the time at which the service forgets it. Years after 9999 are refused when the request is built.
    pub fn with_expiration_time(mut self, time: impl IntoTime) -> Installation {
        self.expiration_time = Some(Expiration::At(time.to_moment()));
        self
    }

    /// Replaces the tags. More than 60 are beyond the documented limit; the service has been seen to take 72.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tags(mut self, tags: impl IntoIterator<Item: IntoTag>) -> Result<Installation, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Adds a tag, if it is not there. The others stay as they are, also those that were read and are no [`Tag`].
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn with_tag(mut self, tag: impl IntoTag) -> Result<Installation, BuildError> {
        Tag::add_to(&mut self.tags, tag)?;
        Ok(self)
    }

    /// Takes a tag away, whatever it is.
    pub fn without_tag(mut self, tag: &str) -> Installation {
        self.tags.retain(|known| known != tag);
        self
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
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// How its push service knows it.
    pub fn push_channel(&self) -> &DeviceHandle {
        &self.push_channel.handle
    }

    /// Has its push service said that the channel is gone?
    pub fn push_channel_expired(&self) -> Option<bool> {
        self.push_channel_expired
    }

    /// When the service forgets it. Installations do not expire unless told so: then it is the end of the year 9999.
    ///
    /// The service writes the time with `Z` and without. What was read and is no time at all gives `None`, and is put back.
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        self.expiration_time.as_ref().and_then(Expiration::time)
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
        check_platform(&self.platform)?;
        let browser = self.platform == Platform::Browser;
        if browser != self.push_channel().is_browser() && !matches!(self.platform, Platform::Other(_)) {
            let (is, remedy) = match browser {
                true => ("a plain handle", "use DeviceHandle::browser with endpoint, p256dh and auth"),
                false => {
                    ("a browser's subscription", "give the handle as the push service gave it to the app")
                }
            };
            return Err(BuildError::new(
                format_args!("push channel of installation {}", quoted(&self.installation_id)),
                format_args!("is {is} on the platform {}", self.platform.installation_word()),
                remedy,
            ));
        }
        if self.push_channel().handle().is_empty() {
            return Err(BuildError::new(
                "push channel",
                "is empty",
                "give the handle as the push service gave it to the app",
            ));
        }
        self.expiration_time.as_ref().map_or(Ok(()), Expiration::check)?;
        self.tags.iter().try_for_each(|tag| Tag::check_read(tag))?;
        self.templates.iter().try_for_each(|(name, template)| template.check(name))?;
        self.secondary_tiles.values().try_for_each(SecondaryTile::check)
    }
}

/// Installations have words of their own for platforms.
fn word<S: Serializer>(platform: &Platform, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(platform.installation_word())
}

/// The service may know a platform that this version does not know. `fcm` certainly does not exist (azure-notificationhubs-java-backend:
/// `NotificationPlatform`), and a document without a platform is refused.
fn check_platform(platform: &Platform) -> Result<(), BuildError> {
    let Platform::Other(word) = platform else { return Ok(()) };
    let subject = format!("installation platform {}", quoted(word.as_str()));
    match word.as_str().to_ascii_lowercase().as_str() {
        "fcm" => Err(BuildError::new(subject, "does not exist", "FCM HTTP v1 is fcmv1, legacy FCM is gcm")),
        "unknown" => {
            let all: Vec<_> = Platform::KNOWN.iter().map(Platform::installation_word).collect();
            Err(BuildError::new(subject, "is no platform", format_args!("use one of {}", all.join(", "))))
        }
        _ => Ok(()),
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation")
            .field("id", &self.installation_id)
            .field("platform", &self.platform)
            .field("push_channel", self.push_channel())
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
    fn what_stands_beside_a_browsers_keys_is_kept() {
        let subscription = json!({"endpoint": "https://e/", "p256dh": "p", "auth": "q", "expirationTime": null, "x": {"y": 1}});
        let put = json!({"installationId": "1", "platform": "browser", "pushChannel": subscription});
        let written = serde_json::to_value(read(put).without_tag("a")).unwrap();
        assert_eq!(written["pushChannel"], subscription);
    }

    #[test]
    fn a_time_is_read_with_and_without_zone() {
        let at = |time: Value| {
            read(
                json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "expirationTime": time}),
            )
        };
        for written in ["9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999", "2026-11-25T01:02:03"]
        {
            let installation = at(json!(written));
            let time = installation.expiration_time().unwrap();
            assert_eq!(
                (time.offset().is_utc(), time.second()),
                (true, if written.starts_with('9') { 59 } else { 3 })
            );
            let again = serde_json::to_value(&installation).unwrap();
            assert_eq!(again["expirationTime"], format!("{}Z", written.trim_end_matches('Z')));
        }
        for odd in [json!("soon"), json!(7), json!("")] {
            let installation = at(odd.clone());
            assert_eq!(installation.expiration_time(), None);
            assert_eq!(serde_json::to_value(installation).unwrap()["expirationTime"], odd);
        }
    }

    #[test]
    fn one_odd_value_does_not_spoil_the_rest() {
        let installation =
            read(json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "userId": 7,
            "tags": ["a", null, 5], "pushVariables": {"none": null, "number": 1.5, "list": [1], "text": "t"},
            "templates": {"t": {"body": null, "headers": {"a": 5, "b": null}, "expiry": 0, "tags": null}}}));
        assert_eq!(
            (installation.user(), installation.tags()),
            (Some("7"), &["a".to_owned(), "5".to_owned()][..])
        );
        let variables: Vec<_> =
            installation.push_variables().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(variables, [("list", "[1]"), ("number", "1.5"), ("text", "t")]);
        let template = &installation.templates()["t"];
        assert_eq!(
            (template.expiry(), template.headers().len(), &*template.headers()["a"]),
            (Some("0"), 1, "5")
        );
    }

    #[test]
    fn tags_that_others_wrote_can_be_put_back_and_taken_away() {
        let other = read(
            json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "tags": ["Москва", "a b"],
            "templates": {"t": {"tags": ["東京"]}},
            "secondaryTiles": {"s": {"pushChannel": "https://a", "tags": ["東京"]}}}),
        );
        let changed = other.with_tag("c").unwrap().with_tag("c").unwrap().without_tag("a b");
        changed.check().unwrap();
        assert_eq!(changed.tags(), ["Москва", "c"]);
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let nulls = json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "userId": null, "tags": null,
            "templates": null, "pushVariables": null, "secondaryTiles": null, "expirationTime": null,
            "pushChannelExpired": null});
        assert_eq!(read(nulls), Installation::new("1", Platform::Apple, "A").unwrap());
    }

    #[test]
    fn what_cannot_be_put_is_refused() {
        let browser = || DeviceHandle::browser("https://e", "p", "a").unwrap();
        assert!(Installation::new("1", Platform::Browser, browser()).is_ok());
        let apns = Platform::Apple;
        for refused in [
            Installation::new("", apns.clone(), "A"),
            Installation::new("..", apns.clone(), "A"),
            Installation::new("1", apns.clone(), ""),
            Installation::new("1", apns.clone(), browser()),
            Installation::new("1", Platform::Browser, "A"),
            Installation::new("1", apns.clone(), "A").unwrap().with_tags(["a b"]),
            Installation::new("1", apns.clone(), "A").unwrap().with_tag("a b"),
            Installation::new("1", apns, "A").unwrap().with_push_channel(browser()),
        ] {
            refused.unwrap_err();
        }
        for json in [
            json!({"installationId": "1", "platform": "fcm", "pushChannel": "A"}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": ""}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "tags": ["a,b"]}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "tags": [""]}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "templates": {"t": {"tags": ["a\nb"]}}}),
        ] {
            assert!(read(json.clone()).check().is_err(), "{json}");
        }
        // The service names templates in their tags, spaces and all.
        read(json!({"installationId": "1", "platform": "apns", "pushChannel": "A", "templates": {"a b": {"tags": ["a b"]}}}))
            .check()
            .unwrap();
    }
}
