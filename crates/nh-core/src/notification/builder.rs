//! What the builders of all formats share.

use super::head::Head;
use super::json_rules::{self, Shape};
use super::mpns_type::{self, MpnsType};
use super::wns_type::{self, WnsType};
use super::{apple_rules, fcm_v1_rules};
use crate::platform_rules::PlatformRules;
use crate::text::{header_value, quoted};
use crate::{BuildError, Format, Payload, Platform};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use std::fmt;

pub(super) const FORMAT: HeaderName = HeaderName::from_static("servicebusnotification-format");
const APNS_EXPIRY: HeaderName = HeaderName::from_static("servicebusnotification-apns-expiry");

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");

/// See [`Notification::MAX_BYTES`](crate::Notification::MAX_BYTES).
pub(super) const MAX_BYTES: usize = 64 * 1024;

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
        if body.len() > MAX_BYTES {
            return Err(BuildError::new(
                format_args!("{format} payload"),
                format_args!("has {} bytes", body.len()),
                format_args!("use at most {MAX_BYTES} bytes"),
            )
            .of_size());
        }
        if let Some(shape) = shape(&format) {
            json_rules::check(&format, &body, shape)?;
        }
        Ok(Parts { format, content_type: JSON, body, headers: Vec::new() })
    }

    /// Sets the type of the body. Without it, the body is JSON.
    pub(super) fn content_type(mut self, content_type: HeaderValue) -> Parts {
        self.content_type = content_type;
        self
    }

    /// Sets a platform header that this crate has made.
    pub(super) fn set(mut self, name: HeaderName, value: HeaderValue) -> Parts {
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
        let value = if name == wns_type::TYPE {
            WnsType::header(self.get(&name), value)?
        } else if name == mpns_type::TARGET {
            MpnsType::target_header(self.mpns_type(), value)?
        } else if name == mpns_type::CLASS {
            MpnsType::check_class(self.mpns_type(), value)?;
            given
        } else {
            given
        };
        Ok(self.set(name, value))
    }

    /// Only notifications of MPNS have such a type.
    fn mpns_type(&self) -> Option<MpnsType> {
        let is_mpns = self.format.platform() == Some(&Platform::WindowsPhone);
        is_mpns.then(|| MpnsType::of_sent(self.get(&mpns_type::TARGET)))
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

    /// What a notification is made of: its format, its body, and all its headers.
    pub(super) fn finish(self) -> (Format, Bytes, Head) {
        let format = HeaderValue::from_str(self.format.as_str()).expect("a known word is header text");
        let own = [(header::CONTENT_TYPE, self.content_type), (FORMAT, format)];
        (self.format, self.body, own.into_iter().chain(self.headers).collect())
    }
}

/// Shows what [`Notification`](crate::Notification) shows of itself.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("format", &self.format)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What the body of a native notification must look like.
fn shape(format: &Format) -> Option<&'static Shape> {
    match format.platform()? {
        Platform::Apple => Some(&apple_rules::BODY),
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
    };
}
pub(super) use builder;
