//! What the builders of all formats share.

use crate::text::{header_value, quoted};
use crate::{BuildError, Format, Notification, Payload, Platform};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

pub(super) const FORMAT: HeaderName = HeaderName::from_static("servicebusnotification-format");
pub(super) const WNS_TYPE: HeaderName = HeaderName::from_static("x-wns-type");
pub(super) const MPNS_TARGET: HeaderName = HeaderName::from_static("x-windowsphone-target");
const APNS_EXPIRY: HeaderName = HeaderName::from_static("servicebusnotification-apns-expiry");

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");
const XML: HeaderValue = HeaderValue::from_static("application/xml");
const XML_UTF_8: HeaderValue = HeaderValue::from_static("application/xml;charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// A notification being built.
#[derive(Clone)]
pub(super) struct Parts {
    format: Format,
    content_type: HeaderValue,
    body: Bytes,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Parts {
    pub(super) fn new(format: Format, payload: Payload) -> Result<Parts, BuildError> {
        let body = payload.into_bytes();
        if body.len() > Notification::MAX_BYTES {
            return Err(BuildError::new(
                format_args!("{format} payload"),
                format_args!("has {} bytes", body.len()),
                format_args!("{} are the most the service takes", Notification::MAX_BYTES),
            )
            .of_size());
        }
        let content_type = match &format {
            Format::Native(Platform::Windows) => XML,
            Format::Native(Platform::WindowsPhone) => XML_UTF_8,
            _ => JSON,
        };
        Ok(Parts { format, content_type, body, headers: Vec::new() })
    }

    /// Sets a platform header that this crate has made.
    pub(super) fn set(mut self, name: HeaderName, value: HeaderValue) -> Parts {
        if name == WNS_TYPE {
            self.content_type = if value.as_bytes().eq_ignore_ascii_case(b"wns/raw") { BYTES } else { XML };
        }
        match self.headers.iter_mut().find(|(n, _)| *n == name) {
            Some(header) => header.1 = value,
            None => self.headers.push((name, value)),
        }
        self
    }

    pub(super) fn get(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// Sets a platform header that came as text.
    pub(super) fn text(self, name: HeaderName, value: &str) -> Result<Parts, BuildError> {
        let value = header_value(name.as_str(), value)?;
        // A tile's target is called token on the wire; older samples say tile.
        if name == MPNS_TARGET && value == "tile" {
            return Ok(self.set(name, HeaderValue::from_static("token")));
        }
        Ok(self.set(name, value))
    }

    /// Sets a platform header by its name.
    pub(super) fn header(self, name: &str, value: &str) -> Result<Parts, BuildError> {
        let refuse = |problem: &str, remedy: &str| {
            Err(BuildError::new(format_args!("platform header {}", quoted(name)), problem, remedy))
        };
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return refuse(
                "is no header name",
                "use letters, digits and -, as in apns-priority or X-WNS-TTL",
            );
        };
        if is_reserved(&name) {
            return refuse(
                "is not a platform's to set",
                "pass on headers such as apns-priority or X-WNS-TTL only",
            );
        }
        self.text(name, value)
    }
}

/// What HTTP, the signature and the operations write themselves.
fn is_reserved(name: &HeaderName) -> bool {
    let http = [
        header::AUTHORIZATION,
        header::CONNECTION,
        header::CONTENT_ENCODING,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::EXPECT,
        header::HOST,
        header::IF_MATCH,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    http.contains(name) || name.as_str().starts_with("servicebusnotification-") && *name != APNS_EXPIRY
}

impl From<Parts> for Notification {
    fn from(parts: Parts) -> Notification {
        let own = [
            (header::CONTENT_TYPE, parts.content_type),
            (FORMAT, HeaderValue::from_str(parts.format.as_str()).expect("a known word is header text")),
        ];
        Notification {
            format: parts.format,
            body: parts.body,
            headers: own.into_iter().chain(parts.headers).collect(),
        }
    }
}

/// What every builder can do.
macro_rules! builder {
    ($name:ident) => {
        impl $name {
            /// Passes on a platform header by its name; the last value given for a name goes out.
            ///
            /// # Errors
            /// A name or value that is malformed, or a name that HTTP or the service itself uses.
            pub fn header(self, name: &str, value: &str) -> Result<Self, $crate::BuildError> {
                self.0.header(name, value).map(Self)
            }
        }

        impl From<$name> for $crate::Notification {
            fn from(builder: $name) -> $crate::Notification {
                builder.0.into()
            }
        }

        impl From<&$name> for $crate::Notification {
            fn from(builder: &$name) -> $crate::Notification {
                builder.0.clone().into()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&$crate::Notification::from(self)).finish()
            }
        }
    };
}
pub(super) use builder;
