use super::builder::{Parts, builder};
use crate::text::quoted;
use crate::{BuildError, IntoTime};
use http::{HeaderName, HeaderValue};

/// An APNs notification ([`Notification::apple`](crate::Notification::apple)).
///
/// Its headers need a hub with token credentials (a hub with a certificate cannot carry them). From iOS 13 on the
/// push type is needed, and priority 5 for background pushes; without it the service infers the type ([iOS 13]).
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
#[derive(Clone)]
pub struct Apple(pub(super) Parts);
builder!(Apple);

/// What kind of push it is: `apns-push-type`. Kinds that are not here go out through [`Apple::header`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PushType {
    /// `alert`: shown, or a sound or badge.
    Alert,
    /// `background`: wakes the app, shows nothing.
    Background,
    /// `location`.
    Location,
    /// `voip`.
    Voip,
    /// `complication`.
    Complication,
    /// `fileprovider`.
    FileProvider,
    /// `mdm`.
    Mdm,
    /// `liveactivity`.
    LiveActivity,
    /// `pushtotalk`.
    PushToTalk,
}

/// How urgently APNs delivers: `apns-priority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApnsPriority {
    /// `10`: at once.
    Immediate,
    /// `5`: as the device's power allows.
    PowerConsiderate,
    /// `1`: power before everything; does not wake the device.
    Lowest,
}

/// At most so many bytes in a collapse id ([APNs headers]).
///
/// [APNs headers]: https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
const LONGEST_COLLAPSE_ID: usize = 64;

impl Apple {
    /// Sets `apns-push-type`.
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
        Apple(self.0.set(HeaderName::from_static("apns-push-type"), HeaderValue::from_static(word)))
    }

    /// Sets `apns-priority`.
    pub fn priority(self, priority: ApnsPriority) -> Apple {
        let number = match priority {
            ApnsPriority::Immediate => "10",
            ApnsPriority::PowerConsiderate => "5",
            ApnsPriority::Lowest => "1",
        };
        Apple(self.0.set(HeaderName::from_static("apns-priority"), HeaderValue::from_static(number)))
    }

    /// Sets `apns-topic`: usually the app's bundle id.
    ///
    /// # Errors
    /// A text that is no header value.
    pub fn topic(self, topic: &str) -> Result<Apple, BuildError> {
        self.0.text(HeaderName::from_static("apns-topic"), topic).map(Apple)
    }

    /// Sets `apns-expiration`: until when APNs keeps trying, to the second. A time at or before 1970 goes out as `0`,
    /// which means: try once, store nothing.
    pub fn expiration(self, until: impl IntoTime) -> Apple {
        let seconds = until.to_moment().unix_seconds().max(0);
        Apple(self.0.set(HeaderName::from_static("apns-expiration"), HeaderValue::from(seconds)))
    }

    /// Sets `apns-collapse-id`: notifications with the same id are shown as one.
    ///
    /// # Errors
    /// A text of more than 64 bytes, or that is no header value.
    pub fn collapse_id(self, id: &str) -> Result<Apple, BuildError> {
        if id.len() > LONGEST_COLLAPSE_ID {
            return Err(BuildError::new(
                format_args!("apns-collapse-id {}", quoted(id)),
                format_args!("has {} bytes", id.len()),
                format_args!("{LONGEST_COLLAPSE_ID} are the most APNs takes"),
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
        let sent: Vec<_> = notification.headers()[2..]
            .iter()
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
    fn limits() {
        let apple = || Notification::apple("{}").unwrap();
        assert!(apple().collapse_id(&"c".repeat(64)).is_ok());
        assert!(apple().collapse_id(&"c".repeat(65)).unwrap_err().to_string().contains("65 bytes"));
        assert!(apple().topic("com.contoso\r\nX-Evil: 1").is_err());
        let past = Notification::from(apple().expiration(datetime!(1969-01-01 0:00 UTC)));
        assert_eq!(past.headers()[2].1, "0");
    }
}
