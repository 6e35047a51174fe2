use crate::BuildError;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// The content of a notification. It goes out byte for byte.
///
/// Every function that takes a payload takes any value that makes one: see [`IntoPayload`].
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
    /// The payload of text, bytes, JSON or a payload builder.
    ///
    /// ```
    /// use nh_core::Payload;
    /// use nh_core::notification::{ApplePayload, Toast};
    ///
    /// let alert = Payload::new(&ApplePayload::alert("Hello"))?;
    /// assert_eq!(alert, Payload::new(r#"{"aps":{"alert":"Hello"}}"#)?);
    /// assert!(Payload::new(Toast::new("a character that XML cannot hold: \0")).is_err());
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// - A [`Toast`](crate::notification::Toast) or [`Tile`](crate::notification::Tile) has a character that XML cannot hold.
    /// - A [`Tile`](crate::notification::Tile) has no binding.
    pub fn new(payload: impl IntoPayload) -> Result<Payload, BuildError> {
        payload.into_payload()
    }

    /// A value as JSON.
    ///
    /// ```
    /// use nh_core::Payload;
    ///
    /// assert_eq!(Payload::json(&[("a", 1)])?, Payload::new(r#"[["a",1]]"#)?);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// The value cannot be serialized, such as a map whose keys are no texts.
    pub fn json(value: &impl Serialize) -> Result<Payload, BuildError> {
        match serde_json::to_vec(value) {
            Ok(json) => Ok(Payload(json.into())),
            Err(why) => Err(BuildError::new(
                "payload",
                format_args!("cannot be written as JSON: {why}"),
                "use a value that serializes to a JSON object",
            )),
        }
    }

    /// Serializes a value that always is JSON: text, numbers and JSON values under text keys.
    pub(super) fn of(value: &impl Serialize) -> Payload {
        Payload(serde_json::to_vec(value).expect("text, numbers and JSON values are JSON").into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// A value that makes a [`Payload`]. The trait is sealed. It is implemented for:
///
/// - text, which goes out as it is: `&str`, `String`, `&String`, `Box<str>`, `Cow<str>`,
/// - bytes, which go out as they are: `&[u8]`, `Vec<u8>`, `&Vec<u8>`, `&[u8; N]`, [`Bytes`], `&Bytes`,
/// - [`serde_json::Value`] and [`serde_json::Map`], owned or borrowed,
/// - [`Payload`], owned or borrowed; [`Payload::json`] makes one of any value that serializes,
/// - the payload builders of [`notification`](crate::notification), owned or borrowed, such as
///   [`ApplePayload`](crate::notification::ApplePayload) and [`Toast`](crate::notification::Toast).
///
/// A [`LiveActivity`](crate::notification::LiveActivity) needs a push type, so it goes through
/// [`Notification::live_activity`](crate::Notification::live_activity) instead.
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
    note = "give text, bytes, a `serde_json::Value`, a payload builder, or `Payload::json(&value)`",
    note = "a `LiveActivity` goes through `Notification::live_activity`"
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

/// Shows the size. Leaves out the content, which may be personal.
impl fmt::Debug for Payload {
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

impl From<Box<str>> for Payload {
    fn from(text: Box<str>) -> Payload {
        String::from(text).into()
    }
}

impl From<Cow<'_, str>> for Payload {
    fn from(text: Cow<'_, str>) -> Payload {
        text.into_owned().into()
    }
}

impl From<&Vec<u8>> for Payload {
    fn from(bytes: &Vec<u8>) -> Payload {
        bytes.as_slice().into()
    }
}

impl<const N: usize> From<&[u8; N]> for Payload {
    fn from(bytes: &[u8; N]) -> Payload {
        bytes.as_slice().into()
    }
}

impl From<&Bytes> for Payload {
    fn from(bytes: &Bytes) -> Payload {
        Payload(bytes.clone())
    }
}

impl From<Map<String, Value>> for Payload {
    fn from(object: Map<String, Value>) -> Payload {
        Payload::of(&object)
    }
}

impl From<&Map<String, Value>> for Payload {
    fn from(object: &Map<String, Value>) -> Payload {
        Payload::of(object)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::ApplePayload;

    #[test]
    fn whatever_people_have_at_hand_is_a_payload() {
        let text = r#"{"aps":{"alert":"Hello"}}"#;
        let value = serde_json::json!({"aps": {"alert": "Hello"}});
        let object = value.as_object().unwrap().clone();
        let array: &[u8; 25] = text.as_bytes().try_into().unwrap();
        let built = ApplePayload::alert("Hello");
        let (string, vec) = (text.to_owned(), text.as_bytes().to_vec());
        let (bytes, payload) = (Bytes::from_static(text.as_bytes()), Payload::from(text));
        for payload in [
            Payload::new(text),
            Payload::new(&string),
            Payload::new(string.clone()),
            Payload::new(Box::<str>::from(text)),
            Payload::new(Cow::Borrowed(text)),
            Payload::new(text.as_bytes()),
            Payload::new(&vec),
            Payload::new(vec.clone()),
            Payload::new(array),
            Payload::new(&bytes),
            Payload::new(bytes.clone()),
            Payload::new(&value),
            Payload::new(value.clone()),
            Payload::new(&object),
            Payload::new(object.clone()),
            Payload::new(&built),
            Payload::new(built.clone()),
            Payload::new(&payload),
            Payload::new(payload.clone()),
            Payload::json(&value),
        ] {
            assert_eq!(payload.unwrap().as_bytes(), text.as_bytes());
        }
    }
}
