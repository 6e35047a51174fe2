use crate::words;

words! {
    /// The name of an outcome in telemetry: what became of a notification on some devices of a platform.
    ///
    /// [`NotificationDetails::outcome_counts`](crate::NotificationDetails::outcome_counts) counts them. The names are those of the
    /// [telemetry] and of the metrics of [Azure Monitor]. [`meaning`](OutcomeName::meaning) says each in words.
    ///
    /// ```
    /// use nh_outcome::OutcomeName;
    ///
    /// let name = OutcomeName::from("ExpiredChannel");
    /// assert_eq!(name.meaning(), "The app was removed from the device, or the device has a new handle.");
    /// assert!(name.device_is_gone());
    /// assert!(!OutcomeName::Throttled.device_is_gone());
    /// ```
    ///
    /// [telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
    /// [Azure Monitor]: https://learn.microsoft.com/azure/notification-hubs/monitor-notification-hubs-reference
    pub enum OutcomeName {
        /// The push service took the notification.
        Success = "Success",
        /// The device had received this notification already, under another registration.
        Skipped = "Skipped",
        /// The push service does not know the handle.
        BadChannel = "BadChannel",
        /// The app was removed from the device, or the device has a new handle.
        ExpiredChannel = "ExpiredChannel",
        /// The handle belongs to another app.
        WrongChannel = "WrongChannel",
        /// WNS: the device is not connected.
        ChannelDisconnected = "ChannelDisconnected",
        /// The device gets too many notifications.
        ChannelThrottled = "ChannelThrottled",
        /// The push service got too many notifications from the hub.
        Throttled = "Throttled",
        /// The push service dropped the notification.
        Dropped = "Dropped",
        /// The push service refused the hub's credential.
        InvalidCredentials = "InvalidCredentials",
        /// The hub's credential is of another sender than the device's handle.
        AuthenticationError = "AuthenticationError",
        /// The push service refused the hub's token.
        InvalidToken = "InvalidToken",
        /// The hub's token is for another app.
        WrongToken = "WrongToken",
        /// The service that gives tokens for the push service could not be reached.
        TokenProviderUnreachable = "TokenProviderUnreachable",
        /// The push service refused the payload.
        InvalidNotificationFormat = "InvalidNotificationFormat",
        /// The payload is too large for the push service.
        InvalidNotificationSize = "InvalidNotificationSize",
        /// The hub did not understand the answer of the push service.
        PnsInterfaceError = "PnsInterfaceError",
        /// The push service failed.
        PnsServerError = "PnsServerError",
        /// The push service was busy.
        PnsUnavailable = "PnsUnavailable",
        /// The push service could not be reached.
        PnsUnreachable = "PnsUnreachable",
        /// The hub gave up: the push service could not be reached for 30 minutes.
        AbandonedNotificationMessages = "AbandonedNotificationMessages",
        /// No device matched.
        NoTargets = "NoTargets",
        /// The service does not say what became of it.
        UnknownError = "UnknownError",
    }
}

impl OutcomeName {
    /// Returns what the outcome means, in a sentence.
    pub fn meaning(&self) -> &'static str {
        match self {
            OutcomeName::Success => "The push service took the notification.",
            OutcomeName::Skipped => {
                "The device had received this notification already, under another registration with the same handle."
            }
            OutcomeName::BadChannel => "The push service does not know the device's handle.",
            OutcomeName::ExpiredChannel => {
                "The app was removed from the device, or the device has a new handle."
            }
            OutcomeName::WrongChannel => "The device's handle belongs to another app.",
            OutcomeName::ChannelDisconnected => "The device is not connected to its push service.",
            OutcomeName::ChannelThrottled => "The device gets too many notifications.",
            OutcomeName::Throttled => "The push service got too many notifications from the hub.",
            OutcomeName::Dropped => "The push service dropped the notification.",
            OutcomeName::InvalidCredentials => "The push service refused the hub's credential.",
            OutcomeName::AuthenticationError => {
                "The hub's credential belongs to another sender than the device's handle."
            }
            OutcomeName::InvalidToken => "The push service refused the token of the hub.",
            OutcomeName::WrongToken => "The hub's token is for another app.",
            OutcomeName::TokenProviderUnreachable => {
                "The hub could not reach the service that gives tokens for the push service."
            }
            OutcomeName::InvalidNotificationFormat => "The push service refused the payload.",
            OutcomeName::InvalidNotificationSize => "The payload is too large for the push service.",
            OutcomeName::PnsInterfaceError => "The hub did not understand the answer of the push service.",
            OutcomeName::PnsServerError => "The push service failed.",
            OutcomeName::PnsUnavailable => "The push service was busy.",
            OutcomeName::PnsUnreachable => "The hub could not reach the push service.",
            OutcomeName::AbandonedNotificationMessages => {
                "The hub could not reach the push service for 30 minutes and gave up."
            }
            OutcomeName::NoTargets => "No device matched the audience and the format.",
            OutcomeName::UnknownError => "The service does not say what went wrong.",
            OutcomeName::Other(_) => "This version does not know the outcome.",
        }
    }

    /// Returns true if the outcome means that the handle is dead: remove the device, and let the app register its new handle.
    pub fn device_is_gone(&self) -> bool {
        use OutcomeName::{BadChannel, ExpiredChannel, WrongChannel};
        matches!(self, BadChannel | ExpiredChannel | WrongChannel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_sentence_of_its_own() {
        let mut meanings: Vec<&str> = OutcomeName::KNOWN.iter().map(OutcomeName::meaning).collect();
        assert!(meanings.iter().all(|meaning| meaning.ends_with('.')));
        meanings.sort_unstable();
        meanings.dedup();
        assert_eq!(meanings.len(), OutcomeName::KNOWN.len());
        assert_eq!(OutcomeName::from("Melted").meaning(), "This version does not know the outcome.");
    }

    #[test]
    fn three_mean_that_the_device_is_gone() {
        let gone: Vec<_> = OutcomeName::KNOWN.iter().filter(|name| name.device_is_gone()).collect();
        assert_eq!(
            gone,
            [&OutcomeName::BadChannel, &OutcomeName::ExpiredChannel, &OutcomeName::WrongChannel]
        );
    }
}
