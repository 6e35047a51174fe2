use super::builder::{Parts, WNS_TYPE, builder};
use super::xml_root;
use crate::text::quoted;
use crate::{BuildError, IntoPayload, Payload, Platform};
use http::{HeaderName, HeaderValue};
use std::str::FromStr;
use std::time::Duration;

/// A WNS notification ([`Notification::windows`](crate::Notification::windows)). All its headers are passed on to
/// WNS ([WNS headers]).
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
#[derive(Clone)]
pub struct Windows(pub(super) Parts);
builder!(Windows);

/// What a WNS notification is: `X-WNS-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WnsType {
    /// `wns/toast`
    Toast,
    /// `wns/tile`
    Tile,
    /// `wns/badge`
    Badge,
    /// `wns/raw`: goes out as `application/octet-stream`.
    Raw,
}

/// Whether WNS keeps a tile or badge for a device that is offline: `X-WNS-Cache-Policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CachePolicy {
    /// `cache`
    Cache,
    /// `no-cache`
    NoCache,
}

/// How urgently WNS delivers: `X-WNS-PRIORITY`.
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

/// At most so many characters in a tag or group (WNS headers).
const LONGEST_LABEL: usize = 16;

impl WnsType {
    const ALL: [WnsType; 4] = [WnsType::Toast, WnsType::Tile, WnsType::Badge, WnsType::Raw];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            WnsType::Toast => "wns/toast",
            WnsType::Tile => "wns/tile",
            WnsType::Badge => "wns/badge",
            WnsType::Raw => "wns/raw",
        }
    }
}

impl WnsType {
    /// The type that the root element tells, or why it tells none.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<WnsType, String> {
        match xml_root::root(payload) {
            Ok(root) => match root.as_str() {
                "toast" => Ok(WnsType::Toast),
                "tile" => Ok(WnsType::Tile),
                "badge" => Ok(WnsType::Badge),
                _ => Err(format!("has the root element {}", quoted(&root))),
            },
            Err(why) => Err(format!("is no XML ({why})")),
        }
    }
}

impl FromStr for WnsType {
    type Err = BuildError;
    fn from_str(text: &str) -> Result<WnsType, BuildError> {
        WnsType::ALL.into_iter().find(|known| text.eq_ignore_ascii_case(known.as_str())).ok_or_else(|| {
            let remedy = "use wns/toast, wns/tile, wns/badge or wns/raw";
            BuildError::new(format_args!("X-WNS-Type {}", quoted(text)), "is not known", remedy)
        })
    }
}

impl Windows {
    pub(super) fn new(payload: Payload) -> Result<Windows, BuildError> {
        let parts = Parts::new(Platform::Windows.into(), payload.clone())?;
        const REMEDY: &str = "send <toast>, <tile> or <badge>, or bytes of your own with X-WNS-Type: wns/raw";
        let wns_type = WnsType::of_payload(payload.as_bytes())
            .map_err(|problem| BuildError::new("windows payload", problem, REMEDY))?;
        Ok(Windows(parts).wns_type(wns_type))
    }

    /// A notification of a type that is said, not told from the payload.
    ///
    /// # Errors
    /// A payload over 64 KiB.
    pub fn of_type(wns_type: WnsType, payload: impl IntoPayload) -> Result<Windows, BuildError> {
        Ok(Windows(Parts::new(Platform::Windows.into(), payload.into_payload()?)?).wns_type(wns_type))
    }

    fn wns_type(self, wns_type: WnsType) -> Windows {
        Windows(self.0.set(WNS_TYPE, HeaderValue::from_static(wns_type.as_str())))
    }

    /// Sets `X-WNS-TTL`: how long WNS keeps it, in whole seconds.
    pub fn ttl(self, ttl: Duration) -> Windows {
        Windows(self.0.set(HeaderName::from_static("x-wns-ttl"), HeaderValue::from(ttl.as_secs())))
    }

    /// Sets `X-WNS-Tag`: a later notification with the same tag and group replaces this one.
    ///
    /// # Errors
    /// A text that is empty, longer than 16 characters, or no header value.
    pub fn tag(self, tag: &str) -> Result<Windows, BuildError> {
        self.label(HeaderName::from_static("x-wns-tag"), tag)
    }

    /// Sets `X-WNS-Group`.
    ///
    /// # Errors
    /// As [`Windows::tag`].
    pub fn group(self, group: &str) -> Result<Windows, BuildError> {
        self.label(HeaderName::from_static("x-wns-group"), group)
    }

    fn label(self, name: HeaderName, value: &str) -> Result<Windows, BuildError> {
        if value.chars().count() > LONGEST_LABEL {
            return Err(BuildError::new(
                format_args!("{name} {}", quoted(value)),
                format_args!("has {} characters", value.chars().count()),
                format_args!("{LONGEST_LABEL} are the most WNS takes"),
            ));
        }
        self.0.text(name, value).map(Windows)
    }

    /// Sets `X-WNS-Cache-Policy`.
    pub fn cache_policy(self, policy: CachePolicy) -> Windows {
        let word = match policy {
            CachePolicy::Cache => "cache",
            CachePolicy::NoCache => "no-cache",
        };
        Windows(self.0.set(HeaderName::from_static("x-wns-cache-policy"), HeaderValue::from_static(word)))
    }

    /// Sets `X-WNS-PRIORITY`.
    pub fn priority(self, priority: WnsPriority) -> Windows {
        let number = match priority {
            WnsPriority::High => "1",
            WnsPriority::Medium => "2",
            WnsPriority::Low => "3",
            WnsPriority::VeryLow => "4",
        };
        Windows(self.0.set(HeaderName::from_static("x-wns-priority"), HeaderValue::from_static(number)))
    }

    /// Sets `X-WNS-RequestForStatus: true`: WNS reports the states of device and connection.
    pub fn request_for_status(self) -> Windows {
        Windows(
            self.0.set(HeaderName::from_static("x-wns-requestforstatus"), HeaderValue::from_static("true")),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;

    fn sent(windows: Windows) -> Vec<(String, String)> {
        let notification = Notification::from(windows);
        let pair = |(name, value): &(HeaderName, HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        notification.headers().iter().map(pair).collect()
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
        let by_header = Notification::windows("<toast/>").unwrap().header("X-WNS-Type", "wns/raw").unwrap();
        for windows in [Notification::windows_raw("<toast/>").unwrap(), by_header] {
            let headers = sent(windows);
            assert_eq!(headers[0].1, "application/octet-stream");
            assert_eq!(headers[2].1, "wns/raw");
        }
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
