use super::builder::{Parts, builder};
use super::wns_type::{TYPE, WnsType};
use crate::text::quoted;
use crate::{BuildError, IntoPayload, Payload, Platform};
use http::{HeaderName, HeaderValue};
use std::time::Duration;

/// A WNS notification. [`Notification::windows`](crate::Notification::windows) and [`Windows::of_type`] make it. The hub passes all
/// its headers on to WNS ([WNS headers]).
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::CachePolicy;
/// use std::time::Duration;
///
/// let toast = r#"<toast launch="a=1"><visual><binding template="ToastText01"><text id="1">Hello</text></binding></visual></toast>"#;
/// let notification = Notification::windows(toast)?
///     .ttl(Duration::from_secs(60))
///     .cache_policy(CachePolicy::Cache)
///     .tag("score")?
///     .group("game42")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [WNS headers]: https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers
#[derive(Clone, Debug)]
pub struct Windows(pub(super) Parts);
builder!(Windows);

/// Whether WNS keeps a tile or a badge for a device that is offline: the header `X-WNS-Cache-Policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CachePolicy {
    /// `cache`: WNS keeps it.
    Cache,
    /// `no-cache`: WNS drops it.
    NoCache,
}

/// The urgency of a notification: the header `X-WNS-PRIORITY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WnsPriority {
    /// `1`
    High,
    /// `2`
    Medium,
    /// `3`
    Low,
    /// `4`
    VeryLow,
}

impl Windows {
    /// A tag or a group has at most this many characters ([WNS headers]).
    ///
    /// [WNS headers]: https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers
    pub const MAX_LABEL: usize = 16;

    pub(super) fn new(payload: Payload) -> Result<Windows, BuildError> {
        const REMEDY: &str = "send <toast>, <tile> or <badge>; any other bytes go out as raw, with the header X-WNS-Type: wns/raw (Notification::windows_raw)";
        let parts = Parts::new(Platform::Windows, payload.clone())?;
        let wns_type = WnsType::of_payload(payload.as_bytes())
            .map_err(|problem| BuildError::new("windows payload", problem, REMEDY))?;
        Ok(Windows(parts).wns_type(wns_type))
    }

    /// A notification of the given type. The payload is not looked at.
    ///
    /// ```
    /// use nh_core::Notification;
    /// use nh_core::notification::{Windows, WnsType};
    ///
    /// let raw = Notification::from(Windows::of_type(WnsType::Raw, b"\x01\x02")?);
    /// assert!(raw.headers().any(|(name, value)| name == "x-wns-type" && value == "wns/raw"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// The payload is larger than 64 KiB, or it cannot be written (see [`Payload::new`]).
    pub fn of_type(wns_type: WnsType, payload: impl IntoPayload) -> Result<Windows, BuildError> {
        Ok(Windows(Parts::new(Platform::Windows, Payload::new(payload)?)?).wns_type(wns_type))
    }

    fn wns_type(self, wns_type: WnsType) -> Windows {
        let content_type =
            if wns_type == WnsType::Raw { "application/octet-stream" } else { "application/xml" };
        let parts = self.0.content_type(HeaderValue::from_static(content_type));
        Windows(parts.set(TYPE, HeaderValue::from_static(wns_type.as_str())))
    }

    /// Sets `X-WNS-TTL`: how long WNS keeps the notification for a device that is offline. It goes out in whole seconds;
    /// fractions are cut off.
    pub fn ttl(self, ttl: Duration) -> Windows {
        Windows(self.0.set(HeaderName::from_static("x-wns-ttl"), HeaderValue::from(ttl.as_secs())))
    }

    /// Sets `X-WNS-Tag`: the name of the notification. A later notification with the same tag and group replaces this one.
    ///
    /// # Errors
    /// The tag is empty, has more than 16 characters, or has characters other than visible ASCII and spaces.
    pub fn tag(self, tag: &str) -> Result<Windows, BuildError> {
        self.label(HeaderName::from_static("x-wns-tag"), tag)
    }

    /// Sets `X-WNS-Group`: the group in which the tag is looked up.
    ///
    /// # Errors
    /// The group is empty, has more than 16 characters, or has characters other than visible ASCII and spaces.
    pub fn group(self, group: &str) -> Result<Windows, BuildError> {
        self.label(HeaderName::from_static("x-wns-group"), group)
    }

    fn label(self, name: HeaderName, value: &str) -> Result<Windows, BuildError> {
        let characters = value.chars().count();
        if characters > Windows::MAX_LABEL {
            return Err(BuildError::new(
                format_args!("{name} {}", quoted(value)),
                format_args!("has {characters} characters"),
                format_args!("use at most {} characters", Windows::MAX_LABEL),
            ));
        }
        self.0.text(name, value).map(Windows)
    }

    /// Sets `X-WNS-Cache-Policy`: whether WNS keeps a tile or a badge for a device that is offline.
    pub fn cache_policy(self, policy: CachePolicy) -> Windows {
        let word = match policy {
            CachePolicy::Cache => "cache",
            CachePolicy::NoCache => "no-cache",
        };
        Windows(self.0.set(HeaderName::from_static("x-wns-cache-policy"), HeaderValue::from_static(word)))
    }

    /// Sets `X-WNS-PRIORITY`: the urgency of the notification.
    pub fn priority(self, priority: WnsPriority) -> Windows {
        let number = match priority {
            WnsPriority::High => "1",
            WnsPriority::Medium => "2",
            WnsPriority::Low => "3",
            WnsPriority::VeryLow => "4",
        };
        Windows(self.0.set(HeaderName::from_static("x-wns-priority"), HeaderValue::from_static(number)))
    }

    /// Sets `X-WNS-RequestForStatus: true`: WNS answers with the states of the device and of the connection.
    pub fn request_for_status(self) -> Windows {
        Windows(
            self.0.set(HeaderName::from_static("x-wns-requestforstatus"), HeaderValue::from_static("true")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Notification};

    fn sent(windows: Windows) -> Vec<(String, String)> {
        let notification = Notification::from(windows);
        let pair = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        notification.headers().map(pair).collect()
    }

    #[test]
    fn the_root_element_tells_the_type() {
        for (payload, wns_type) in [
            ("<toast launch=\"x\"><visual/></toast>", "wns/toast"),
            ("<toast\n  launch=\"x\"\n/>", "wns/toast"),
            ("<x:toast xmlns:x=\"urn:x\"/>", "wns/toast"),
            ("\u{feff}<?xml version=\"1.0\"?>\n<!-- <badge/> --><?style <tile/> ?>\n<toast/>", "wns/toast"),
            ("<tile><toast/></tile>", "wns/tile"),
            ("<?xml version=\"1.0\"?><!--x--><badge version=\"1\" value=\"alert\"/>", "wns/badge"),
        ] {
            let headers = sent(Notification::windows(payload).unwrap());
            assert_eq!(headers[0].1, "application/xml");
            assert_eq!(headers[2], ("x-wns-type".into(), wns_type.into()), "{payload}");
        }
    }

    #[test]
    fn what_has_no_type_says_how_to_be_raw() {
        for payload in ["plain text", "", "<toaster/>", "<Toast/>", "{}", "<!DOCTYPE toast><toast/>"] {
            let error = Notification::windows(payload).expect_err(payload).to_string();
            assert!(error.contains("wns/raw") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn raw_when_asked_for() {
        let headers = [("x-wns-type", "WNS/Raw")];
        let by_header = Notification::with_headers(Platform::Windows, "<toast/>", &headers).unwrap();
        for raw in [Notification::windows_raw("<toast/>").unwrap().into(), by_header] {
            assert_eq!(raw.content_type(), "application/octet-stream");
            assert_eq!(raw.headers().nth(2).unwrap().1, "wns/raw");
        }
    }

    #[test]
    fn the_header_wins_over_the_root_element() {
        let headers = [("X-WNS-Type", "wns/tile")];
        for payload in ["<toast/>", "{}"] {
            let tile = Notification::with_headers(Platform::Windows, payload, &headers).unwrap();
            assert_eq!(tile.headers().nth(2).unwrap().1, "wns/tile");
        }
    }

    #[test]
    fn an_unknown_type_is_refused_however_it_is_given() {
        for word in ["toast", "wns/toasty", "wns", "wns/raw "] {
            assert!(word.parse::<WnsType>().is_err(), "{word}");
            assert!(Notification::windows("<toast/>").unwrap().header("X-WNS-Type", word).is_err(), "{word}");
            let headers = [("X-WNS-Type", word)];
            for format in Format::known().filter(|format| *format != Platform::FcmV1.into()) {
                assert!(Notification::with_headers(format, "{}", &headers).is_err(), "{word}");
            }
        }
    }

    #[test]
    fn a_contradicting_type_is_refused_however_it_is_given() {
        let toast = || Notification::windows("<toast/>").unwrap();
        assert_eq!(
            toast().header("X-WNS-Type", "wns/tile").unwrap_err().to_string(),
            "X-WNS-Type wns/tile: contradicts the notification, which has the type wns/toast; \
             leave the header out, or build the notification with Windows::of_type"
        );
        assert!(toast().header("x-wns-type", "wns/raw").is_err());
        assert!(Notification::windows_raw("x").unwrap().header("x-wns-type", "wns/badge").is_err());
        assert_eq!(sent(toast().header("x-wns-type", "WNS/TOAST").unwrap())[2].1, "wns/toast");
        let both = [("X-WNS-Type", "wns/toast"), ("x-wns-type", "wns/tile")];
        assert!(Notification::with_headers(Platform::Windows, "<toast/>", &both).is_err());
    }

    #[test]
    fn headers() {
        let windows = Notification::windows("<toast/>")
            .unwrap()
            .ttl(Duration::from_millis(60_900))
            .tag("t1")
            .unwrap()
            .group("g1")
            .unwrap()
            .cache_policy(CachePolicy::NoCache)
            .priority(WnsPriority::High)
            .request_for_status();
        let headers = sent(windows);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            headers[3..],
            [
                pair("x-wns-ttl", "60"),
                pair("x-wns-tag", "t1"),
                pair("x-wns-group", "g1"),
                pair("x-wns-cache-policy", "no-cache"),
                pair("x-wns-priority", "1"),
                pair("x-wns-requestforstatus", "true"),
            ]
        );
        assert!(Notification::windows("<toast/>").unwrap().tag("seventeen_letters").is_err());
    }
}
