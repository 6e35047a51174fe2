use super::builder::{MAX_BYTES, Parts};
use super::head::Head;
use super::{
    Adm, Apple, Baidu, Browser, FcmV1, Gcm, LiveActivity, MpnsType, PushType, Template, Windows,
    WindowsPhone, WnsType, Xiaomi,
};
use crate::{BuildError, Format, IntoPayload, IntoProperty, Payload, Platform};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::borrow::Borrow;
use std::fmt;

/// A notification that is ready to be sent, to any number of audiences. A clone is cheap: it shares the body and the headers.
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
/// assert!(notification.headers().any(|(name, value)| name == "apns-priority" && value == "10"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    format: Format,
    body: Bytes,
    /// `Content-Type`, the format, then the headers of the push service.
    headers: Head,
}

impl Notification {
    /// A body has at most this many bytes. The service answers 413 above 64 KiB ([Send notification]). Push services take less:
    /// see [`Notification::check`].
    ///
    /// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
    pub const MAX_BYTES: usize = MAX_BYTES;

    /// For iPhones, iPads and Macs. The payload is an APNs dictionary, such as an
    /// [`ApplePayload`](crate::notification::ApplePayload) ([Generating a remote notification]). APNs takes 4096 bytes.
    ///
    /// ```
    /// use nh_core::Notification;
    ///
    /// assert!(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#).is_ok());
    /// assert!(Notification::apple("Hello").is_err());
    /// ```
    ///
    /// # Errors
    /// - The payload is larger than 64 KiB.
    /// - It is no JSON object, or its member `aps` is no JSON object.
    ///
    /// [Generating a remote notification]: https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
    pub fn apple(payload: impl IntoPayload) -> Result<Apple, BuildError> {
        Parts::new(Platform::Apple, Payload::new(payload)?).map(Apple)
    }

    /// For a Live Activity on an iPhone or iPad. Sets the push type `liveactivity`.
    ///
    /// APNs also needs a topic: the bundle id of the app with `.push-type.liveactivity` behind it. Set it with [`Apple::topic`].
    /// APNs takes these pushes only from a hub with a token credential ([ActivityKit push notifications]). Send it to the push
    /// token of the activity, or to the push-to-start token of the app.
    ///
    /// ```
    /// use nh_core::Notification;
    /// use nh_core::notification::{ApnsPriority, LiveActivity};
    /// use std::time::SystemTime;
    ///
    /// let score = LiveActivity::update()
    ///     .timestamp(SystemTime::now())
    ///     .content_state(&serde_json::json!({"home": 2, "away": 1}))?;
    /// let notification = Notification::live_activity(score)?
    ///     .topic("com.contoso.app.push-type.liveactivity")?
    ///     .priority(ApnsPriority::Immediate);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// - A member is missing that the event needs: see [`LiveActivity`].
    /// - The payload is larger than 64 KiB.
    ///
    /// [ActivityKit push notifications]: https://developer.apple.com/documentation/activitykit/starting-and-updating-live-activities-with-activitykit-push-notifications
    pub fn live_activity(activity: impl Borrow<LiveActivity>) -> Result<Apple, BuildError> {
        Ok(Notification::apple(activity.borrow().payload()?)?.push_type(PushType::LiveActivity))
    }

    /// For Android. The payload is a message of FCM HTTP v1 without its target, `{"message":{..}}`, such as an
    /// [`FcmV1Payload`](crate::notification::FcmV1Payload). The hub adds the target ([Send FCM v1]). FCM takes 4096 bytes.
    ///
    /// ```
    /// use nh_core::Notification;
    ///
    /// assert!(Notification::fcm_v1(r#"{"message":{"data":{"count":"3"},"android":{"ttl":"3600s"}}}"#).is_ok());
    /// let error = Notification::fcm_v1(r#"{"message":{"data":{"count":3}}}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "message.data.count in the fcmv1 payload: is a number; give it a text in quotes",
    /// );
    /// ```
    ///
    /// # Errors
    /// - The payload is larger than 64 KiB.
    /// - FCM is known to refuse it ([REST resource: messages]):
    ///   - It is no JSON object, or has no object `message`, or has other members than `message` and `validate_only`.
    ///   - The message has a target: `token`, `topic` or `condition`.
    ///   - `data`, `android.data`, `webpush.data`, `webpush.headers` or `apns.headers` is not a flat object of texts.
    ///   - A name in `data` is `from` or `message_type`, or begins with `google.` or `gcm.`.
    ///   - `android.ttl` is not a text such as `"3600s"` or `"3.5s"`, or `android.priority` is not `normal` or `high`.
    ///   - `notification`, `android`, `android.notification`, `webpush` or `apns` is no object.
    ///   - A member stands in the wrong place: `channel_id`, `title`, `sound` and the like belong into `android.notification`;
    ///     `priority`, `time_to_live`, `collapse_key`, `to`, `registration_ids` and `content_available` are of the legacy
    ///     protocol.
    ///
    /// Other members that FCM does not know today are let through.
    ///
    /// [Send FCM v1]: https://learn.microsoft.com/azure/notification-hubs/firebase-migration-rest
    /// [REST resource: messages]: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
    pub fn fcm_v1(payload: impl IntoPayload) -> Result<FcmV1, BuildError> {
        Parts::new(Platform::FcmV1, Payload::new(payload)?).map(FcmV1)
    }

    /// For Android by the legacy protocol of FCM. Google retired it in 2024: use [`Notification::fcm_v1`].
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or is no JSON object.
    pub fn gcm(payload: impl IntoPayload) -> Result<Gcm, BuildError> {
        Parts::new(Platform::Gcm, Payload::new(payload)?).map(Gcm)
    }

    /// For Windows: a toast, a tile or a badge. The root element of the XML says which of the three it is. WNS takes 5120 bytes.
    ///
    /// # Errors
    /// - The payload is larger than 64 KiB.
    /// - It is no XML, or its root element is not `toast`, `tile` or `badge`. The service needs the type (issue 51 of
    ///   azure-notificationhubs-java-backend); give it with [`Windows::of_type`], or send the payload with
    ///   [`windows_raw`](Notification::windows_raw).
    pub fn windows(payload: impl IntoPayload) -> Result<Windows, BuildError> {
        Windows::new(Payload::new(payload)?)
    }

    /// For Windows: text or bytes for the app itself. Windows shows nothing. WNS takes 5120 bytes.
    ///
    /// # Errors
    /// The payload is larger than 64 KiB.
    pub fn windows_raw(payload: impl IntoPayload) -> Result<Windows, BuildError> {
        Windows::of_type(WnsType::Raw, payload)
    }

    /// For Windows Phone 8: a toast or a tile. The element in the root `wp:Notification` says which of the two it is. MPNS takes
    /// 3072 bytes.
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, is no XML, or has neither `Toast` nor `Tile` in the root element `Notification`.
    pub fn windows_phone(payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        WindowsPhone::new(Payload::new(payload)?)
    }

    /// For Windows Phone 8: text for the app itself. The phone shows nothing. MPNS takes 1024 bytes.
    ///
    /// # Errors
    /// The payload is larger than 64 KiB.
    pub fn windows_phone_raw(payload: impl IntoPayload) -> Result<WindowsPhone, BuildError> {
        WindowsPhone::of_type(MpnsType::Raw, payload)
    }

    /// For Amazon devices. The payload is an ADM message, such as an [`AdmPayload`](crate::notification::AdmPayload). ADM takes
    /// 6144 bytes.
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or is no JSON object.
    pub fn adm(payload: impl IntoPayload) -> Result<Adm, BuildError> {
        Parts::new(Platform::Adm, Payload::new(payload)?).map(Adm)
    }

    /// For Android in China. The payload is a Baidu message, such as a [`BaiduPayload`](crate::notification::BaiduPayload).
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or is no JSON object.
    pub fn baidu(payload: impl IntoPayload) -> Result<Baidu, BuildError> {
        Parts::new(Platform::Baidu, Payload::new(payload)?).map(Baidu)
    }

    /// For browsers (Chrome, Edge, Firefox). The payload goes to the service worker of the page, such as a
    /// [`BrowserPayload`](crate::notification::BrowserPayload). Web push takes 3993 bytes.
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or is no JSON object.
    pub fn browser(payload: impl IntoPayload) -> Result<Browser, BuildError> {
        Parts::new(Platform::Browser, Payload::new(payload)?).map(Browser)
    }

    /// For Xiaomi devices. The payload is JSON; it is not checked.
    ///
    /// # Errors
    /// The payload is larger than 64 KiB.
    pub fn xiaomi(payload: impl IntoPayload) -> Result<Xiaomi, BuildError> {
        Parts::new(Platform::Xiaomi, Payload::new(payload)?).map(Xiaomi)
    }

    /// For all platforms at once: values that fill in the templates of devices. Values are texts.
    ///
    /// ```
    /// use nh_core::Notification;
    ///
    /// let greeting = Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")])?;
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// A name is given twice, or the values are larger than 64 KiB as JSON.
    pub fn template(properties: impl IntoIterator<Item: IntoProperty>) -> Result<Template, BuildError> {
        Template::new(properties)
    }

    /// A notification whose format and headers are known only at run time.
    ///
    /// `X-WNS-Type`, `X-WindowsPhone-Target` and `X-NotificationClass` name the type of a Windows payload. If they are absent, the
    /// root element names it.
    ///
    /// ```
    /// use nh_core::{Notification, Platform};
    ///
    /// let raw = Notification::with_headers(Platform::Windows, "anything", &[("X-WNS-Type", "wns/raw")])?;
    /// assert!(raw.headers().any(|(name, value)| name == "content-type" && value == "application/octet-stream"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// - The format is not known.
    /// - The constructor of the format refuses the payload.
    /// - A header is malformed, belongs to HTTP or to the service, or has an unknown type.
    /// - Two headers contradict each other, such as the target `toast` and the class `1`.
    pub fn with_headers(
        format: impl Into<Format>,
        payload: impl IntoPayload,
        headers: &[(&str, &str)],
    ) -> Result<Notification, BuildError> {
        let format = format.into();
        format.check()?;
        let payload = Payload::new(payload)?;
        let given =
            |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let parts = match format {
            Format::Native(Platform::Windows) => match given("X-WNS-Type") {
                Some(wns_type) => Windows::of_type(wns_type.parse()?, payload)?.0,
                None => Windows::new(payload)?.0,
            },
            Format::Native(Platform::WindowsPhone) => {
                match MpnsType::of_headers(given("X-WindowsPhone-Target"), given("X-NotificationClass"))? {
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

    /// The format. It says which devices the notification can reach.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The body that goes out, byte for byte.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The headers that go out with the body: `Content-Type`, `ServiceBusNotification-Format`, then those of the push service.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter()
    }

    /// The value of one of [`headers`](Notification::headers).
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.headers.get(name)
    }

    /// The value of `Content-Type`.
    pub(crate) fn content_type(&self) -> &HeaderValue {
        self.header(&header::CONTENT_TYPE).expect("each notification has a type")
    }

    /// Writes the headers of a request that sends this notification to devices with these tags.
    #[inline]
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap, tags: Option<&HeaderValue>) {
        self.headers.write(headers, tags);
    }
}

impl From<Parts> for Notification {
    fn from(parts: Parts) -> Notification {
        let (format, body, headers) = parts.finish();
        Notification { format, body, headers }
    }
}

macro_rules! of_builders {
    ($($builder:ty),*) => {$(
        impl From<$builder> for Notification {
            fn from(builder: $builder) -> Notification {
                builder.0.into()
            }
        }

        impl From<&$builder> for Notification {
            fn from(builder: &$builder) -> Notification {
                builder.0.clone().into()
            }
        }
    )*};
}
of_builders!(Adm, Apple, Baidu, Browser, FcmV1, Gcm, Template, Windows, WindowsPhone, Xiaomi);

/// Clones the notification. The body and the headers are shared.
impl From<&Notification> for Notification {
    fn from(notification: &Notification) -> Notification {
        notification.clone()
    }
}

/// Shows the format and the size. Leaves out the headers and the body, which may be personal.
impl fmt::Debug for Notification {
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
        let over = "x".repeat(64 * 1024 + 1);
        let fits = format!("{{\"message\":{{}}{}}}", " ".repeat(64 * 1024 - 14));
        assert_eq!(fits.len(), Notification::MAX_BYTES);
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
                Format::Native(Platform::FcmV1) => (r#"{"message":{}}"#, JSON),
                _ => ("{}", JSON),
            };
            let notification = Notification::with_headers(format.clone(), payload, &[]).unwrap();
            assert_eq!(notification.body(), payload);
            assert_eq!(notification.content_type(), content_type);
            let (name, value) = notification.headers().nth(1).unwrap();
            assert_eq!(
                (name.as_str(), value.to_str().unwrap()),
                ("servicebusnotification-format", format.as_str())
            );
        }
    }

    #[test]
    fn a_body_is_a_json_object_where_the_platform_wants_one() {
        type Json = fn(&str) -> Result<Notification, BuildError>;
        let formats: [Json; 5] = [
            |body| Ok(Notification::apple(body)?.into()),
            |body| Ok(Notification::gcm(body)?.into()),
            |body| Ok(Notification::adm(body)?.into()),
            |body| Ok(Notification::baidu(body)?.into()),
            |body| Ok(Notification::browser(body)?.into()),
        ];
        for build in formats {
            let built = build(r#" {"data":{"a":[1,"b"]}} "#).unwrap();
            let format = built.format().clone();
            for body in
                ["", "Hello", "7", "null", "[{}]", "\"{}\"", "{", "{}{}", "{'a':1}", "{\"a\":\"\u{1}\"}"]
            {
                let error = build(body).expect_err(body);
                assert_eq!(error.subject(), format!("{format} payload"));
                let by_headers = Notification::with_headers(format.clone(), body, &[]).unwrap_err();
                assert_eq!(by_headers, error);
            }
        }
        assert!(Notification::xiaomi("Hello").is_ok());
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
        let values: Vec<_> = notification.headers().filter(|(name, _)| *name == "apns-priority").collect();
        assert_eq!(values.len(), 1);
        assert_eq!(values[0].1, "5");
    }
}
