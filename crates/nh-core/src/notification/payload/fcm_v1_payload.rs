use super::{Fields, Payload, field};
use crate::BuildError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What an Android device is told: the `message` of FCM HTTP v1 without its target, which the hub adds ([REST resource:
/// messages]).
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{AndroidMessage, FcmPriority, FcmV1Payload};
///
/// let goal = FcmV1Payload::new()
///     .notification("Goal!", "Redmond 2, Bellevue 1")
///     .data("game", "42")
///     .android(AndroidMessage::new().priority(FcmPriority::High).channel_id("scores"));
/// let notification = Notification::fcm_v1(goal)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [REST resource: messages]: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FcmV1Payload {
    message: Message,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Message {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    android: Option<AndroidMessage>,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

impl FcmV1Payload {
    /// An empty message.
    pub fn new() -> FcmV1Payload {
        FcmV1Payload::default()
    }

    /// What is shown.
    pub fn notification(mut self, title: impl Into<String>, body: impl Into<String>) -> FcmV1Payload {
        let image = self.message.notification.and_then(|shown| shown.image);
        self.message.notification = Some(Shown { title: Some(title.into()), body: Some(body.into()), image });
        self
    }

    /// The URL of an image that is shown with it.
    pub fn image(mut self, url: impl Into<String>) -> FcmV1Payload {
        self.message.notification.get_or_insert_default().image = Some(url.into());
        self
    }

    /// What the app itself reads. Values are text.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> FcmV1Payload {
        self.message.data.insert(name.into(), value.into());
        self
    }

    /// What holds on Android only.
    pub fn android(mut self, android: AndroidMessage) -> FcmV1Payload {
        self.message.android = Some(android);
        self
    }

    /// Any other member of the message, such as `webpush`, `apns` or `fcm_options`.
    ///
    /// # Errors
    /// A value that is no JSON; a target (`token`, `topic`, `condition`), which the hub adds; a member that has a method of its
    /// own.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<FcmV1Payload, BuildError> {
        let refuse = |problem, remedy| {
            Err(BuildError::new(format_args!("field {name} of the FCM message"), problem, remedy))
        };
        match name {
            "token" | "topic" | "condition" => refuse("is a target", "leave it out: the hub adds it"),
            "data" | "notification" | "android" => refuse("has a method of its own", "use it"),
            _ => {
                self.message.fields.insert(name.to_owned(), field(name, value)?);
                Ok(self)
            }
        }
    }
}

impl From<FcmV1Payload> for Payload {
    fn from(payload: FcmV1Payload) -> Payload {
        Payload::of(&payload)
    }
}

/// How urgently FCM wakes an Android device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum FcmPriority {
    /// When the device is awake anyway.
    Normal,
    /// At once.
    High,
}

/// What of a message holds on Android only.
///
/// ```
/// use nh_core::notification::AndroidMessage;
/// use std::time::Duration;
///
/// let android = AndroidMessage::new().ttl(Duration::from_secs(60)).collapse_key("score").channel_id("scores");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AndroidMessage {
    #[serde(skip_serializing_if = "Option::is_none")]
    collapse_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<FcmPriority>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<AndroidNotification>,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct AndroidNotification {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    click_action: Option<String>,
}

/// A setter of a text in what is shown.
macro_rules! shown {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $($(#[$doc])*
        pub fn $name(mut self, $name: impl Into<String>) -> AndroidMessage {
            self.notification.get_or_insert_default().$name = Some($name.into());
            self
        })*
    };
}

impl AndroidMessage {
    /// Nothing that holds on Android only.
    pub fn new() -> AndroidMessage {
        AndroidMessage::default()
    }

    /// Of messages with the same key only the last waits for a device that is off.
    pub fn collapse_key(mut self, key: impl Into<String>) -> AndroidMessage {
        self.collapse_key = Some(key.into());
        self
    }

    /// How urgently FCM wakes the device.
    pub fn priority(mut self, priority: FcmPriority) -> AndroidMessage {
        self.priority = Some(priority);
        self
    }

    /// How long FCM keeps it for a device that is off, in whole seconds: four weeks unless set.
    pub fn ttl(mut self, ttl: Duration) -> AndroidMessage {
        self.ttl = Some(format!("{}s", ttl.as_secs()));
        self
    }

    shown! {
        /// The notification channel of the app.
        channel_id,
        /// An icon of the app.
        icon,
        /// The icon's colour: `#rrggbb`.
        color,
        /// A sound of the app, or `default`.
        sound,
        /// Replaces what is shown with the same tag.
        tag,
        /// What a tap opens.
        click_action,
    }

    /// What the app itself reads on Android, in the place of the message's data. Values are text.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> AndroidMessage {
        self.data.insert(name.into(), value.into());
        self
    }

    /// Any other member of `android`.
    ///
    /// # Errors
    /// A value that is no JSON; a member that has a method of its own.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<AndroidMessage, BuildError> {
        if ["collapse_key", "priority", "ttl", "data", "notification"].contains(&name) {
            return Err(BuildError::new(
                format_args!("android field {name}"),
                "has a method of its own",
                "use it",
            ));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn as_the_reference_has_it() {
        let android = AndroidMessage::new()
            .priority(FcmPriority::High)
            .ttl(Duration::from_secs(3600))
            .icon("stock_ticker_update")
            .color("#f45342")
            .field("direct_boot_ok", &true)
            .unwrap();
        let payload = FcmV1Payload::new()
            .image("https://a/b.png")
            .notification("$GOOG up 1.43% on the day", "$GOOG gained 11.80 points")
            .data("story_id", "story_12345")
            .android(android)
            .field("fcm_options", &json!({"analytics_label": "a"}))
            .unwrap();
        let sent: Value = serde_json::from_slice(Payload::from(payload).as_bytes()).unwrap();
        assert_eq!(
            sent,
            json!({"message": {
                "notification": {"title": "$GOOG up 1.43% on the day", "body": "$GOOG gained 11.80 points",
                    "image": "https://a/b.png"},
                "data": {"story_id": "story_12345"},
                "android": {"priority": "HIGH", "ttl": "3600s", "direct_boot_ok": true,
                    "notification": {"icon": "stock_ticker_update", "color": "#f45342"}},
                "fcm_options": {"analytics_label": "a"},
            }})
        );
    }

    #[test]
    fn an_image_alone_has_no_empty_text() {
        assert_eq!(
            Payload::from(FcmV1Payload::new().image("https://a")),
            r#"{"message":{"notification":{"image":"https://a"}}}"#.into()
        );
    }

    #[test]
    fn data_is_text_on_android_too() {
        let android = AndroidMessage::new().data("story", "12345");
        assert_eq!(
            Payload::from(FcmV1Payload::new().android(android)),
            r#"{"message":{"android":{"data":{"story":"12345"}}}}"#.into()
        );
        assert!(AndroidMessage::new().field("data", &json!({"story": 12345})).is_err());
    }

    #[test]
    fn a_target_is_the_hubs_to_add() {
        for name in ["token", "topic", "condition"] {
            assert!(
                FcmV1Payload::new().field(name, &"x").unwrap_err().to_string().contains("the hub adds it")
            );
        }
        assert!(FcmV1Payload::new().field("data", &"x").is_err());
        assert!(AndroidMessage::new().field("ttl", &"x").is_err());
    }
}
