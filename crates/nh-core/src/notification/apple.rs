use super::builder::{Parts, builder};
use crate::text::quoted;
use crate::{BuildError, IntoTime};
use http::{HeaderName, HeaderValue};

/// An APNs notification. [`Notification::apple`](crate::Notification::apple) and
/// [`Notification::live_activity`](crate::Notification::live_activity) make it.
///
/// Its headers need a hub with a token credential (`.p8`); a hub with a certificate cannot pass them on. From iOS 13 on, APNs
/// wants a push type, and priority 5 for background pushes. If no push type is set, the service derives one from the payload
/// ([iOS 13]).
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{ApnsPriority, PushType};
///
/// let refresh = Notification::apple(r#"{"aps":{"content-available":1}}"#)?
///     .push_type(PushType::Background)
///     .priority(ApnsPriority::PowerConsiderate)
///     .collapse_id("score")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [iOS 13]: https://learn.microsoft.com/azure/notification-hubs/push-notification-updates-ios-13
#[derive(Clone, Debug)]
pub struct Apple(pub(super) Parts);
builder!(Apple);

pub(super) const PUSH_TYPE: HeaderName = HeaderName::from_static("apns-push-type");

/// The kind of a push: the header `apns-push-type` ([Sending notification requests to APNs]). Set a kind that is not in this list
/// with [`Apple::header`].
///
/// [Sending notification requests to APNs]: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PushType {
    /// `alert`: shows an alert, plays a sound or sets the badge.
    Alert,
    /// `background`: wakes the app and shows nothing. Needs the priority 5.
    Background,
    /// `location`: asks for the user's location.
    Location,
    /// `voip`: announces a call. The payload has at most 5120 bytes.
    Voip,
    /// `complication`: updates a complication of a watch.
    Complication,
    /// `fileprovider`: tells a file provider that something changed.
    FileProvider,
    /// `mdm`: asks a managed device to contact its server.
    Mdm,
    /// `liveactivity`: starts, updates or ends a Live Activity.
    LiveActivity,
    /// `pushtotalk`: wakes a push-to-talk app.
    PushToTalk,
}

/// The urgency of a push: the header `apns-priority` ([Sending notification requests to APNs]).
///
/// [Sending notification requests to APNs]: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApnsPriority {
    /// `10`: APNs sends the push at once.
    Immediate,
    /// `5`: APNs considers the battery of the device.
    PowerConsiderate,
    /// `1`: APNs puts the battery first and does not wake the device.
    Lowest,
}

impl Apple {
    /// A collapse id has at most this many bytes ([Sending notification requests to APNs]).
    ///
    /// [Sending notification requests to APNs]: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
    pub const MAX_COLLAPSE_ID: usize = 64;

    /// Sets `apns-push-type`: the kind of the push.
    pub fn push_type(self, push_type: PushType) -> Apple {
        let word = match push_type {
            PushType::Alert => "alert",
            PushType::Background => "background",
            PushType::Location => "location",
            PushType::Voip => "voip",
            PushType::Complication => "complication",
            PushType::FileProvider => "fileprovider",
            PushType::Mdm => "mdm",
            PushType::LiveActivity => "liveactivity",
            PushType::PushToTalk => "pushtotalk",
        };
        Apple(self.0.set(PUSH_TYPE, HeaderValue::from_static(word)))
    }

    /// Sets `apns-priority`: the urgency of the push.
    pub fn priority(self, priority: ApnsPriority) -> Apple {
        let number = match priority {
            ApnsPriority::Immediate => "10",
            ApnsPriority::PowerConsiderate => "5",
            ApnsPriority::Lowest => "1",
        };
        Apple(self.0.set(HeaderName::from_static("apns-priority"), HeaderValue::from_static(number)))
    }

    /// Sets `apns-topic`: usually the bundle id of the app. For a Live Activity it is the bundle id with
    /// `.push-type.liveactivity` behind it, for VoIP the bundle id with `.voip`.
    ///
    /// # Errors
    /// The topic is empty, or has characters other than visible ASCII and spaces.
    pub fn topic(self, topic: &str) -> Result<Apple, BuildError> {
        self.0.text(HeaderName::from_static("apns-topic"), topic).map(Apple)
    }

    /// Sets `apns-expiration`: APNs tries to deliver until this time. It goes out as whole seconds since 1970. A time before
    /// 1970 goes out as `0`; then APNs tries once and stores nothing.
    pub fn expiration(self, until: impl IntoTime) -> Apple {
        let seconds = until.to_moment().unix_seconds().max(0);
        Apple(self.0.set(HeaderName::from_static("apns-expiration"), HeaderValue::from(seconds)))
    }

    /// Sets `apns-collapse-id`: the device shows notifications with the same id as one.
    ///
    /// # Errors
    /// The id is empty, is longer than 64 bytes, or has characters other than visible ASCII and spaces.
    pub fn collapse_id(self, id: &str) -> Result<Apple, BuildError> {
        if id.len() > Apple::MAX_COLLAPSE_ID {
            return Err(BuildError::new(
                format_args!("apns-collapse-id {}", quoted(id)),
                format_args!("has {} bytes", id.len()),
                format_args!("use at most {} bytes", Apple::MAX_COLLAPSE_ID),
            ));
        }
        self.0.text(HeaderName::from_static("apns-collapse-id"), id).map(Apple)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;
    use time::macros::datetime;

    #[test]
    fn headers() {
        let apple = Notification::apple("{}")
            .unwrap()
            .push_type(PushType::Background)
            .priority(ApnsPriority::PowerConsiderate)
            .topic("com.contoso.app")
            .unwrap()
            .expiration(datetime!(2023-11-14 22:13:20 UTC))
            .collapse_id("score")
            .unwrap()
            .header("apns-id", "eabeae54-14a8-11e5-b60b-1697f925ec7b")
            .unwrap();
        let notification = Notification::from(apple);
        let sent: Vec<_> = notification
            .headers()
            .skip(2)
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(
            sent,
            [
                ("apns-push-type", "background"),
                ("apns-priority", "5"),
                ("apns-topic", "com.contoso.app"),
                ("apns-expiration", "1700000000"),
                ("apns-collapse-id", "score"),
                ("apns-id", "eabeae54-14a8-11e5-b60b-1697f925ec7b"),
            ]
        );
    }

    #[test]
    fn a_payload_is_an_object_and_aps_too() {
        for body in ["{}", r#"{"game":1}"#, r#"{"aps":{}}"#, r#"{"mdm":"x"}"#] {
            assert!(Notification::apple(body).is_ok(), "{body}");
        }
        for (body, says) in [
            ("Hello", "apple payload: is no JSON (expected value at line 1 column 1); send a JSON object"),
            (r#""Hello""#, "apple payload: is a text; send a JSON object"),
            ("[]", "apple payload: is a list; send a JSON object"),
            (r#"{"aps":"Hello"}"#, "aps in the apple payload: is a text; give it a JSON object"),
            (r#"{"aps":null}"#, "aps in the apple payload: is null; give it a JSON object"),
        ] {
            assert_eq!(Notification::apple(body).expect_err(body).to_string(), says);
        }
    }

    #[test]
    fn limits() {
        let apple = || Notification::apple("{}").unwrap();
        assert!(apple().collapse_id(&"c".repeat(64)).is_ok());
        assert!(apple().collapse_id(&"c".repeat(65)).unwrap_err().to_string().contains("65 bytes"));
        assert!(apple().topic("com.contoso\r\nX-Evil: 1").is_err());
        let past = Notification::from(apple().expiration(datetime!(1969-01-01 0:00 UTC)));
        assert_eq!(past.headers().nth(2).unwrap().1, "0");
    }
}
