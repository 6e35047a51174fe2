use serde::{Serialize, Serializer};
use std::fmt;

/// What became of a notification on one device.
///
/// On the wire it is an English sentence. Four are known ([test send], the SDKs' tests and issues); there is no published
/// list, so another sentence is kept as it is.
///
/// ```
/// use nh_outcome::Outcome;
///
/// let outcome = Outcome::from("The Push Notification System handle for the registration is invalid");
/// assert_eq!(outcome, Outcome::InvalidHandle);
/// assert!(!outcome.is_success());
/// ```
///
/// [test send]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-push-notification-fixer
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The push service took it.
    Success,
    /// The push service does not know the handle. The hub deletes the registration.
    InvalidHandle,
    /// The app was removed, or its handle replaced. The hub deletes the registration.
    ExpiredHandle,
    /// The hub's credentials for the push service are wrong.
    WrongToken,
    /// Another sentence.
    Other(String),
}

impl Outcome {
    const KNOWN: [Outcome; 4] =
        [Outcome::Success, Outcome::InvalidHandle, Outcome::ExpiredHandle, Outcome::WrongToken];

    /// The sentence on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Outcome::Success => "The Notification was successfully sent to the Push Notification System",
            Outcome::InvalidHandle => "The Push Notification System handle for the registration is invalid",
            Outcome::ExpiredHandle => {
                "The Push Notification System handle for the registration is no longer valid"
            }
            Outcome::WrongToken => "The Token obtained from the Token Provider is wrong",
            Outcome::Other(sentence) => sentence,
        }
    }

    /// Did the push service take it?
    pub fn is_success(&self) -> bool {
        *self == Outcome::Success
    }
}

impl From<&str> for Outcome {
    fn from(sentence: &str) -> Outcome {
        let known = Outcome::KNOWN.into_iter().find(|known| known.as_str() == sentence.trim());
        known.unwrap_or_else(|| Outcome::Other(sentence.to_owned()))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sentences_are_told_apart_and_others_kept() {
        for (sentence, outcome) in [
            ("The Notification was successfully sent to the Push Notification System", Outcome::Success),
            ("The Push Notification System handle for the registration is invalid", Outcome::InvalidHandle),
            (
                "The Push Notification System handle for the registration is no longer valid",
                Outcome::ExpiredHandle,
            ),
            ("The Token obtained from the Token Provider is wrong", Outcome::WrongToken),
            ("UnknownError", Outcome::Other("UnknownError".into())),
            ("", Outcome::Other(String::new())),
        ] {
            assert_eq!(Outcome::from(sentence), outcome);
            assert_eq!((outcome.as_str(), outcome.to_string().as_str()), (sentence, sentence));
            assert_eq!(outcome.is_success(), outcome == Outcome::Success);
            assert_eq!(serde_json::to_value(&outcome).unwrap(), sentence);
        }
        assert_eq!(
            Outcome::from("\n The Token obtained from the Token Provider is wrong "),
            Outcome::WrongToken
        );
    }
}
