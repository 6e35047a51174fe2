use super::fields::{Fields, field, has_a_method};
use crate::BuildError;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// A payload for iPhones, iPads and Macs: the dictionary `aps`, and members of your own beside it ([Generating a remote
/// notification]). APNs takes 4096 bytes.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{ApplePayload, ApsAlert, PushType};
///
/// let goal = ApplePayload::alert(ApsAlert::new("Redmond 2, Bellevue 1").title("Goal!"))
///     .badge(3)
///     .sound("default")
///     .thread_id("game-42")
///     .field("game", &42)?;
/// let notification = Notification::apple(goal)?.push_type(PushType::Alert);
/// # assert_eq!(Notification::from(notification).body(),
/// #     r#"{"aps":{"alert":{"title":"Goal!","body":"Redmond 2, Bellevue 1"},"badge":3,"sound":"default","thread-id":"game-42"},"game":42}"#);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Generating a remote notification]: https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ApplePayload {
    aps: Aps,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Aps {
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<ApsAlert>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<Sound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_available: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutable_content: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_content_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interruption_level: Option<InterruptionLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relevance_score: Option<f64>,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Sound {
    Name(String),
    Critical { critical: u8, name: String, volume: f64 },
}

/// When a device shows an alert, and whether it makes a sound: the member `interruption-level` of `aps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum InterruptionLevel {
    /// `passive`: the device adds it to the list. The screen stays dark, and there is no sound.
    Passive,
    /// `active`: the device shows it at once.
    Active,
    /// `time-sensitive`: the device shows it at once, also in a focus that allows it.
    TimeSensitive,
    /// `critical`: the device shows it at once and plays a sound, even if it is muted. The app needs an entitlement.
    Critical,
}

impl ApplePayload {
    /// A payload that shows an alert (`aps.alert`): a text, or an [`ApsAlert`].
    pub fn alert(alert: impl Into<ApsAlert>) -> ApplePayload {
        let aps = Aps { alert: Some(alert.into()), ..Aps::default() };
        ApplePayload { aps, ..ApplePayload::default() }
    }

    /// A payload that shows nothing and wakes the app in the background (`aps.content-available`). Send it with
    /// [`PushType::Background`](crate::notification::PushType::Background).
    pub fn background() -> ApplePayload {
        let aps = Aps { content_available: Some(1), ..Aps::default() };
        ApplePayload { aps, ..ApplePayload::default() }
    }

    /// Sets `aps.badge`: the number on the icon of the app. 0 removes it.
    pub fn badge(mut self, number: u32) -> ApplePayload {
        self.aps.badge = Some(number);
        self
    }

    /// Sets `aps.sound`: a sound file of the app, or `default`.
    pub fn sound(mut self, name: impl Into<String>) -> ApplePayload {
        self.aps.sound = Some(Sound::Name(name.into()));
        self
    }

    /// Sets `aps.sound` to a critical sound. The device plays it even if it is muted. The app needs an entitlement. The volume is
    /// from 0 (silent) to 1 (full).
    ///
    /// # Errors
    /// The volume is not from 0 to 1.
    pub fn critical_sound(
        mut self,
        name: impl Into<String>,
        volume: f64,
    ) -> Result<ApplePayload, BuildError> {
        let volume = fraction("volume of a critical sound", volume)?;
        self.aps.sound = Some(Sound::Critical { critical: 1, name: name.into(), volume });
        Ok(self)
    }

    /// Sets `aps.thread-id`: the device groups alerts with the same id.
    pub fn thread_id(mut self, id: impl Into<String>) -> ApplePayload {
        self.aps.thread_id = Some(id.into());
        self
    }

    /// Sets `aps.category`: the category of the app whose actions the alert shows.
    pub fn category(mut self, category: impl Into<String>) -> ApplePayload {
        self.aps.category = Some(category.into());
        self
    }

    /// Sets `aps.content-available` to 1: wakes the app in the background, besides the alert.
    pub fn content_available(mut self) -> ApplePayload {
        self.aps.content_available = Some(1);
        self
    }

    /// Sets `aps.mutable-content` to 1: the service extension of the app may change the alert before the device shows it.
    pub fn mutable_content(mut self) -> ApplePayload {
        self.aps.mutable_content = Some(1);
        self
    }

    /// Sets `aps.target-content-id`: the window that a tap brings forward.
    pub fn target_content_id(mut self, id: impl Into<String>) -> ApplePayload {
        self.aps.target_content_id = Some(id.into());
        self
    }

    /// Sets `aps.interruption-level`: when the device shows the alert, and whether it makes a sound.
    pub fn interruption_level(mut self, level: InterruptionLevel) -> ApplePayload {
        self.aps.interruption_level = Some(level);
        self
    }

    /// Sets `aps.relevance-score`: from 0 to 1. The alert with the highest score stands first in the summary.
    ///
    /// # Errors
    /// The score is not from 0 to 1.
    pub fn relevance_score(mut self, score: f64) -> Result<ApplePayload, BuildError> {
        self.aps.relevance_score = Some(fraction("relevance score", score)?);
        Ok(self)
    }

    /// Sets another member of `aps`, such as `filter-criteria`. For a Live Activity, use
    /// [`LiveActivity`](crate::notification::LiveActivity).
    ///
    /// # Errors
    /// The value cannot be serialized, or the member has a method of its own.
    pub fn aps_field(mut self, name: &str, value: &impl Serialize) -> Result<ApplePayload, BuildError> {
        const METHODS: [(&str, &str); 10] = [
            ("alert", "ApplePayload::alert"),
            ("badge", "ApplePayload::badge"),
            ("sound", "ApplePayload::sound"),
            ("thread-id", "ApplePayload::thread_id"),
            ("category", "ApplePayload::category"),
            ("content-available", "ApplePayload::content_available"),
            ("mutable-content", "ApplePayload::mutable_content"),
            ("target-content-id", "ApplePayload::target_content_id"),
            ("interruption-level", "ApplePayload::interruption_level"),
            ("relevance-score", "ApplePayload::relevance_score"),
        ];
        if let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == name) {
            return Err(has_a_method(name, method));
        }
        self.aps.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }

    /// Sets a member of your own beside `aps`. The app reads it.
    ///
    /// # Errors
    /// The value cannot be serialized, or the name is `aps`.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<ApplePayload, BuildError> {
        if name == "aps" {
            let remedy = "use ApplePayload::aps_field for its members, or another name";
            return Err(BuildError::new("payload member aps", "belongs to Apple", remedy));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

fn fraction(what: &str, number: f64) -> Result<f64, BuildError> {
    if (0.0..=1.0).contains(&number) {
        return Ok(number);
    }
    Err(BuildError::new(format_args!("{what} {number}"), "is out of range", "use a number from 0 to 1"))
}

/// The content of an alert: `aps.alert`. A body alone goes out as a text, everything else as a dictionary.
///
/// ```
/// use nh_core::notification::ApsAlert;
///
/// let localized = ApsAlert::default().localized_title("GAME_TITLE", ["Redmond"]).localized_body("SCORE", ["2", "1"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApsAlert(Dictionary);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Dictionary {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    launch_image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_loc_key: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    title_loc_args: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle_loc_key: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subtitle_loc_args: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loc_key: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    loc_args: Vec<String>,
}

fn texts<T: Into<String>>(arguments: impl IntoIterator<Item = T>) -> Vec<String> {
    arguments.into_iter().map(Into::into).collect()
}

impl ApsAlert {
    /// An alert with this body.
    pub fn new(body: impl Into<String>) -> ApsAlert {
        ApsAlert(Dictionary { body: Some(body.into()), ..Dictionary::default() })
    }

    /// Sets `title`: the first line, in bold.
    pub fn title(mut self, title: impl Into<String>) -> ApsAlert {
        self.0.title = Some(title.into());
        self
    }

    /// Sets `subtitle`: the line below the title.
    pub fn subtitle(mut self, subtitle: impl Into<String>) -> ApsAlert {
        self.0.subtitle = Some(subtitle.into());
        self
    }

    /// Sets `launch-image`: the image file that the app shows while it starts.
    pub fn launch_image(mut self, name: impl Into<String>) -> ApsAlert {
        self.0.launch_image = Some(name.into());
        self
    }

    /// Sets `title-loc-key` and `title-loc-args`: a key in the `Localizable.strings` of the app, and the texts that replace its
    /// placeholders.
    pub fn localized_title<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        arguments: impl IntoIterator<Item = T>,
    ) -> ApsAlert {
        (self.0.title_loc_key, self.0.title_loc_args) = (Some(key.into()), texts(arguments));
        self
    }

    /// Sets `subtitle-loc-key` and `subtitle-loc-args`: the same for the line below the title.
    pub fn localized_subtitle<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        arguments: impl IntoIterator<Item = T>,
    ) -> ApsAlert {
        (self.0.subtitle_loc_key, self.0.subtitle_loc_args) = (Some(key.into()), texts(arguments));
        self
    }

    /// Sets `loc-key` and `loc-args`: the same for the body.
    pub fn localized_body<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        arguments: impl IntoIterator<Item = T>,
    ) -> ApsAlert {
        (self.0.loc_key, self.0.loc_args) = (Some(key.into()), texts(arguments));
        self
    }
}

impl ApsAlert {
    /// The alert of a Live Activity: a title and a body, each a text or `{"loc-key":.., "loc-args":[..]}`.
    pub(super) fn for_live_activity(&self) -> Result<Map<String, Value>, BuildError> {
        let alert = &self.0;
        if [&alert.subtitle, &alert.launch_image, &alert.subtitle_loc_key].into_iter().any(Option::is_some) {
            let problem = "has a subtitle or a launch image";
            return Err(BuildError::new(
                "alert of a Live Activity",
                problem,
                "give it a title and a body only",
            ));
        }
        let text = |plain: &Option<String>, key: &Option<String>, arguments: &[String]| match (plain, key) {
            (_, Some(key)) => Some(json!({"loc-key": key, "loc-args": arguments})),
            (Some(plain), None) => Some(plain.as_str().into()),
            (None, None) => None,
        };
        let title = text(&alert.title, &alert.title_loc_key, &alert.title_loc_args);
        let body = text(&alert.body, &alert.loc_key, &alert.loc_args);
        let members = [("title", title), ("body", body)].into_iter();
        Ok(members.filter_map(|(name, text)| Some((name.to_owned(), text?))).collect())
    }
}

impl Serialize for ApsAlert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let only_text = Dictionary { body: self.0.body.clone(), ..Dictionary::default() };
        match &self.0.body {
            Some(body) if self.0 == only_text => serializer.serialize_str(body),
            _ => self.0.serialize(serializer),
        }
    }
}

impl From<&str> for ApsAlert {
    fn from(body: &str) -> ApsAlert {
        ApsAlert::new(body)
    }
}

impl From<String> for ApsAlert {
    fn from(body: String) -> ApsAlert {
        ApsAlert::new(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Payload;

    /// The samples of Apple's page.
    #[test]
    fn apples_samples() {
        let sent = |payload: ApplePayload| {
            serde_json::from_slice::<serde_json::Value>(Payload::from(payload).as_bytes()).unwrap()
        };
        let invitation = ApplePayload::alert(
            ApsAlert::new("Five Card Draw").title("Game Request").subtitle("Bob wants to play poker"),
        )
        .category("GAME_INVITATION")
        .field("gameID", &"12345678")
        .unwrap();
        assert_eq!(
            sent(invitation),
            json!({"aps": {"alert": {"title": "Game Request", "subtitle": "Bob wants to play poker", "body": "Five Card Draw"},
                "category": "GAME_INVITATION"}, "gameID": "12345678"})
        );
        let alert = ApsAlert::default().localized_body("GAME_PLAY_REQUEST_FORMAT", ["Shelly", "Rick"]);
        assert_eq!(
            sent(ApplePayload::alert(alert).badge(9).sound("bingbong.aiff")),
            json!({"aps": {"alert": {"loc-key": "GAME_PLAY_REQUEST_FORMAT", "loc-args": ["Shelly", "Rick"]}, "badge": 9,
                "sound": "bingbong.aiff"}})
        );
        assert_eq!(sent(ApplePayload::background()), json!({"aps": {"content-available": 1}}));
        let loud = ApplePayload::alert("Fire").critical_sound("siren", 1.0).unwrap();
        assert_eq!(
            sent(
                loud.interruption_level(InterruptionLevel::Critical)
                    .aps_field("filter-criteria", &7)
                    .unwrap()
            ),
            json!({"aps": {"alert": "Fire", "sound": {"critical": 1, "name": "siren", "volume": 1.0},
                "interruption-level": "critical", "filter-criteria": 7}})
        );
    }

    #[test]
    fn refusals() {
        let payload = || ApplePayload::alert("x");
        assert!(payload().field("aps", &1).is_err());
        assert_eq!(
            payload().aps_field("thread-id", &1).unwrap_err().to_string(),
            "payload member \"thread-id\": has a method of its own; use ApplePayload::thread_id"
        );
        assert!(payload().critical_sound("s", 1.5).is_err());
        assert!(payload().relevance_score(f64::NAN).is_err());
    }
}
