use crate::into_text::for_texts;
use crate::text::{header_value, quoted, secret_header_value};
use crate::{BuildError, PnsHandle};
use http::HeaderValue;
use std::fmt;

/// A device as its push service knows it: the PNS handle.
///
/// A plain handle is what the platform's push service gave the app: an APNs token, an FCM token, a WNS channel URI, ..
/// A browser's handle is its push subscription.
///
/// ```
/// use nh_core::DeviceHandle;
///
/// let phone = DeviceHandle::new("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
/// let browser = DeviceHandle::browser("https://fcm.googleapis.com/fcm/send/dk3", "BNcRdreALRFX", "tBHItJI5svbpez7K")?;
/// assert_eq!(browser.handle(), "https://fcm.googleapis.com/fcm/send/dk3");
/// assert!(!format!("{browser:?}").contains("tBHItJI5svbpez7K"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeviceHandle {
    handle: String,
    keys: Option<BrowserKeys>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct BrowserKeys {
    pub(crate) p256dh: HeaderValue,
    pub(crate) auth: HeaderValue,
}

impl DeviceHandle {
    /// A plain handle.
    ///
    /// # Errors
    /// A handle that is empty or has a control character.
    pub fn new(handle: impl Into<String>) -> Result<DeviceHandle, BuildError> {
        let handle = handle.into();
        let refuse = |problem: fmt::Arguments<'_>| {
            let remedy = "give the handle as the push service gave it to the app";
            Err(BuildError::new(format_args!("device handle {}", quoted(&handle)), problem, remedy))
        };
        if handle.is_empty() {
            return refuse(format_args!("is empty"));
        }
        if let Some((at, c)) = handle.char_indices().find(|(_, c)| c.is_control()) {
            return refuse(format_args!("has the control character {} at byte {at}", c.escape_unicode()));
        }
        Ok(DeviceHandle { handle, keys: None })
    }

    /// A browser's push subscription: its endpoint and the two keys, in the base64 that the browser gives.
    ///
    /// # Errors
    /// An endpoint as for [`DeviceHandle::new`]; a key that is empty or no header text. No error repeats a key.
    pub fn browser(
        endpoint: impl Into<String>,
        p256dh: &str,
        auth: &str,
    ) -> Result<DeviceHandle, BuildError> {
        let keys = BrowserKeys {
            p256dh: header_value("browser key p256dh", p256dh)?,
            auth: secret_header_value("browser secret auth", auth)?,
        };
        Ok(DeviceHandle { keys: Some(keys), ..DeviceHandle::new(endpoint)? })
    }

    /// The handle; a browser's endpoint.
    pub fn handle(&self) -> &str {
        &self.handle
    }

    fn read_text(handle: &str) -> Result<DeviceHandle, BuildError> {
        DeviceHandle::new(handle)
    }

    /// What the service sent, whatever it is.
    pub(crate) fn read(handle: String) -> DeviceHandle {
        DeviceHandle { handle, keys: None }
    }

    /// Is it a browser's push subscription?
    pub fn is_browser(&self) -> bool {
        self.keys.is_some()
    }

    /// The keys `p256dh` and `auth`.
    pub(crate) fn browser_keys_text(&self) -> Option<(&str, &str)> {
        let keys = self.keys.as_ref()?;
        Some((ascii(&keys.p256dh), ascii(&keys.auth)))
    }

    pub(crate) fn browser_keys(&self) -> Option<&BrowserKeys> {
        self.keys.as_ref()
    }
}

fn ascii(value: &HeaderValue) -> &str {
    value.to_str().expect("only ASCII was let in")
}

/// What names one device: a handle as text, owned or borrowed, a [`DeviceHandle`] or a [`PnsHandle`](crate::PnsHandle), owned or
/// borrowed. The trait is sealed.
///
/// ```
/// use nh_core::{DeviceHandle, Notification, SendDirect, SendDirectBatch};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// SendDirect::new(&hello, "00fc13adff78")?;
/// SendDirect::new(&hello, &DeviceHandle::new("00fc13adff78")?)?;
///
/// let tokens: Vec<String> = vec!["00fc13adff78".into(), "7603cf2f5537".into()];
/// SendDirectBatch::new(&hello, &tokens)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no device",
    note = "give a handle as text, a `DeviceHandle` or a `PnsHandle`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoDevice: ToDevice {}
impl<D: ToDevice> IntoDevice for D {}

pub(crate) trait ToDevice {
    fn to_device(self) -> Result<DeviceHandle, BuildError>;
}

for_texts!(ToDevice::to_device -> DeviceHandle, DeviceHandle::read_text);

impl ToDevice for DeviceHandle {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        Ok(self)
    }
}

impl ToDevice for &DeviceHandle {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        Ok(self.clone())
    }
}

impl ToDevice for PnsHandle {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        (&self).try_into()
    }
}

impl ToDevice for &PnsHandle {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        self.try_into()
    }
}

impl fmt::Debug for DeviceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.keys.is_some() { "browser " } else { "" };
        write!(f, "DeviceHandle({kind}{})", self.handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        for bad in ["", "a\r\nX-Evil: 1", "a\u{85}b"] {
            assert!(!DeviceHandle::new(bad).expect_err(bad).to_string().contains('\n'));
        }
        for (p256dh, auth) in [("a\r\nX-Evil: 1", "sesame"), ("key", "sesame\n"), ("", "sesame"), ("key", "")]
        {
            let error = DeviceHandle::browser("https://push.example", p256dh, auth).unwrap_err().to_string();
            assert!(!error.contains("sesame") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn debug_is_silent_about_the_secret() {
        let device = DeviceHandle::browser("https://push.example", "key", "sesame").unwrap();
        assert_eq!(format!("{device:?}"), "DeviceHandle(browser https://push.example)");
    }
}
