use super::{Fields, Payload, field};
use crate::BuildError;
use serde::{Serialize, Serializer};

/// What an iPhone, iPad or Mac is told: the `aps` dictionary and fields of your own ([Generating a remote notification]).
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

/// When and how loudly an alert is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum InterruptionLevel {
    /// Added to the list, without a sound or a lit screen.
    Passive,
    /// Shown at once.
    Active,
    /// Shown at once, also in a focus that allows it.
    TimeSensitive,
    /// Shown at once, with a sound even on a muted device. Needs an entitlement.
    Critical,
}

impl ApplePayload {
    /// An alert: its text, or an [`ApsAlert`].
    pub fn alert(alert: impl Into<ApsAlert>) -> ApplePayload {
        let aps = Aps { alert: Some(alert.into()), ..Aps::default() };
        ApplePayload { aps, ..ApplePayload::default() }
    }

    /// Nothing to show: wakes the app in the background (`content-available`). Send it with
    /// [`PushType::Background`](crate::notification::PushType::Background).
    pub fn background() -> ApplePayload {
        let aps = Aps { content_available: Some(1), ..Aps::default() };
        ApplePayload { aps, ..ApplePayload::default() }
    }

    /// The number on the app's icon; 0 removes it.
    pub fn badge(mut self, number: u32) -> ApplePayload {
        self.aps.badge = Some(number);
        self
    }

    /// A sound of the app, or `default`.
    pub fn sound(mut self, name: impl Into<String>) -> ApplePayload {
        self.aps.sound = Some(Sound::Name(name.into()));
        self
    }

    /// A sound that is heard on a muted device too. Needs an entitlement.
    ///
    /// # Errors
    /// A volume that is not from 0 to 1.
    pub fn critical_sound(
        mut self,
        name: impl Into<String>,
        volume: f64,
    ) -> Result<ApplePayload, BuildError> {
        let volume = fraction("volume of a critical sound", volume)?;
        self.aps.sound = Some(Sound::Critical { critical: 1, name: name.into(), volume });
        Ok(self)
    }

    /// Groups alerts.
    pub fn thread_id(mut self, id: impl Into<String>) -> ApplePayload {
        self.aps.thread_id = Some(id.into());
        self
    }

    /// Which of the app's categories of actions it has.
    pub fn category(mut self, category: impl Into<String>) -> ApplePayload {
        self.aps.category = Some(category.into());
        self
    }

    /// Wakes the app in the background, besides the alert.
    pub fn content_available(mut self) -> ApplePayload {
        self.aps.content_available = Some(1);
        self
    }

    /// Lets the app's service extension change it before it is shown.
    pub fn mutable_content(mut self) -> ApplePayload {
        self.aps.mutable_content = Some(1);
        self
    }

    /// Which window is brought forward.
    pub fn target_content_id(mut self, id: impl Into<String>) -> ApplePayload {
        self.aps.target_content_id = Some(id.into());
        self
    }

    /// When and how loudly it is shown.
    pub fn interruption_level(mut self, level: InterruptionLevel) -> ApplePayload {
        self.aps.interruption_level = Some(level);
        self
    }

    /// How far up in a summary it stands: from 0 to 1.
    ///
    /// # Errors
    /// Any other number.
    pub fn relevance_score(mut self, score: f64) -> Result<ApplePayload, BuildError> {
        self.aps.relevance_score = Some(fraction("relevance score", score)?);
        Ok(self)
    }

    /// Any other member of `aps`, such as those of live activities.
    ///
    /// # Errors
    /// A value that is no JSON; a member that has a method of its own.
    pub fn aps_field(mut self, name: &str, value: &impl Serialize) -> Result<ApplePayload, BuildError> {
        const KNOWN: [&str; 10] = [
            "alert",
            "badge",
            "sound",
            "thread-id",
            "category",
            "content-available",
            "mutable-content",
            "target-content-id",
            "interruption-level",
            "relevance-score",
        ];
        if KNOWN.contains(&name) {
            return Err(BuildError::new(
                format_args!("aps field {name}"),
                "has a method of its own",
                "use it",
            ));
        }
        self.aps.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }

    /// A field of your own beside `aps`.
    ///
    /// # Errors
    /// A value that is no JSON; the name `aps`.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<ApplePayload, BuildError> {
        if name == "aps" {
            return Err(BuildError::new("payload field aps", "is Apple's", "use aps_field, or another name"));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

fn fraction(what: &str, number: f64) -> Result<f64, BuildError> {
    if (0.0..=1.0).contains(&number) {
        return Ok(number);
    }
    Err(BuildError::new(format_args!("{what} {number}"), "is out of range", "use 0 to 1"))
}

impl From<ApplePayload> for Payload {
    fn from(payload: ApplePayload) -> Payload {
        Payload::of(&payload)
    }
}

/// What an alert says. Text alone goes out as text.
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
    /// An alert with this text.
    pub fn new(body: impl Into<String>) -> ApsAlert {
        ApsAlert(Dictionary { body: Some(body.into()), ..Dictionary::default() })
    }

    /// The title.
    pub fn title(mut self, title: impl Into<String>) -> ApsAlert {
        self.0.title = Some(title.into());
        self
    }

    /// What stands below the title.
    pub fn subtitle(mut self, subtitle: impl Into<String>) -> ApsAlert {
        self.0.subtitle = Some(subtitle.into());
        self
    }

    /// The image that the app is launched with.
    pub fn launch_image(mut self, name: impl Into<String>) -> ApsAlert {
        self.0.launch_image = Some(name.into());
        self
    }

    /// The title by a key of the app's `Localizable.strings`, and what fills it in.
    pub fn localized_title<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        arguments: impl IntoIterator<Item = T>,
    ) -> ApsAlert {
        (self.0.title_loc_key, self.0.title_loc_args) = (Some(key.into()), texts(arguments));
        self
    }

    /// What stands below the title, by a key.
    pub fn localized_subtitle<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        arguments: impl IntoIterator<Item = T>,
    ) -> ApsAlert {
        (self.0.subtitle_loc_key, self.0.subtitle_loc_args) = (Some(key.into()), texts(arguments));
        self
    }

    /// The text by a key.
    pub fn localized_body<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        arguments: impl IntoIterator<Item = T>,
    ) -> ApsAlert {
        (self.0.loc_key, self.0.loc_args) = (Some(key.into()), texts(arguments));
        self
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
    use serde_json::json;

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
            sent(loud.interruption_level(InterruptionLevel::Critical).aps_field("stale-date", &7).unwrap()),
            json!({"aps": {"alert": "Fire", "sound": {"critical": 1, "name": "siren", "volume": 1.0},
                "interruption-level": "critical", "stale-date": 7}})
        );
    }

    #[test]
    fn refusals() {
        let payload = || ApplePayload::alert("x");
        assert!(payload().field("aps", &1).is_err());
        assert!(payload().aps_field("alert", &1).is_err());
        assert!(payload().critical_sound("s", 1.5).is_err());
        assert!(payload().relevance_score(f64::NAN).is_err());
    }
}
