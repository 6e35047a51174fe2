use super::expiration::Expiration;
use super::push_channel::PushChannel;
use super::rules::{check_id, check_platform, check_tag, check_user};
use super::secondary_tile::SecondaryTile;
use super::template::InstallationTemplate;
use super::unknown::{Unknown, members};
use crate::device::AS_GIVEN;
use crate::lenient::{absent, text, text_map};
use crate::platform_rules::PlatformRules;
use crate::registration::pns_handle::check_hex;
use crate::tag_list::TagList;
use crate::text::quoted;
use crate::{BuildError, DeviceHandle, IntoDevice, IntoTag, IntoTime, Platform, Tag};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use time::OffsetDateTime;

/// The service adds these to what it answers.
const ADDED_BY_SERVICE: [&str; 2] = ["lastActiveOn", "lastUpdate"];

/// A device that an app keeps under an id of its own choice ([Create or overwrite an installation]).
///
/// To send to it, use [`Audience::installation`](crate::Audience::installation) or
/// [`Audience::user`](crate::Audience::user).
///
/// Serde reads and writes the JSON of the service. Members that this version does not know are kept, so an installation that
/// was read can be changed and put back: see [`unknown_members`](Installation::unknown_members). What the service would refuse
/// is read, and refused when the request is built.
///
/// Its `Debug` text does not contain the push channel, only how long it is.
///
/// ```
/// use nh_core::{Installation, Platform, InstallationTemplate, PutInstallation};
///
/// let phone = Installation::new("a213b4b2-d797-4392-8012-f683e16c1c52", Platform::FcmV1, "dk3:APA91b_aB-c")?
///     .with_user("bob@contoso.com")?
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
    #[serde(default, skip_serializing_if = "TagList::is_empty")]
    tags: TagList,
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
    /// Makes an installation under an id of the app's choice, such as a GUID that the app keeps.
    ///
    /// # Errors
    /// Fails if
    /// - the id has other characters than letters, digits, `.`, `-` and `_` ("Entity segments can contain only ..",
    ///   azure-notificationhubs-dotnet, issue 48), or is empty, `.` or `..`;
    /// - the channel is an illegal [`DeviceHandle`];
    /// - the channel is a browser's and the platform is another one, or the other way round;
    /// - the platform is Apple and the channel is not hexadecimal of even length (.NET SDK).
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
            tags: TagList::default(),
            push_variables: BTreeMap::new(),
            templates: BTreeMap::new(),
            secondary_tiles: BTreeMap::new(),
            unknown: Unknown::new(),
        };
        installation.check_device()?;
        Ok(installation)
    }

    /// Sets the id of the user that the device belongs to. [`Audience::user`](crate::Audience::user) sends to the user's
    /// devices (api-version 2020-06 and later).
    ///
    /// The id consists of letters and digits of any script and `_ @ # . : = -`. The service cannot send to others (.NET SDK:
    /// the pattern of tags). This crate sends to ASCII ids only, because a tag is sent in an HTTP header.
    ///
    /// # Errors
    /// Fails if the id is empty or has another character.
    pub fn with_user(mut self, user_id: impl Into<String>) -> Result<Installation, BuildError> {
        let user_id = user_id.into();
        check_user(&user_id)?;
        self.user_id = Some(user_id);
        Ok(self)
    }

    /// Replaces the push channel.
    ///
    /// # Errors
    /// Fails if [`Installation::new`] would refuse the channel.
    pub fn with_push_channel(mut self, push_channel: impl IntoDevice) -> Result<Installation, BuildError> {
        self.push_channel = PushChannel::new(push_channel.to_device()?);
        self.push_channel_expired = None;
        self.check_device()?;
        Ok(self)
    }

    /// Sets the time at which the service deletes it. Years after 9999 are refused when the request is built.
    pub fn with_expiration_time(mut self, time: impl IntoTime) -> Installation {
        self.expiration_time = Some(Expiration::At(time.to_moment()));
        self
    }

    /// Replaces the tags. More than 60 are beyond the documented limit. The service has been seen to take 72.
    ///
    /// # Errors
    /// Fails if a [`Tag`] is illegal or begins with `$`.
    pub fn with_tags(mut self, tags: impl IntoIterator<Item: IntoTag>) -> Result<Installation, BuildError> {
        self.tags = Tag::texts(tags)?;
        Ok(self)
    }

    /// Adds a tag, if it is not there. The other tags stay as they are.
    ///
    /// # Errors
    /// Fails if the [`Tag`] is illegal or begins with `$`.
    pub fn with_tag(mut self, tag: impl IntoTag) -> Result<Installation, BuildError> {
        self.tags.add(Tag::text(tag)?);
        Ok(self)
    }

    /// Removes a tag. Any text is accepted.
    pub fn without_tag(mut self, tag: &str) -> Installation {
        self.tags.remove(tag);
        self
    }

    /// Sets a variable. Templates of the device use it like a property of the notification.
    pub fn with_push_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Installation {
        self.push_variables.insert(name.into(), value.into());
        self
    }

    /// Adds a template, or replaces the template of this name. It is checked when the request is built: its name, its body, and
    /// its headers for the platform.
    pub fn with_template(mut self, name: impl Into<String>, template: InstallationTemplate) -> Installation {
        self.templates.insert(name.into(), template);
        self
    }

    /// Adds a secondary tile, or replaces the tile of this name. Only Windows has secondary tiles; others are refused when the
    /// request is built.
    pub fn with_secondary_tile(mut self, name: impl Into<String>, tile: SecondaryTile) -> Installation {
        self.secondary_tiles.insert(name.into(), tile);
        self
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        &self.installation_id
    }

    /// Returns the id of the user that the device belongs to.
    pub fn user(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// Returns the platform.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Returns the handle that its push service knows it by.
    pub fn push_channel(&self) -> &DeviceHandle {
        &self.push_channel.handle
    }

    /// Returns true if the push service has said that the channel is gone.
    pub fn push_channel_expired(&self) -> Option<bool> {
        self.push_channel_expired
    }

    /// Returns the time at which the service deletes it. It is the end of the year 9999 unless another was set.
    ///
    /// The service writes the time with `Z` and without. A text that was read and is no time gives `None`. It is kept and put
    /// back.
    pub fn expiration_time(&self) -> Option<OffsetDateTime> {
        self.expiration_time.as_ref().and_then(Expiration::time)
    }

    /// Returns the tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Returns the variables for the device's templates.
    pub fn push_variables(&self) -> &BTreeMap<String, String> {
        &self.push_variables
    }

    /// Returns the templates by name.
    pub fn templates(&self) -> &BTreeMap<String, InstallationTemplate> {
        &self.templates
    }

    /// Returns the secondary tiles by name.
    pub fn secondary_tiles(&self) -> &BTreeMap<String, SecondaryTile> {
        &self.secondary_tiles
    }

    /// Returns the members of its JSON that this version does not know, with their paths. They are kept and sent. A misspelt
    /// member is among them.
    ///
    /// Members that the service adds itself (`lastActiveOn`, `lastUpdate`) and that browsers add (`pushChannel.expirationTime`)
    /// are not among them.
    ///
    /// ```
    /// use nh_core::Installation;
    ///
    /// let json = r#"{"installationId":"1","platform":"gcm","pushChannel":"g","tag":["a"],
    ///     "templates":{"greeting":{"body":"{}","colour":"red"}}}"#;
    /// let installation: Installation = serde_json::from_str(json)?;
    /// let unknown: Vec<String> = installation.unknown_members().map(|(path, _)| path).collect();
    /// assert_eq!(unknown, ["tag", "templates.greeting.colour"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn unknown_members(&self) -> impl Iterator<Item = (String, &serde_json::Value)> {
        let templates = self.templates.iter();
        let of_templates =
            templates.flat_map(|(name, template)| template.unlisted(&format!("templates.{name}")));
        let tiles = self.secondary_tiles.iter();
        let of_tiles = tiles.flat_map(|(name, tile)| tile.unlisted(&format!("secondaryTiles.{name}")));
        members("", &self.unknown, &ADDED_BY_SERVICE)
            .chain(self.push_channel.unlisted())
            .chain(of_templates)
            .chain(of_tiles)
    }

    /// Makes the same installation on another platform. `bodies` are those of its templates, in their order.
    pub(crate) fn successor(&self, platform: Platform, bodies: Vec<String>) -> Installation {
        let mut successor = Installation { platform, ..self.clone() };
        for (template, body) in successor.templates.values_mut().zip(bodies) {
            template.set_body(body);
        }
        successor
    }

    /// Checks what came as JSON, because it has passed no method. Returns the installation as it is sent: its templates have
    /// the headers that their bodies tell.
    pub(crate) fn complete(&self) -> Result<Cow<'_, Installation>, BuildError> {
        self.check_device()?;
        self.user_id.as_deref().map_or(Ok(()), check_user)?;
        self.expiration_time.as_ref().map_or(Ok(()), Expiration::check)?;
        self.tags.iter().map(String::as_str).try_for_each(check_tag)?;
        let rules = PlatformRules::of(&self.platform);
        if let Some(name) = self.secondary_tiles.keys().next()
            && rules.is_some_and(|rules| !rules.has_tiles)
        {
            return Err(BuildError::new(
                format_args!("secondary tile {}", quoted(name)),
                format_args!("is on the platform {}", self.platform.installation_word()),
                "only windows and windowsphone have secondary tiles",
            ));
        }
        let mut complete = Cow::Borrowed(self);
        for (name, template) in &self.templates {
            let lacking = template.lacking_headers(name, rules)?;
            if !lacking.is_empty() {
                let template = complete.to_mut().templates.get_mut(name);
                template.expect("it was copied with all templates").add_headers(lacking);
            }
        }
        for (name, tile) in &self.secondary_tiles {
            let tile_complete = tile.complete(rules)?;
            if tile_complete != *tile {
                complete.to_mut().secondary_tiles.insert(name.clone(), tile_complete);
            }
        }
        Ok(complete)
    }

    /// Checks the id, the platform and the channel.
    fn check_device(&self) -> Result<(), BuildError> {
        check_id(&self.installation_id)?;
        check_platform(&self.platform)?;
        let Some(rules) = PlatformRules::of(&self.platform) else {
            return not_empty(self.push_channel().handle());
        };
        if rules.secret_handle != self.push_channel().is_browser() {
            let (is, remedy) = match rules.secret_handle {
                true => ("a plain handle", "use DeviceHandle::browser with the browser's push subscription"),
                false => ("a browser's subscription", AS_GIVEN),
            };
            return Err(BuildError::new(
                format_args!("push channel of installation {}", quoted(&self.installation_id)),
                format_args!("is {is} on the platform {}", self.platform.installation_word()),
                remedy,
            ));
        }
        let handle = self.push_channel().handle();
        not_empty(handle)?;
        if rules.hex_handle { check_hex("push channel", handle) } else { Ok(()) }
    }
}

fn not_empty(channel: &str) -> Result<(), BuildError> {
    match channel.is_empty() {
        true => Err(BuildError::new("push channel", "is empty", AS_GIVEN)),
        false => Ok(()),
    }
}

/// Installations have other words for platforms than notifications.
fn word<S: Serializer>(platform: &Platform, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(platform.installation_word())
}

/// Clones the installation.
impl From<&Installation> for Installation {
    fn from(installation: &Installation) -> Installation {
        installation.clone()
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
        let changed = read(written.clone()).with_tags(["new"]).unwrap().with_user("bob").unwrap();
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
    fn a_browsers_own_json_is_read_and_written_flat() {
        let nested = json!({"endpoint": "https://e/", "expirationTime": null, "keys": {"p256dh": "p", "auth": "q", "x": 1}});
        for channel in [nested.clone(), json!(nested.to_string())] {
            let browser = read(json!({"installationId": "1", "platform": "browser", "pushChannel": channel}));
            assert!(browser.push_channel().is_browser() && browser.complete().is_ok());
            let written = serde_json::to_value(&browser).unwrap()["pushChannel"].clone();
            let flat = json!({"endpoint": "https://e/", "p256dh": "p", "auth": "q", "expirationTime": null, "keys": {"x": 1}});
            assert_eq!(written, flat);
            let unknown: Vec<_> = browser.unknown_members().map(|(path, _)| path).collect();
            assert_eq!(unknown, ["pushChannel.keys"]);
        }
    }

    /// Found by the fuzz target `installation`.
    #[test]
    fn an_unknown_number_is_written_as_it_was_read() {
        let digits = format!("1{}.5", "2".repeat(40));
        let json = format!(r#"{{"installationId":"1","platform":"apns","pushChannel":"AB01","x":{digits}}}"#);
        let read: Installation = serde_json::from_str(&json).unwrap();
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Installation>(&written).unwrap(), read);
        let number = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap()["x"].as_f64();
        assert_eq!(number(&written), digits.parse().ok());
    }

    #[test]
    fn unknown_members_have_paths() {
        let installation = read(json!({
            "installationId": "1", "platform": "wns", "pushChannel": "https://a/", "lastUpdate": "x", "lastActiveOn": "y",
            "tag": ["a"], "templates": {"greeting": {"body": "<toast/>", "colour": "red"}},
            "secondaryTiles": {"s": {"pushChannel": "https://b/", "size": 7, "templates": {"t": {"body": "<tile/>", "z": null}}}},
        }));
        let unknown: Vec<_> =
            installation.unknown_members().map(|(path, value)| format!("{path}={value}")).collect();
        assert_eq!(
            unknown,
            [
                "tag=[\"a\"]",
                "templates.greeting.colour=\"red\"",
                "secondaryTiles.s.size=7",
                "secondaryTiles.s.templates.t.z=null"
            ]
        );
    }

    #[test]
    fn a_tiles_templates_are_typed_and_no_debug_shows_a_channel() {
        let tile = SecondaryTile::new("https://sesame")
            .unwrap()
            .with_template("t", InstallationTemplate::new("<badge/>"));
        let phone = Installation::new("1", Platform::Windows, "https://sesame").unwrap();
        let phone = phone.with_secondary_tile("s", tile.clone());
        let complete = phone.complete().unwrap();
        let template = &complete.secondary_tiles()["s"].templates()["t"];
        assert_eq!(template.headers()["X-WNS-Type"], "wns/badge");
        for text in [format!("{phone:?}"), format!("{tile:?}")] {
            assert!(text.contains("14") && !text.contains("sesame"), "{text}");
        }
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
                json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "expirationTime": time}),
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
            read(json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "userId": 7,
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
            json!({"installationId": "1", "platform": "wns", "pushChannel": "AA", "tags": ["Москва", "a b"],
            "templates": {"t": {"body": "<tile/>", "tags": ["東京"]}},
            "secondaryTiles": {"s": {"pushChannel": "https://a", "tags": ["東京"]}}}),
        );
        let changed = other.with_tag("c").unwrap().with_tag("c").unwrap().without_tag("a b");
        changed.complete().unwrap();
        assert_eq!(changed.tags(), ["Москва", "c"]);
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let nulls = json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "userId": null, "tags": null,
            "templates": null, "pushVariables": null, "secondaryTiles": null, "expirationTime": null,
            "pushChannelExpired": null});
        assert_eq!(read(nulls), Installation::new("1", Platform::Apple, "AA").unwrap());
    }

    #[test]
    fn what_cannot_be_put_is_refused() {
        let browser = || {
            let subscription = r#"{"endpoint":"https://e","p256dh":"p","auth":"a"}"#;
            DeviceHandle::browser(subscription.parse().unwrap()).unwrap()
        };
        assert!(Installation::new("1", Platform::Browser, browser()).is_ok());
        let apns = Platform::Apple;
        for refused in [
            Installation::new("", apns.clone(), "AA"),
            Installation::new("..", apns.clone(), "AA"),
            Installation::new("1", apns.clone(), ""),
            Installation::new("1", apns.clone(), browser()),
            Installation::new("1", Platform::Browser, "AA"),
            Installation::new("1", apns.clone(), "AA").unwrap().with_tags(["a b"]),
            Installation::new("1", apns.clone(), "AA").unwrap().with_tag("a b"),
            Installation::new("1", apns, "AA").unwrap().with_push_channel(browser()),
        ] {
            refused.unwrap_err();
        }
        for json in [
            json!({"installationId": "1", "platform": "fcm", "pushChannel": "AA"}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": ""}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "tags": ["a,b"]}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "tags": [""]}),
            json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "templates": {"t": {"tags": ["a\nb"]}}}),
        ] {
            assert!(read(json.clone()).complete().is_err(), "{json}");
        }
        // The service names templates in their tags, spaces and all.
        read(json!({"installationId": "1", "platform": "apns", "pushChannel": "AA", "templates": {"a b": {"body": "{}", "tags": ["a b"]}}}))
            .complete()
            .unwrap();
    }
}
