use super::notification::Notification;
use super::verdict::{DeviceResult, Verdict};
use nh_core::TagExpression;

/// A notification, and to whom it goes.
#[derive(Clone, Debug)]
pub(crate) struct Send {
    pub(crate) notification: Notification,
    pub(crate) target: Target,
    /// A test send reaches a few devices, and its answer says what became of it on each.
    pub(crate) is_test: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The registrations that match; without an expression, all.
    Audience(Option<TagExpression>),
    /// Devices by their handles, registered or not.
    Handles(Vec<String>),
}

impl Target {
    /// The tag expression, as it is written.
    pub(crate) fn tags(&self) -> Option<String> {
        match self {
            Target::Audience(Some(expression)) => Some(expression.to_string()),
            _ => None,
        }
    }
}

/// What became of a send.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) results: Vec<DeviceResult>,
    /// What will surprise on the real service, one sentence each.
    pub(crate) hints: Vec<String>,
}

impl Sent {
    /// The devices that the notification was for, each once.
    pub(crate) fn devices(&self) -> impl Iterator<Item = &DeviceResult> {
        self.results.iter().filter(|device| device.verdict != Verdict::Skipped)
    }

    /// How many devices the notification was for, and how many of them have it.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.devices().fold((0, 0), |(matched, delivered), device| {
            (matched + 1, delivered + u64::from(device.verdict == Verdict::Success))
        })
    }
}
