use super::logged_send::LoggedSend;
use serde::Serialize;
use time::OffsetDateTime;

/// A request of the data plane, and its answer. The signature is left out, and so are the bodies of what carries credentials.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::start_blocking()?;
/// assert!(emulator.requests().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Its number; they count up.
    pub id: u64,
    /// When, by the emulator's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// `POST`, ..
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The hub that the path names.
    pub hub: Option<String>,
    /// The operation, with its name in nh-core; `None` if it is none.
    pub operation: Option<String>,
    /// The answer's status; `None` if the connection was dropped.
    pub status: Option<u16>,
    /// How long it took, faults included.
    pub microseconds: u64,
    /// If it is a send that was taken: what was sent to whom, and how many devices it reached. Also if the answer was dropped.
    pub send: Option<LoggedSend>,
    /// What will surprise on the real service, one sentence each: see [`Emulator::requests`](crate::Emulator::requests).
    pub hints: Vec<String>,
    /// The fault that befell it.
    pub fault: Option<u64>,
    /// Names in lower case, and values.
    pub request_headers: Vec<(String, String)>,
    /// The first 16 KiB. What is not UTF-8 is replaced.
    pub request_body: String,
    /// Names in lower case, and values.
    pub response_headers: Vec<(String, String)>,
    /// The first 16 KiB. What is not UTF-8 is replaced.
    pub response_body: String,
}
