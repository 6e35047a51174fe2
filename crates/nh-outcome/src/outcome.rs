use crate::words;

words! {
    /// The result of a notification on one device.
    ///
    /// The service sends it as an English sentence. Microsoft has published no list of them. The sentences that are known here
    /// come from [test send], the tests of the SDKs and public reports. Every other sentence is kept unchanged.
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
    pub enum Outcome {
        /// The push service accepted the notification.
        Success = "The Notification was successfully sent to the Push Notification System",
        /// The push service does not know the handle. The hub deletes the registration.
        InvalidHandle = "The Push Notification System handle for the registration is invalid",
        /// The app was removed from the device, or it has a new handle. The hub deletes the registration.
        ExpiredHandle = "The Push Notification System handle for the registration is no longer valid",
        /// The hub's credential for the push service is wrong.
        WrongToken = "The Token obtained from the Token Provider is wrong",
        /// The push service refused the payload (azure-notificationhubs-dotnet, issue 341; azure-docs, issues 21253 and 112506).
        InvalidPayload = "The Notification payload is invalid",
        /// The hub cannot get a token for the push service: its credential for the platform is wrong or incomplete (azure-docs,
        /// issue 65143).
        InvalidTokenProvider = "The Token Provider is invalid" | "The Token Provider is not valid" | "Invalid Token Provider",
    }
}

impl Outcome {
    /// Returns what the result means and what to do about it, in whole sentences. For a result that this version does not know, it
    /// returns a sentence that says so.
    ///
    /// ```
    /// use nh_outcome::Outcome;
    ///
    /// assert!(Outcome::ExpiredHandle.meaning().ends_with("Remove the device."));
    /// assert_eq!(Outcome::from("UnknownError").meaning(), "This version does not know the result.");
    /// ```
    pub fn meaning(&self) -> &'static str {
        match self {
            Outcome::Success => "The push service accepted the notification.",
            Outcome::InvalidHandle => "The push service does not know the handle. Remove the device.",
            Outcome::ExpiredHandle => {
                "The app was removed from the device, or the device has a new handle. Remove the device."
            }
            Outcome::WrongToken => {
                "The hub's credential for the push service is of another app or another account. Set the right one at the hub."
            }
            Outcome::InvalidPayload => {
                "The push service refuses the payload. Compare it with the push service's documentation."
            }
            Outcome::InvalidTokenProvider => {
                "The hub gets no token from the push service: its credential for the platform is wrong or incomplete. Set it again."
            }
            Outcome::Other(_) => "This version does not know the result.",
        }
    }

    /// Returns true if the push service accepted the notification.
    pub fn is_success(&self) -> bool {
        *self == Outcome::Success
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
            ("The Notification payload is invalid", Outcome::InvalidPayload),
            ("The Token Provider is invalid", Outcome::InvalidTokenProvider),
        ] {
            assert_eq!(Outcome::from(sentence), outcome);
            assert_eq!(outcome.is_success(), outcome == Outcome::Success);
            assert!(outcome.meaning().ends_with('.') && outcome.meaning() != Outcome::from("x").meaning());
        }
        assert_eq!(Outcome::from("UnknownError").as_str(), "UnknownError");
    }
}
