use nh_outcome::{Outcome, Platform};

/// What became of a notification on one device.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) platform: Platform,
    pub(crate) pns_handle: String,
    pub(crate) registration_id: Option<String>,
    pub(crate) verdict: Verdict,
}

/// What a device's push service said, or why it was not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Success,
    /// The device has had this notification already.
    Skipped,
    /// The push service refused it, in telemetry's word.
    Refused(&'static str),
}

impl Verdict {
    /// Telemetry's words for what push services refuse ([telemetry], and the metrics of Azure Monitor).
    ///
    /// [telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
    pub(crate) const REFUSALS: [&str; 18] = [
        "AuthenticationError",
        "BadChannel",
        "ChannelDisconnected",
        "ChannelThrottled",
        "Dropped",
        "ExpiredChannel",
        "InvalidCredentials",
        "InvalidNotificationFormat",
        "InvalidNotificationSize",
        "InvalidToken",
        "PnsInterfaceError",
        "PnsServerError",
        "PnsUnavailable",
        "PnsUnreachable",
        "Throttled",
        "TokenProviderUnreachable",
        "WrongChannel",
        "WrongToken",
    ];

    /// A refusal by its word.
    pub(crate) fn refused(word: &str) -> Option<Verdict> {
        Verdict::REFUSALS.into_iter().find(|known| *known == word).map(Verdict::Refused)
    }

    /// As telemetry counts it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Verdict::Success => "Success",
            Verdict::Skipped => "Skipped",
            Verdict::Refused(word) => word,
        }
    }

    /// As a test send tells it. Of the refusals, four sentences are known.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Verdict::Success => Outcome::Success,
            Verdict::Refused("BadChannel") => Outcome::InvalidHandle,
            Verdict::Refused("ExpiredChannel") => Outcome::ExpiredHandle,
            Verdict::Refused("WrongToken") => Outcome::WrongToken,
            // Five reports, among them azure-docs#21253 and dotnet#341.
            Verdict::Refused("InvalidNotificationFormat" | "InvalidNotificationSize") => {
                Outcome::InvalidPayload
            }
            other => Outcome::from(other.name()),
        }
    }

    /// Does the hub drop the device?
    pub(crate) fn is_dead(&self) -> bool {
        matches!(self, Verdict::Refused("BadChannel" | "ExpiredChannel"))
    }
}
