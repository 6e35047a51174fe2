use crate::rejection::Rejection;
use nh_outcome::Platform;
use serde::{Deserialize, Serialize};

/// A device: a handle of a platform, and what is registered under it.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::builder().demo_devices(true).start_blocking()?;
/// let phone = &emulator.devices()[0];
/// println!("{} {} has {} registrations", phone.platform, phone.pns_handle, phone.registrations.len());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// The hub that knows it.
    pub hub: String,
    /// Its platform.
    pub platform: Platform,
    /// The handle of its push service.
    pub pns_handle: String,
    /// What its push service answers to everything, if it has been told to.
    pub rejection: Option<Rejection>,
    /// What is registered under the handle.
    pub registrations: Vec<DeviceRegistration>,
}

/// One of a [`Device`]'s registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DeviceRegistration {
    /// Its id.
    pub registration_id: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The name of its template; empty for a template without one, `None` for a native registration.
    pub template: Option<String>,
    /// The template itself; `None` for a native registration.
    pub template_body: Option<String>,
    /// The installation that it stands for.
    pub installation_id: Option<String>,
}
