use nh_outcome::Platform;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::OffsetDateTime;

/// What has become of a notification so far.
#[derive(Clone, Debug)]
pub(crate) struct NotificationRecord {
    pub(crate) progress: Progress,
    pub(crate) enqueued: OffsetDateTime,
    pub(crate) started: Option<OffsetDateTime>,
    pub(crate) ended: Option<OffsetDateTime>,
    /// `None`: it is not kept any more.
    pub(crate) body: Option<Arc<str>>,
    pub(crate) tags: Option<String>,
    /// The words of telemetry for the platforms, natively or with templates.
    pub(crate) targets: BTreeSet<String>,
    /// How often each outcome came, by platform and telemetry's word.
    pub(crate) counts: BTreeMap<Platform, BTreeMap<&'static str, u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Scheduled,
    Canceled,
    Enqueued,
    Processing,
    NoTargetFound,
    Completed,
}
