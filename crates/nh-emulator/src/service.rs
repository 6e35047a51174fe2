//! What the emulator holds.

use crate::hub::Hub;
use crate::inbox::Inbox;
use crate::rejection::Rejections;
use crate::reply::Refusal;
use crate::sas::Rule;
use crate::storage::Storage;
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tier::Tier;
use http::HeaderMap;
use nh_core::TagExpression;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use time::OffsetDateTime;
use tokio::task::AbortHandle;

/// Everything the emulator holds.
pub(crate) struct Service {
    /// `localhost:{port}`
    pub(crate) authority: String,
    pub(crate) rules: [Rule; 2],
    /// By lower-case name.
    pub(crate) hubs: RwLock<BTreeMap<String, Arc<Hub>>>,
    pub(crate) storage: Storage,
    pub(crate) inbox: Inbox,
    pub(crate) telemetry: Telemetry,
    pub(crate) tier: Tier,
    pub(crate) throttle: Throttle,
    pub(crate) rejections: Rejections,
    /// The sends that wait for their time, by id.
    pub(crate) scheduled: Mutex<BTreeMap<String, AbortHandle>>,
}

impl Service {
    pub(crate) fn hub(&self, name: &str) -> Option<Arc<Hub>> {
        self.hubs.read().unwrap_or_else(PoisonError::into_inner).get(&name.to_ascii_lowercase()).cloned()
    }

    /// The URL of a hub. The gateway's own host name stands in bodies (recorded); here there is only one.
    pub(crate) fn base(&self, hub: &Hub) -> String {
        format!("https://{}/{}", self.authority, hub.name)
    }

    /// Where a notification can be asked for; only the Standard tier says so.
    pub(crate) fn location(&self, hub: &Hub, path: &str, flags: &str) -> Option<String> {
        (self.tier == Tier::Standard)
            .then(|| format!("https://{}/{}/{path}?api-version=2020-06{flags}", self.authority, hub.name))
    }
}

/// The tags header as an expression; `None` is everyone.
pub(crate) fn audience(headers: &HeaderMap) -> Result<Option<TagExpression>, Refusal> {
    let Some(value) = headers.get("servicebusnotification-tags") else { return Ok(None) };
    let value = String::from_utf8_lossy(value.as_bytes());
    TagExpression::parse(&value).map(Some).map_err(|why| {
        let words = "Valid tag characters are alphanumeric, _, @, -, ., : and #.";
        Refusal::bad_request(format!("An invalid tag(s) '{value}' was supplied. {words} ({why})"))
    })
}

/// `NH-{yyyyMMddHHmmssfff}-{32 hex}-{2 digits}`, as recorded.
pub(crate) fn notification_id(now: OffsetDateTime) -> String {
    let format =
        time::macros::format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
    let time = now.format(format).expect("the system's time has a year and a month");
    format!("NH-{time}-{:032x}-{:02}", fastrand::u128(..), fastrand::u8(..100))
}
