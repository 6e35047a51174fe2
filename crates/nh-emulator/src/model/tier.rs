use serde::Deserialize;
use std::fmt;

/// A namespace's pricing tier: what its hubs can do, and how many devices they hold.
///
/// | | Free | Basic | Standard |
/// |---|---|---|---|
/// | devices | 500 | 200 000 | 10 000 000 |
/// | batches | | yes | yes |
/// | schedule, telemetry, feedback, jobs, a `Location` of sends | | | yes |
///
/// What a tier lacks is answered with 403. From the service's [pages on tiers and limits][limits].
///
/// ```
/// use nh_emulator::{Emulator, Tier};
///
/// let emulator = Emulator::builder().tier(Tier::Free).start_blocking()?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// [limits]: https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#notification-hubs-limits
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// 500 devices; sends, registrations and installations only.
    Free,
    /// 200 000 devices, and batches.
    Basic,
    /// Everything. The default.
    #[default]
    Standard,
}

impl Tier {
    /// How many devices a hub may hold.
    pub(crate) fn most_devices(self) -> u64 {
        match self {
            Tier::Free => 500,
            Tier::Basic => 200_000,
            Tier::Standard => 10_000_000,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tier::Free => "free",
            Tier::Basic => "basic",
            Tier::Standard => "standard",
        })
    }
}
