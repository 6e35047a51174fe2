use super::xml_root;
use crate::BuildError;
use crate::text::quoted;
use http::{HeaderName, HeaderValue};
use std::str::FromStr;

pub(super) const TYPE: HeaderName = HeaderName::from_static("x-wns-type");

/// The type of a WNS notification: the header `X-WNS-Type` ([WNS headers]).
///
/// [WNS headers]: https://learn.microsoft.com/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WnsType {
    /// `wns/toast`
    Toast,
    /// `wns/tile`
    Tile,
    /// `wns/badge`
    Badge,
    /// `wns/raw`. The body goes out as `application/octet-stream`.
    Raw,
}

impl WnsType {
    const ALL: [WnsType; 4] = [WnsType::Toast, WnsType::Tile, WnsType::Badge, WnsType::Raw];

    /// The word on the wire: `wns/toast`, `wns/tile`, `wns/badge` or `wns/raw`.
    pub const fn as_str(self) -> &'static str {
        match self {
            WnsType::Toast => "wns/toast",
            WnsType::Tile => "wns/tile",
            WnsType::Badge => "wns/badge",
            WnsType::Raw => "wns/raw",
        }
    }

    /// Returns the type that the root element names, or why it names none.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<WnsType, String> {
        match xml_root::root(payload) {
            Ok(root) => match &*root {
                "toast" => Ok(WnsType::Toast),
                "tile" => Ok(WnsType::Tile),
                "badge" => Ok(WnsType::Badge),
                _ => Err(format!("has the root element {}", quoted(&root))),
            },
            Err(why) => Err(format!("is no XML ({why})")),
        }
    }

    /// The value of `X-WNS-Type` that a caller gives for a notification in which `set` is the type.
    ///
    /// # Errors
    /// A word that WNS does not know, or another type than the notification has.
    pub(super) fn header(set: Option<&HeaderValue>, given: &str) -> Result<HeaderValue, BuildError> {
        let word = given.parse::<WnsType>()?.as_str();
        match set {
            Some(set) if set != word => Err(BuildError::new(
                format_args!("X-WNS-Type {word}"),
                format_args!(
                    "contradicts the notification, which has the type {}",
                    set.to_str().unwrap_or_default()
                ),
                "leave the header out, or build the notification with Windows::of_type",
            )),
            _ => Ok(HeaderValue::from_static(word)),
        }
    }
}

/// Reads the word on the wire, in any case.
impl FromStr for WnsType {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<WnsType, BuildError> {
        WnsType::ALL.into_iter().find(|known| text.eq_ignore_ascii_case(known.as_str())).ok_or_else(|| {
            let remedy = "use wns/toast, wns/tile, wns/badge or wns/raw";
            BuildError::new(format_args!("X-WNS-Type {}", quoted(text)), "is not known", remedy)
        })
    }
}
