use super::device::{Device, DeviceRegistration};
use crate::rejection::Rejection;
use nh_outcome::Platform;
use serde::Deserialize;

/// A device to register: [`Emulator::register_device`](crate::Emulator::register_device).
///
/// ```
/// use nh_emulator::{NewDevice, Platform};
///
/// let phone = NewDevice::new(Platform::Apple).tag("sports").template("greeting", r#"{"aps":{"alert":"$(greeting)"}}"#);
/// # let _ = phone;
/// ```
///
/// A [`Device`] out of a list becomes one too: with all its registrations, under their ids, and with what its push service answers.
/// What is registered already stays as it is, but for what the list says.
///
/// ```
/// use nh_emulator::{Emulator, NewDevice};
///
/// let emulator = Emulator::builder().demo_devices(true).start_blocking()?;
/// let other = Emulator::start_blocking()?;
/// for device in emulator.devices() {
///     other.register_device(NewDevice::from(device))?;
/// }
/// assert_eq!(other.devices(), emulator.devices());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct NewDevice {
    pub(super) platform: Platform,
    pub(super) hub: Option<String>,
    pub(super) pns_handle: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    pub(super) template: Option<NewTemplate>,
    pub(super) rejection: Option<Rejection>,
    /// It breaks rules that the service has today.
    #[serde(default)]
    pub(super) unchecked: bool,
    /// As a list has them, instead of tags and a template.
    pub(super) registrations: Option<Vec<DeviceRegistration>>,
}

impl From<Device> for NewDevice {
    fn from(device: Device) -> NewDevice {
        let Device { hub, platform, pns_handle, rejection, registrations } = device;
        let new = NewDevice::new(platform).hub(hub).pns_handle(pns_handle);
        NewDevice { rejection, registrations: Some(registrations), ..new }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTemplate {
    #[serde(default)]
    pub(super) name: String,
    pub(super) body: String,
}

impl NewDevice {
    /// A device of a platform.
    pub fn new(platform: Platform) -> NewDevice {
        let (hub, pns_handle, tags, template, rejection, unchecked, registrations) = Default::default();
        NewDevice { platform, hub, pns_handle, tags, template, rejection, unchecked, registrations }
    }

    /// In this hub: the first one unless set.
    pub fn hub(mut self, name: impl Into<String>) -> NewDevice {
        self.hub = Some(name.into());
        self
    }

    /// With this handle: made up unless set.
    pub fn pns_handle(mut self, handle: impl Into<String>) -> NewDevice {
        self.pns_handle = Some(handle.into());
        self
    }

    /// Would a handle be made up?
    pub(crate) fn has_no_handle(&self) -> bool {
        self.pns_handle.is_none()
    }

    /// With one more tag.
    pub fn tag(mut self, tag: impl Into<String>) -> NewDevice {
        self.tags.push(tag.into());
        self
    }

    /// For template notifications, and not for native ones.
    pub fn template(mut self, name: impl Into<String>, body: impl Into<String>) -> NewDevice {
        self.template = Some(NewTemplate { name: name.into(), body: body.into() });
        self
    }

    /// Registers it without the rules that the service has for handles and templates, and without the header that names the type of
    /// a Windows template. So a test can have what a hub holds since the time before a rule.
    ///
    /// ```
    /// use nh_emulator::{Emulator, NewDevice, Platform};
    ///
    /// let emulator = Emulator::start_blocking()?;
    /// let old = NewDevice::new(Platform::Apple).pns_handle("not hexadecimal");
    /// assert!(emulator.register_device(old.clone()).is_err());
    /// emulator.register_device(old.unchecked())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn unchecked(mut self) -> NewDevice {
        self.unchecked = true;
        self
    }
}
