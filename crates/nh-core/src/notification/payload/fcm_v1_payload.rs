use super::super::fcm_v1_rules;
use super::super::json_rules::Rule;
use super::fields::{Fields, field, has_a_method};
use crate::BuildError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A payload for Android: the `message` of FCM HTTP v1 without its target ([REST resource: messages]). The hub adds the target.
/// FCM takes 4096 bytes.
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

    /// Sets `notification.title` and `notification.body`: what the device shows.
    pub fn notification(mut self, title: impl Into<String>, body: impl Into<String>) -> FcmV1Payload {
        let image = self.message.notification.and_then(|shown| shown.image);
        self.message.notification = Some(Shown { title: Some(title.into()), body: Some(body.into()), image });
        self
    }

    /// Sets `notification.image`: the address of an image that the device shows too.
    pub fn image(mut self, url: impl Into<String>) -> FcmV1Payload {
        self.message.notification.get_or_insert_default().image = Some(url.into());
        self
    }

    /// Sets a member of `data`. The app reads it. Values are texts. FCM reserves the names `from` and `message_type` and those
    /// that begin with `google.` or `gcm.`; [`Notification::fcm_v1`](crate::Notification::fcm_v1) refuses them.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> FcmV1Payload {
        self.message.data.insert(name.into(), value.into());
        self
    }

    /// Sets `android`: options for Android.
    pub fn android(mut self, android: AndroidMessage) -> FcmV1Payload {
        self.message.android = Some(android);
        self
    }

    /// Sets another member of `message`, such as `webpush`, `apns` or `fcm_options`.
    ///
    /// ```
    /// use nh_core::notification::FcmV1Payload;
    ///
    /// let error = FcmV1Payload::new().field("priority", &"high").unwrap_err();
    /// assert_eq!(error.to_string(), "message.priority: does not belong here; write it as message.android.priority");
    /// ```
    ///
    /// # Errors
    /// - The value cannot be serialized.
    /// - The member is a target (`token`, `topic`, `condition`). The hub adds the target.
    /// - The member has a method of its own, or does not belong into `message`, such as `ttl`, `priority` and `channel_id`.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<FcmV1Payload, BuildError> {
        const METHODS: [(&str, &str); 3] = [
            ("data", "FcmV1Payload::data"),
            ("notification", "FcmV1Payload::notification"),
            ("android", "FcmV1Payload::android"),
        ];
        allow("message", name, &METHODS, fcm_v1_rules::message(name))?;
        self.message.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

/// Refuses a member that has a method, and one that FCM refuses in this place.
fn allow(parent: &str, name: &str, methods: &[(&str, &str)], rule: Rule) -> Result<(), BuildError> {
    if let Some((_, method)) = methods.iter().find(|(known, _)| *known == name) {
        return Err(has_a_method(name, method));
    }
    match rule {
        Rule::Refused((problem, remedy)) => {
            Err(BuildError::new(format_args!("{parent}.{name}"), problem, remedy))
        }
        Rule::Any | Rule::Object(_) | Rule::Text(_) => Ok(()),
    }
}

/// The urgency of a message: the member `android.priority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum FcmPriority {
    /// `NORMAL`: FCM delivers when the device is awake.
    Normal,
    /// `HIGH`: FCM wakes the device.
    High,
}

/// Options of a message for Android: the member `android`.
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

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
    #[serde(flatten)]
    fields: Fields,
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
    /// No options yet.
    pub fn new() -> AndroidMessage {
        AndroidMessage::default()
    }

    /// Sets `android.collapse_key`: if a device is offline, FCM keeps only the last message with the same key.
    pub fn collapse_key(mut self, key: impl Into<String>) -> AndroidMessage {
        self.collapse_key = Some(key.into());
        self
    }

    /// Sets `android.priority`: the urgency of the message.
    pub fn priority(mut self, priority: FcmPriority) -> AndroidMessage {
        self.priority = Some(priority);
        self
    }

    /// Sets `android.ttl`: how long FCM keeps the message for a device that is offline. It goes out as seconds, such as `3600s` or
    /// `3.5s`. FCM keeps a message for four weeks at most, which is also the default.
    pub fn ttl(mut self, ttl: Duration) -> AndroidMessage {
        let seconds = format!("{}.{:09}", ttl.as_secs(), ttl.subsec_nanos());
        self.ttl = Some(format!("{}s", seconds.trim_end_matches('0').trim_end_matches('.')));
        self
    }

    shown! {
        /// Sets `android.notification.channel_id`: the notification channel of the app.
        channel_id,
        /// Sets `android.notification.icon`: an icon of the app.
        icon,
        /// Sets `android.notification.color`: the colour of the icon, as `#rrggbb`.
        color,
        /// Sets `android.notification.sound`: a sound file of the app, or `default`.
        sound,
        /// Sets `android.notification.tag`: the notification replaces one with the same tag.
        tag,
        /// Sets `android.notification.click_action`: the action of the activity that a tap opens.
        click_action,
    }

    /// Sets another member of `android.notification`, such as `notification_count` or `visibility`.
    ///
    /// # Errors
    /// The value cannot be serialized, or the member has a method of its own.
    pub fn notification_field(
        mut self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<AndroidMessage, BuildError> {
        const METHODS: [(&str, &str); 6] = [
            ("channel_id", "AndroidMessage::channel_id"),
            ("icon", "AndroidMessage::icon"),
            ("color", "AndroidMessage::color"),
            ("sound", "AndroidMessage::sound"),
            ("tag", "AndroidMessage::tag"),
            ("click_action", "AndroidMessage::click_action"),
        ];
        allow("message.android.notification", name, &METHODS, Rule::Any)?;
        self.notification.get_or_insert_default().fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }

    /// Sets a member of `android.data`. The app reads it. On Android it replaces `data` of the message. Values are texts. The names
    /// that [`FcmV1Payload::data`] may not have are refused here too.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> AndroidMessage {
        self.data.insert(name.into(), value.into());
        self
    }

    /// Sets another member of `android`, such as `direct_boot_ok`.
    ///
    /// ```
    /// use nh_core::notification::AndroidMessage;
    ///
    /// let error = AndroidMessage::new().field("channel_id", &"scores").unwrap_err();
    /// assert_eq!(error.problem(), "does not belong here");
    /// assert_eq!(error.remedy(), "write it as message.android.notification.channel_id");
    /// ```
    ///
    /// # Errors
    /// - The value cannot be serialized.
    /// - The member has a method of its own, or belongs into `android.notification`, such as `channel_id` and `title`.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<AndroidMessage, BuildError> {
        const METHODS: [(&str, &str); 5] = [
            ("collapse_key", "AndroidMessage::collapse_key"),
            ("priority", "AndroidMessage::priority"),
            ("ttl", "AndroidMessage::ttl"),
            ("data", "AndroidMessage::data"),
            ("notification", "AndroidMessage::notification_field"),
        ];
        allow("message.android", name, &METHODS, fcm_v1_rules::android(name))?;
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Notification, Payload};
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
            let error = FcmV1Payload::new().field(name, &"x").unwrap_err();
            assert_eq!(error.remedy(), "leave it out: the hub adds the target");
        }
        assert!(FcmV1Payload::new().field("data", &"x").is_err());
        assert!(AndroidMessage::new().field("ttl", &"x").is_err());
    }

    #[test]
    fn ttl_is_written_in_seconds() {
        for (ttl, written) in [
            (Duration::ZERO, "0s"),
            (Duration::from_secs(3600), "3600s"),
            (Duration::from_secs(2_419_200), "2419200s"),
            (Duration::from_millis(3500), "3.5s"),
            (Duration::from_nanos(1), "0.000000001s"),
        ] {
            let payload = FcmV1Payload::new().android(AndroidMessage::new().ttl(ttl));
            let body = Notification::from(Notification::fcm_v1(payload).unwrap()).body().clone();
            assert_eq!(body, format!("{{\"message\":{{\"android\":{{\"ttl\":\"{written}\"}}}}}}"));
        }
    }

    #[test]
    fn what_stands_in_the_wrong_place_is_refused_by_field() {
        for (name, belongs) in [
            ("ttl", "message.android.ttl"),
            ("priority", "message.android.priority"),
            ("channel_id", "message.android.notification.channel_id"),
            ("collapse_key", "message.android.collapse_key"),
            ("time_to_live", "message.android.ttl"),
            ("content_available", "message.apns.payload.aps.content-available"),
        ] {
            let error = FcmV1Payload::new().field(name, &"x").unwrap_err();
            assert!(
                error.subject() == format!("message.{name}") && error.remedy().contains(belongs),
                "{error}"
            );
        }
        for name in
            ["channel_id", "title", "body", "icon", "color", "sound", "tag", "click_action", "channelId"]
        {
            let error = AndroidMessage::new().field(name, &"x").unwrap_err();
            assert!(error.remedy().starts_with("write it as message.android.notification."), "{error}");
        }
        assert_eq!(AndroidMessage::new().field("ttl", &"x").unwrap_err().remedy(), "use AndroidMessage::ttl");
    }

    #[test]
    fn other_members_of_the_shown_part() {
        let android =
            AndroidMessage::new().channel_id("c").notification_field("notification_count", &3).unwrap();
        assert_eq!(
            Payload::from(FcmV1Payload::new().android(android)),
            r#"{"message":{"android":{"notification":{"channel_id":"c","notification_count":3}}}}"#.into()
        );
        assert!(AndroidMessage::new().notification_field("sound", &"x").is_err());
    }

    #[test]
    fn reserved_names_are_refused_with_the_notification() {
        let reserved = FcmV1Payload::new().data("from", "me");
        assert!(Notification::fcm_v1(reserved).is_err());
        let reserved = FcmV1Payload::new().android(AndroidMessage::new().data("google.x", "me"));
        assert!(Notification::fcm_v1(reserved).is_err());
        let numbers = FcmV1Payload::new().field("webpush", &json!({"data": {"a": 1}})).unwrap();
        let error = Notification::fcm_v1(numbers).unwrap_err();
        assert!(error.subject().starts_with("message.webpush.data.a"), "{error}");
    }
}
