use crate::into_text::for_texts;
use crate::text::secret_header_value;
use crate::{BuildError, PushSubscription};
use http::HeaderValue;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The PNS handle of a device: its push service knows the device by it.
///
/// A plain handle is what the platform's push service gave the app: an APNs token, an FCM token, a WNS channel URI, ..
/// A browser's handle is its [`PushSubscription`].
///
/// Its `Debug` text contains neither the handle nor the keys, only how long the handle is.
///
/// Serde reads a plain handle from text, and a browser's from the JSON object of a [`PushSubscription`].
///
/// ```
/// use nh_core::{DeviceHandle, PushSubscription};
///
/// let phone = DeviceHandle::new("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
/// assert_eq!(format!("{phone:?}"), "DeviceHandle(64 characters)");
///
/// let browser = DeviceHandle::browser(PushSubscription {
///     endpoint: "https://fcm.googleapis.com/fcm/send/dk3".into(),
///     p256dh: "BNcRdreALRFX".into(),
///     auth: "tBHItJI5svbpez7K".into(),
/// })?;
/// assert_eq!(browser.handle(), "https://fcm.googleapis.com/fcm/send/dk3");
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

/// The way out for every handle that is refused.
pub(crate) const AS_GIVEN: &str = "give the handle as the push service gave it to the app";

impl DeviceHandle {
    /// A handle has at most so many characters. No push service documents a limit. Known handles have less than
    /// 2048 characters.
    pub const MAX_CHARACTERS: usize = 8192;

    /// Makes a plain handle.
    ///
    /// # Errors
    /// Fails if the handle is empty, has more than 8192 characters, or has a control character.
    pub fn new(handle: impl Into<String>) -> Result<DeviceHandle, BuildError> {
        let handle = handle.into();
        DeviceHandle::check(&handle)?;
        Ok(DeviceHandle { handle, keys: None })
    }

    /// Is it a plain handle?
    pub(crate) fn check(handle: &str) -> Result<(), BuildError> {
        check_text("device handle", handle)
    }

    /// Makes the handle of a browser from its push subscription.
    ///
    /// # Errors
    /// Fails if the endpoint is refused by [`DeviceHandle::new`], or if a key is empty or no header text. No error repeats a
    /// key.
    pub fn browser(subscription: PushSubscription) -> Result<DeviceHandle, BuildError> {
        // No error repeats a key, but only one of them is secret.
        let mut p256dh = secret_header_value("browser key p256dh", &subscription.p256dh)?;
        p256dh.set_sensitive(false);
        let keys =
            BrowserKeys { p256dh, auth: secret_header_value("browser secret auth", &subscription.auth)? };
        Ok(DeviceHandle { keys: Some(keys), ..DeviceHandle::new(subscription.endpoint)? })
    }

    /// Returns the handle; for a browser its endpoint.
    pub fn handle(&self) -> &str {
        &self.handle
    }

    pub(crate) fn into_handle(self) -> String {
        self.handle
    }

    /// A text that begins with `{` is the JSON of a browser's push subscription. No handle begins so.
    fn read_text(text: &str) -> Result<DeviceHandle, BuildError> {
        if text.starts_with('{') && is_ns_data(text) {
            return Err(ns_data("device handle"));
        }
        if text.trim_start().starts_with('{') {
            return DeviceHandle::browser(text.parse()?);
        }
        DeviceHandle::new(text)
    }

    /// Makes a handle of what the service sent, without a check.
    pub(crate) fn read(handle: String) -> DeviceHandle {
        DeviceHandle { handle, keys: None }
    }

    /// Returns true if it is the handle of a browser.
    pub fn is_browser(&self) -> bool {
        self.keys.is_some()
    }

    /// The subscription that a browser's handle was made from.
    pub(crate) fn subscription(&self) -> Option<PushSubscription> {
        let BrowserKeys { p256dh, auth } = self.keys.as_ref()?;
        let text = |value: &HeaderValue| value.to_str().expect("only ASCII was let in").to_owned();
        Some(PushSubscription { endpoint: self.handle.clone(), p256dh: text(p256dh), auth: text(auth) })
    }

    pub(crate) fn browser_keys(&self) -> Option<&BrowserKeys> {
        self.keys.as_ref()
    }
}

/// Checks a handle or a part of one, whose name is `subject`.
pub(crate) fn check_text(subject: &str, handle: &str) -> Result<(), BuildError> {
    match problem(handle) {
        None => Ok(()),
        Some(problem) => Err(BuildError::new(subject, problem, AS_GIVEN)),
    }
}

/// Returns what is wrong with a handle or a part of one. The text does not repeat the handle.
pub(crate) fn problem(handle: &str) -> Option<String> {
    if handle.is_empty() {
        return Some("is empty".to_owned());
    }
    // Almost all are like this, and lists have millions.
    // No early end: so the compiler looks at many bytes at a time.
    let is_visible = handle.bytes().fold(true, |all, b| all & matches!(b, b' '..=b'~'));
    if is_visible && handle.len() <= DeviceHandle::MAX_CHARACTERS {
        return None;
    }
    if let Some((at, c)) = handle.char_indices().find(|(_, c)| c.is_control()) {
        return Some(format!("has the control character {} at byte {at}", c.escape_unicode()));
    }
    let characters = handle.chars().count();
    (characters > DeviceHandle::MAX_CHARACTERS)
        .then(|| format!("has {characters} characters, {} are the most", DeviceHandle::MAX_CHARACTERS))
}

/// Recognizes what an app logs when it prints the token that iOS gives it: `<00fc 13ad>` until iOS 12, and
/// `{length = 32, bytes = 0x..}` since iOS 13.
pub(crate) fn is_ns_data(text: &str) -> bool {
    text.starts_with('<') || text.starts_with('{') && text.contains("length =")
}

pub(crate) fn ns_data(subject: &str) -> BuildError {
    BuildError::new(
        subject,
        "is the text of an NSData object",
        "write its bytes in hexadecimal, without spaces and brackets",
    )
}

/// Reads a text as a plain handle and an object as a browser's subscription. No error repeats either.
impl<'de> Deserialize<'de> for DeviceHandle {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<DeviceHandle, D::Error> {
        let device = match Value::deserialize(from)? {
            Value::String(text) => DeviceHandle::read_text(&text),
            object @ Value::Object(_) => {
                PushSubscription::deserialize(object).map_err(D::Error::custom).map(DeviceHandle::browser)?
            }
            _ => return Err(D::Error::custom("a device handle is a text or an object")),
        };
        device.map_err(D::Error::custom)
    }
}

/// Everything that can be given as a device: a handle as text, a [`DeviceHandle`], a [`PnsHandle`](crate::PnsHandle) or a
/// [`PushSubscription`], owned or borrowed. The trait is sealed.
///
/// A text that begins with `{` is read as the JSON of a [`PushSubscription`]. Every other text is a plain handle.
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
    note = "give a handle as text, a `DeviceHandle`, a `PnsHandle` or a `PushSubscription`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoDevice: ToDevice {}
impl<D: ToDevice> IntoDevice for D {}

pub(crate) trait ToDevice: Sized {
    fn to_device(self) -> Result<DeviceHandle, BuildError>;

    /// The same, without a copy of what is borrowed.
    fn to_cow<'a>(self) -> Result<Cow<'a, DeviceHandle>, BuildError>
    where
        Self: 'a,
    {
        self.to_device().map(Cow::Owned)
    }
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

    fn to_cow<'a>(self) -> Result<Cow<'a, DeviceHandle>, BuildError>
    where
        Self: 'a,
    {
        Ok(Cow::Borrowed(self))
    }
}

impl ToDevice for Cow<'_, DeviceHandle> {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        Ok(self.into_owned())
    }

    fn to_cow<'a>(self) -> Result<Cow<'a, DeviceHandle>, BuildError>
    where
        Self: 'a,
    {
        Ok(self)
    }
}

impl ToDevice for PushSubscription {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        DeviceHandle::browser(self)
    }
}

impl ToDevice for &PushSubscription {
    fn to_device(self) -> Result<DeviceHandle, BuildError> {
        DeviceHandle::browser(self.clone())
    }
}

/// Reads a text that begins with `{` as the JSON of a browser's [`PushSubscription`], and every other text as a plain handle.
impl FromStr for DeviceHandle {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<DeviceHandle, BuildError> {
        DeviceHandle::read_text(text)
    }
}

impl fmt::Debug for DeviceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.keys.is_some() { "browser, " } else { "" };
        write!(f, "DeviceHandle({kind}{} characters)", self.handle.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refusals() {
        let long = "x".repeat(DeviceHandle::MAX_CHARACTERS + 1);
        for bad in ["", "a\r\nX-Evil: 1", "sesame\u{85}b", &long] {
            let error = DeviceHandle::new(bad).expect_err(bad).to_string();
            assert!(!error.contains(['\n', 'x']) && !error.contains("sesame"), "{error}");
        }
        assert!(DeviceHandle::new(&long[1..]).is_ok());
        for (p256dh, auth) in
            [("sesame\r\nX-Evil: 1", "sesame"), ("key", "sesame\n"), ("", "sesame"), ("key", "")]
        {
            let error = DeviceHandle::browser(subscription(p256dh, auth)).unwrap_err().to_string();
            assert!(!error.contains("sesame") && !error.contains('\n'), "{error}");
        }
    }

    fn subscription(p256dh: &str, auth: &str) -> PushSubscription {
        PushSubscription { endpoint: "https://push.example".into(), p256dh: p256dh.into(), auth: auth.into() }
    }

    #[test]
    fn debug_shows_neither_handle_nor_keys() {
        let device = DeviceHandle::browser(subscription("key", "sesame")).unwrap();
        assert_eq!(format!("{device:?}"), "DeviceHandle(browser, 20 characters)");
        assert_eq!(format!("{:?}", DeviceHandle::new("sesame").unwrap()), "DeviceHandle(6 characters)");
    }

    #[test]
    fn a_browsers_json_is_read_wherever_a_device_is_given() {
        let browser = DeviceHandle::browser(subscription("p", "a")).unwrap();
        let nested = json!({"endpoint": "https://push.example", "expirationTime": null, "keys": {"p256dh": "p", "auth": "a"}});
        let flat = serde_json::to_value(subscription("p", "a")).unwrap();
        for form in [nested, flat] {
            assert_eq!(form.to_string().to_device().unwrap(), browser);
            assert_eq!(serde_json::from_value::<DeviceHandle>(form.clone()).unwrap(), browser);
            assert_eq!(serde_json::from_value::<DeviceHandle>(json!(form.to_string())).unwrap(), browser);
        }
        assert_eq!(subscription("p", "a").to_device().unwrap(), browser);
        let plain: DeviceHandle = serde_json::from_value(json!("00fc")).unwrap();
        assert_eq!(plain, DeviceHandle::new("00fc").unwrap());
        let error = "{length = 32, bytes = 0x00fc}".to_device().unwrap_err().to_string();
        assert!(error.contains("NSData"), "{error}");
        for bad in [json!(7), json!(""), json!("{"), json!({"endpoint": "sesame"}), json!(["sesame"])] {
            let error = serde_json::from_value::<DeviceHandle>(bad).unwrap_err().to_string();
            assert!(!error.contains("sesame"), "{error}");
        }
    }
}
