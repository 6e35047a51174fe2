//! What notifications say: text, bytes, or a payload that is built.

mod adm_payload;
mod apple_payload;
mod badge;
mod baidu_payload;
mod browser_payload;
mod fcm_v1_payload;
mod markup;
mod tile;
mod toast;

pub use adm_payload::AdmPayload;
pub use apple_payload::{ApplePayload, ApsAlert, InterruptionLevel};
pub use badge::{Badge, Glyph};
pub use baidu_payload::{BaiduPayload, OpenType};
pub use browser_payload::BrowserPayload;
pub use fcm_v1_payload::{AndroidMessage, FcmPriority, FcmV1Payload};
pub use tile::{Branding, Tile, TileSize};
pub use toast::{Scenario, Toast};

use crate::BuildError;
use crate::text::quoted;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What a notification says: text, bytes, or anything that serializes. It goes out byte for byte.
///
/// ```
/// use nh_core::{Notification, Payload};
/// use std::collections::BTreeMap;
///
/// let text = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let bytes = Notification::windows_raw(vec![1, 2, 3])?;
/// let value = Notification::adm(Payload::json(&BTreeMap::from([("data", BTreeMap::from([("msg", "Hello!")]))]))?)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// A value, as JSON.
    ///
    /// # Errors
    /// What the value's own `Serialize` refuses, and maps whose keys are no strings.
    pub fn json(value: &impl Serialize) -> Result<Payload, BuildError> {
        match serde_json::to_vec(value) {
            Ok(json) => Ok(Payload(json.into())),
            Err(why) => Err(BuildError::new(
                "payload",
                format_args!("is no JSON: {why}"),
                "serialize it to an object",
            )),
        }
    }

    /// Text, numbers and JSON values under text keys, which cannot be refused.
    fn of(value: &impl Serialize) -> Payload {
        Payload(serde_json::to_vec(value).expect("text, numbers and JSON values are JSON").into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// What a payload is made of. The trait is sealed. It is implemented for:
///
/// - text (`&str`, `String`, `&String`) and bytes (`&[u8]`, `Vec<u8>`, [`Bytes`]), which go out as they are,
/// - [`serde_json::Value`], owned or borrowed,
/// - [`Payload`], owned or borrowed; [`Payload::json`] makes one of anything that serializes,
/// - the payloads that are built: [`ApplePayload`](crate::notification::ApplePayload), [`Toast`](crate::notification::Toast) and
///   all others of [`notification`](crate::notification).
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::Toast;
///
/// Notification::windows(Toast::new("Hello"))?;
/// Notification::apple(serde_json::json!({"aps": {"alert": "Hello"}}))?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no payload",
    note = "give text, bytes, a `serde_json::Value`, a built payload, or `Payload::json(&value)`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoPayload: ToPayload {}
impl<P: ToPayload> IntoPayload for P {}

pub(crate) trait ToPayload {
    fn into_payload(self) -> Result<Payload, BuildError>;
}

impl<P: Into<Payload>> ToPayload for P {
    fn into_payload(self) -> Result<Payload, BuildError> {
        Ok(self.into())
    }
}

/// A payload whose text may have characters that its format cannot hold.
macro_rules! fallible {
    ($($builder:ty),*) => {$(
        impl ToPayload for $builder {
            fn into_payload(self) -> Result<Payload, BuildError> {
                self.payload()
            }
        }

        impl ToPayload for &$builder {
            fn into_payload(self) -> Result<Payload, BuildError> {
                self.payload()
            }
        }
    )*};
}
fallible!(Toast, Tile);

impl fmt::Debug for Payload {
    /// Names no content: it may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Payload {
        Payload(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Payload {
        Payload(text.into())
    }
}

impl From<&String> for Payload {
    fn from(text: &String) -> Payload {
        text.as_str().into()
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Payload {
        Payload(Bytes::copy_from_slice(bytes))
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Payload {
        Payload(bytes.into())
    }
}

impl From<&Payload> for Payload {
    fn from(payload: &Payload) -> Payload {
        payload.clone()
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Payload {
        Payload::from(&value)
    }
}

impl From<&Value> for Payload {
    fn from(value: &Value) -> Payload {
        Payload::of(value)
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        Payload(bytes)
    }
}

/// Further fields of a payload in JSON, by name.
type Fields = BTreeMap<String, Value>;

/// A value for a field that has no method of its own.
fn field(name: &str, value: &impl Serialize) -> Result<Value, BuildError> {
    serde_json::to_value(value).map_err(|why| {
        BuildError::new(
            format_args!("payload field {}", quoted(name)),
            format_args!("is no JSON: {why}"),
            "give it a value that serializes",
        )
    })
}
