use super::builder::Parts;
use super::{
    Adm, Apple, Baidu, Browser, FcmV1, Gcm, MpnsType, Template, Windows, WindowsPhone, WnsType, Xiaomi,
};
use crate::{BuildError, Format, IntoPayload, IntoProperty, Platform};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;

/// A notification, ready to go to any number of audiences: the body is shared, the headers are made.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{ApnsPriority, PushType};
///
/// let alert = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?
///     .push_type(PushType::Alert)
///     .priority(ApnsPriority::Immediate)
///     .topic("com.contoso.app")?;
/// let notification = Notification::from(alert);
/// assert_eq!(notification.format().as_str(), "apple");
/// assert!(notification.headers().iter().any(|(name, value)| name == "apns-priority" && value == "10"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Notification {
    pub(super) format: Format,
    pub(super) body: Bytes,
    /// `Content-Type`, the format, then the platform's.
    pub(super) headers: Arc<[(HeaderName, HeaderValue)]>,
}

impl Notification {
    /// A body has at most so many bytes: the service answers 413 above 64 KiB ([Send notification]). Platforms allow
    /// less: APNs and FCM 4 KB, WNS 5 KB, ADM 6 KB, MPNS raw 1 KB.
    ///
    /// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
    pub const MAX_BYTES: usize = 64 * 1024;

    /// For iPhones, iPads and Macs: an APNs payload.
    ///
    /// # Errors
    /// A payload over 64 KiB; so for all formats.
    pub fn apple(payload: impl IntoPayload) -> Result<Apple, BuildError> {
        Parts::new(Platform::Apple.into(), payload.into_payload()?).map(Apple)
    }

    /// For Android: the `message` of FCM HTTP v1 without its target, `{"message":{..}}`.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn fcm_v1(payload: impl IntoPayload) -> Result<FcmV1, BuildError> {
        Parts::new(Platform::FcmV1.into(), payload.into_payload()?).map(FcmV1)
    }

    /// For Android by FCM's legacy protocol, which Google retired in 2024: use [`Notification::fcm_v1`].
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn gcm(payload: impl IntoPayload) -> Result<Gcm, BuildError> {
        Parts::new(Platform::Gcm.into(), payload.into_payload()?).map(Gcm)
    }

    /// For Windows: a toast, a tile or a badge, told from the root element of its XML.
    ///
    /// # Errors
    /// A payload over 64 KiB, or one whose root element is none of the three.
    pub fn windows(payload: impl IntoPayload) -> Result<Windows, BuildError> {
        Windows::new(payload.into_payload()?)
    }

    /// For Windows: bytes that the app itself understands. WNS takes at most 5 KB.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn windows_raw(payload: impl IntoPayload) -> Result<Windows, BuildError> {
        Windows::of_type(WnsType::Raw, payload)
    }

    /// For Windows Phone 8: a toast or a tile, told from the child of `wp:Notification`.
    ///
    /// # Errors
    /// A payload over 64 KiB, or one that holds neither.
    pub fn windows_phone(payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        WindowsPhone::new(payload.into_payload()?)
    }

    /// For Windows Phone 8: text that the app itself understands. MPNS takes at most 1 KB.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn windows_phone_raw(payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        WindowsPhone::of_type(MpnsType::Raw, payload)
    }

    /// For Amazon devices: an ADM payload.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn adm(payload: impl IntoPayload) -> Result<Adm, BuildError> {
        Parts::new(Platform::Adm.into(), payload.into_payload()?).map(Adm)
    }

    /// For Android in China: a Baidu payload.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn baidu(payload: impl IntoPayload) -> Result<Baidu, BuildError> {
        Parts::new(Platform::Baidu.into(), payload.into_payload()?).map(Baidu)
    }

    /// For Chrome, Edge and Firefox: a web push payload.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn browser(payload: impl IntoPayload) -> Result<Browser, BuildError> {
        Parts::new(Platform::Browser.into(), payload.into_payload()?).map(Browser)
    }

    /// For Xiaomi devices.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn xiaomi(payload: impl IntoPayload) -> Result<Xiaomi, BuildError> {
        Parts::new(Platform::Xiaomi.into(), payload.into_payload()?).map(Xiaomi)
    }

    /// For all platforms at once: the values that fill in the devices' templates. Values are strings.
    ///
    /// ```
    /// use nh_core::Notification;
    ///
    /// let greeting = Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")])?;
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// A name that is given twice, or more than 64 KiB as JSON.
    pub fn template(properties: impl IntoIterator<Item: IntoProperty>) -> Result<Template, BuildError> {
        Template::new(properties)
    }

    /// A notification whose format and headers are known only at run time.
    ///
    /// `X-WNS-Type`, `X-WindowsPhone-Target` and `X-NotificationClass` decide what a Windows payload is; without them
    /// its root element does.
    ///
    /// ```
    /// use nh_core::{Notification, Platform};
    ///
    /// let raw = Notification::with_headers(Platform::Windows, "anything", &[("X-WNS-Type", "wns/raw")])?;
    /// assert_eq!(raw.headers()[0].1, "application/octet-stream");
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// What the format's own constructor refuses, and headers that are malformed or not a platform's.
    pub fn with_headers(
        format: impl Into<Format>,
        payload: impl IntoPayload,
        headers: &[(&str, &str)],
    ) -> Result<Notification, BuildError> {
        let format = format.into();
        format.check()?;
        let payload = payload.into_payload()?;
        let given =
            |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let parts = match format {
            Format::Native(Platform::Windows) => match given("X-WNS-Type") {
                Some(wns_type) => Windows::of_type(wns_type.parse()?, payload)?.0,
                None => Windows::new(payload)?.0,
            },
            Format::Native(Platform::WindowsPhone) => {
                match MpnsType::of_headers(given("X-WindowsPhone-Target"), given("X-NotificationClass")) {
                    Some(mpns_type) => WindowsPhone::of_type(mpns_type, payload)?.0,
                    None => WindowsPhone::new(payload)?.0,
                }
            }
            Format::Template => Template::from_payload(payload)?.0,
            _ => Parts::new(format, payload)?,
        };
        headers
            .iter()
            .try_fold(parts, |parts, (name, value)| parts.header(name, value))
            .map(Notification::from)
    }

    /// The format: which devices it can reach.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The body, as it goes out.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The headers that go out with it: `Content-Type`, `ServiceBusNotification-Format`, then the platform's.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    pub(crate) fn content_type(&self) -> &HeaderValue {
        &self.headers[0].1
    }

    /// All headers but `Content-Type`.
    pub(crate) fn own_headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers[1..]
    }
}

/// Clones it: the body and the headers are shared.
impl From<&Notification> for Notification {
    fn from(notification: &Notification) -> Notification {
        notification.clone()
    }
}

impl fmt::Debug for Notification {
    /// Names no header values and no body: they may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("format", &self.format)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::ApnsPriority;

    #[test]
    fn the_body_is_bounded_for_every_format() {
        let (fits, over) = ("x".repeat(64 * 1024), "x".repeat(64 * 1024 + 1));
        for format in Format::known() {
            let headers: &[_] = match &format {
                Format::Native(Platform::Windows) => &[("X-WNS-Type", "wns/raw")],
                Format::Native(Platform::WindowsPhone) => &[("X-NotificationClass", "3")],
                _ => &[],
            };
            let error = Notification::with_headers(format.clone(), &over, headers).unwrap_err().to_string();
            assert!(error.contains("65537 bytes"), "{error}");
            let made = Notification::with_headers(format.clone(), &fits, headers);
            assert!(made.is_ok() || format == Format::Template);
        }
    }

    #[test]
    fn content_types_and_formats() {
        const JSON: &str = "application/json;charset=utf-8";
        for format in Format::known() {
            let (payload, content_type) = match &format {
                Format::Native(Platform::Windows) => ("<toast/>", "application/xml"),
                Format::Native(Platform::WindowsPhone) => (
                    "<wp:Notification xmlns:wp='WPNotification'><wp:Toast/></wp:Notification>",
                    "application/xml;charset=utf-8",
                ),
                _ => ("{}", JSON),
            };
            let notification = Notification::with_headers(format.clone(), payload, &[]).unwrap();
            assert_eq!(notification.body(), payload);
            assert_eq!(notification.content_type(), content_type);
            let (name, value) = &notification.headers()[1];
            assert_eq!(
                (name.as_str(), value.to_str().unwrap()),
                ("servicebusnotification-format", format.as_str())
            );
        }
    }

    #[test]
    fn headers_that_are_not_a_platforms_are_refused() {
        for name in [
            "Authorization",
            "Content-Type",
            "Content-Length",
            "Host",
            "Transfer-Encoding",
            "Connection",
            "ServiceBusNotification-Tags",
            "ServiceBusNotification-Format",
            "x y",
            "",
            "a\r\nX-Evil",
        ] {
            let error = Notification::apple("{}").unwrap().header(name, "1").expect_err(name).to_string();
            assert!(!error.contains('\n'), "{error}");
        }
        assert!(Notification::apple("{}").unwrap().header("apns-topic", "a\0b").is_err());
    }

    #[test]
    fn a_header_given_twice_goes_out_once() {
        let apple =
            Notification::apple("{}").unwrap().priority(ApnsPriority::Immediate).header("apns-priority", "5");
        let notification = Notification::from(apple.unwrap());
        let values: Vec<_> =
            notification.headers().iter().filter(|(name, _)| name == "apns-priority").collect();
        assert_eq!(values.len(), 1);
        assert_eq!(values[0].1, "5");
    }
}
