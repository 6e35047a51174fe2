use serde::Serialize;
use time::OffsetDateTime;

/// A send that waits for its time: see [`Emulator::scheduled`](crate::Emulator::scheduled).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Scheduled {
    /// The id of the notification.
    pub notification_id: String,
    /// The hub that sends it.
    pub hub: String,
    /// When, by the emulator's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// The format: a platform's word, or `template`.
    pub format: String,
    /// The tag expression; `None`: it goes to everyone.
    pub tags: Option<String>,
    /// What was sent to the hub. What is not UTF-8 is replaced.
    pub payload: String,
}
