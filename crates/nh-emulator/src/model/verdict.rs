use crate::rejection::Rejection;
use nh_outcome::{Outcome, Platform};

/// What became of a notification on one device.
#[derive(Clone, Debug)]
pub(crate) struct DeviceResult {
    pub(crate) platform: Platform,
    pub(crate) pns_handle: String,
    pub(crate) registration_id: Option<String>,
    pub(crate) verdict: Verdict,
    /// What its template asks for and the notification does not have.
    pub(crate) unfilled: Vec<String>,
}

/// What a device's push service said, or why it was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Success,
    /// The device has had this notification already.
    Skipped,
    Refused(Rejection),
}

impl Verdict {
    /// As telemetry counts it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Verdict::Success => "Success",
            Verdict::Skipped => "Skipped",
            Verdict::Refused(rejection) => rejection.as_str(),
        }
    }

    /// Why the hub drops the device, if it does.
    pub(crate) fn death(self) -> Option<Rejection> {
        match self {
            Verdict::Refused(rejection) => Some(rejection).filter(|rejection| rejection.is_dead()),
            _ => None,
        }
    }

    /// As a test send tells it. Of the refusals, four sentences are known.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Verdict::Success => Outcome::Success,
            Verdict::Refused(Rejection::BadChannel) => Outcome::InvalidHandle,
            Verdict::Refused(Rejection::ExpiredChannel) => Outcome::ExpiredHandle,
            Verdict::Refused(Rejection::WrongToken) => Outcome::WrongToken,
            // Five reports, among them azure-docs#21253 and dotnet#341.
            Verdict::Refused(Rejection::InvalidNotificationFormat | Rejection::InvalidNotificationSize) => {
                Outcome::InvalidPayload
            }
            other => Outcome::from(other.name()),
        }
    }
}
