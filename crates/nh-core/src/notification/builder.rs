//! What the builders of all formats share.

use super::json_rules::{self, Shape};
use super::{apple, fcm_v1_rules, windows, windows_phone};
use crate::platform_rules::PlatformRules;
use crate::text::{header_value, quoted};
use crate::{BuildError, Format, Notification, Payload, Platform};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};

pub(super) const FORMAT: HeaderName = HeaderName::from_static("servicebusnotification-format");
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
    /// # Errors
    /// A payload over 64 KiB, or one that the push service is known to refuse.
    pub(super) fn new(format: impl Into<Format>, payload: Payload) -> Result<Parts, BuildError> {
        let (format, body) = (format.into(), payload.into_bytes());
        if body.len() > Notification::MAX_BYTES {
            return Err(BuildError::new(
                format_args!("{format} payload"),
                format_args!("has {} bytes", body.len()),
                format_args!("use at most {} bytes", Notification::MAX_BYTES),
            )
            .of_size());
        }
        if let Some(shape) = shape(&format) {
            json_rules::check(&format, &body, shape)?;
        }
        let content_type = match &format {
            Format::Native(Platform::Windows) => XML,
            Format::Native(Platform::WindowsPhone) => XML_UTF_8,
            _ => JSON,
        };
        Ok(Parts { format, content_type, body, headers: Vec::new() })
    }

    pub(super) fn is(&self, platform: &Platform) -> bool {
        self.format.platform() == Some(platform)
    }

    /// Sets a platform header that this crate has made.
    pub(super) fn set(mut self, name: HeaderName, value: HeaderValue) -> Parts {
        if name == windows::TYPE && self.is(&Platform::Windows) {
            self.content_type = if value == windows::WnsType::Raw.as_str() { BYTES } else { XML };
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
        let given = header_value(name.as_str(), value)?;
        let value = if name == windows::TYPE {
            windows::type_header(&self, value)?
        } else if name == windows_phone::TARGET {
            windows_phone::target_header(&self, value)?
        } else if name == windows_phone::CLASS {
            windows_phone::class_header(&self, value)?;
            given
        } else {
            given
        };
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
                "belongs to HTTP or to the service",
                "set only headers of the push service, such as apns-priority or X-WNS-TTL",
            );
        }
        self.text(name, value)
    }
}

/// What the body of a native notification must look like.
fn shape(format: &Format) -> Option<&'static Shape> {
    match format.platform()? {
        Platform::Apple => Some(&apple::BODY),
        Platform::FcmV1 => Some(&fcm_v1_rules::BODY),
        other => PlatformRules::of(other)?.json_object.then_some(&json_rules::ANY_OBJECT),
    }
}

/// The headers that HTTP, the signature and the operations write themselves.
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
            /// Sets a header of the push service by its name. The last value of a name goes out.
            ///
            /// # Errors
            /// - The name is no header name, or HTTP or the service itself uses it.
            /// - The value is empty, or has characters other than visible ASCII and spaces.
            /// - `X-WNS-Type`, `X-WindowsPhone-Target` or `X-NotificationClass` has a word that the documentation does not know,
            ///   or one that contradicts the type of this notification.
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
