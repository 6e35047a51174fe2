use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What a push service answers that refuses a notification: an outcome of telemetry.
        ///
        /// The words are those of the service's [telemetry] and of the metrics of Azure Monitor.
        ///
        /// ```
        /// use nh_emulator::Rejection;
        ///
        /// assert_eq!("ExpiredChannel".parse(), Ok(Rejection::ExpiredChannel));
        /// assert_eq!(Rejection::ExpiredChannel.as_str(), "ExpiredChannel");
        /// assert!("Expired".parse::<Rejection>().is_err());
        /// ```
        ///
        /// [telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rejection {
            $($(#[$doc])* $name),*
        }

        impl Rejection {
            /// All of them.
            pub const ALL: &[Rejection] = &[$(Rejection::$name),*];

            /// The word of telemetry.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Rejection::$name => stringify!($name)),*
                }
            }
        }
    };
}

rejections! {
    /// The hub's credential for the push service is refused.
    AuthenticationError,
    /// The push service does not know the handle. The hub drops the device.
    BadChannel,
    /// The device is not connected; WNS keeps the notification for it.
    ChannelDisconnected,
    /// The device gets too many notifications.
    ChannelThrottled,
    /// The push service dropped the notification.
    Dropped,
    /// The app was removed, or has a new handle. The hub drops the device.
    ExpiredChannel,
    /// The hub's credential for the push service is wrong.
    InvalidCredentials,
    /// The payload is not what the push service takes.
    InvalidNotificationFormat,
    /// The payload is too large.
    InvalidNotificationSize,
    /// The token for the push service is wrong.
    InvalidToken,
    /// The push service answered what the hub does not understand.
    PnsInterfaceError,
    /// The push service failed.
    PnsServerError,
    /// The push service is busy.
    PnsUnavailable,
    /// The push service cannot be reached.
    PnsUnreachable,
    /// The push service gets too many notifications from the hub.
    Throttled,
    /// The service that gives tokens for the push service cannot be reached.
    TokenProviderUnreachable,
    /// The handle is another app's.
    WrongChannel,
    /// The token is for another app.
    WrongToken,
}

impl Rejection {
    /// Does the hub drop the device?
    pub(crate) fn is_dead(self) -> bool {
        matches!(self, Rejection::BadChannel | Rejection::ExpiredChannel)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Rejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Rejection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rejection, D::Error> {
        let word = Cow::<str>::deserialize(deserializer)?;
        word.parse().map_err(de::Error::custom)
    }
}

impl std::str::FromStr for Rejection {
    type Err = UnknownRejection;

    fn from_str(word: &str) -> Result<Rejection, UnknownRejection> {
        let found = Rejection::ALL.iter().find(|known| known.as_str() == word);
        found.copied().ok_or_else(|| UnknownRejection(word.to_owned()))
    }
}

/// A word that is no [`Rejection`]. The message names those that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRejection(String);

impl fmt::Display for UnknownRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Rejection::ALL.iter().map(|known| known.as_str()).collect();
        write!(f, "'{}' is no outcome; known are {}", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownRejection {}
