use crate::BuildError;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// A browser's push subscription: what web push calls `PushSubscription`.
///
/// It is read from the JSON that `JSON.stringify(subscription)` gives in a browser ([`PushSubscription.toJSON()`]), and from
/// the flat form that the service has. It is written in the flat form. Members that it does not know are ignored.
///
/// Its `Debug` text contains neither the endpoint nor the keys.
///
/// ```
/// use nh_core::PushSubscription;
///
/// let from_browser = r#"{"endpoint":"https://push.example/1","expirationTime":null,"keys":{"p256dh":"BNcR","auth":"tBHI"}}"#;
/// let subscription: PushSubscription = from_browser.parse()?;
/// let same = PushSubscription {
///     endpoint: "https://push.example/1".into(),
///     p256dh: "BNcR".into(),
///     auth: "tBHI".into(),
/// };
/// assert_eq!(subscription, same);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [`PushSubscription.toJSON()`]: https://developer.mozilla.org/docs/Web/API/PushSubscription/toJSON
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
pub struct PushSubscription {
    /// The URL that notifications for this browser are sent to.
    pub endpoint: String,
    /// The browser's public key, in the base64 that the browser gives.
    pub p256dh: String,
    /// The secret that the browser shares with the sender, in the base64 that the browser gives.
    pub auth: String,
}

impl PushSubscription {
    /// Takes the subscription out of a JSON object. What the object has besides stays in it.
    pub(crate) fn take_from(object: &mut Map<String, Value>) -> Option<PushSubscription> {
        let mut keys = match object.remove("keys") {
            Some(Value::Object(keys)) => keys,
            Some(other) => {
                object.insert("keys".to_owned(), other);
                Map::new()
            }
            None => Map::new(),
        };
        let mut key = |name: &str| text(object.remove(name).or_else(|| keys.remove(name)));
        let (endpoint, p256dh, auth) = (key("endpoint")?, key("p256dh")?, key("auth")?);
        if !keys.is_empty() {
            object.insert("keys".to_owned(), Value::Object(keys));
        }
        Some(PushSubscription { endpoint, p256dh, auth })
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The JSON reader's own words could repeat a key.
pub(crate) const NOT_ONE: &str = "is no push subscription: it needs the texts endpoint, p256dh and auth";

impl FromStr for PushSubscription {
    type Err = BuildError;

    /// Reads the JSON text of a subscription. No error repeats it.
    fn from_str(text: &str) -> Result<PushSubscription, BuildError> {
        serde_json::from_str(text)
            .ok()
            .and_then(|mut object| PushSubscription::take_from(&mut object))
            .ok_or_else(|| {
                BuildError::new(
                    "push subscription",
                    NOT_ONE,
                    "give what JSON.stringify(subscription) gives in the browser",
                )
            })
    }
}

impl<'de> Deserialize<'de> for PushSubscription {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PushSubscription, D::Error> {
        match Value::deserialize(from)? {
            Value::Object(mut object) => PushSubscription::take_from(&mut object),
            _ => None,
        }
        .ok_or_else(|| D::Error::custom(format_args!("this {NOT_ONE}")))
    }
}

impl fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PushSubscription(endpoint of {} characters)", self.endpoint.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_are_read() {
        let flat = json!({"endpoint": "https://e", "p256dh": "p", "auth": "a"});
        let nested =
            json!({"endpoint": "https://e", "expirationTime": null, "keys": {"auth": "a", "p256dh": "p"}});
        let read = |value: &Value| serde_json::from_value::<PushSubscription>(value.clone()).unwrap();
        assert_eq!(read(&flat), read(&nested));
        assert_eq!(read(&nested), nested.to_string().parse().unwrap());
        assert_eq!(serde_json::to_value(read(&nested)).unwrap(), flat);
    }

    #[test]
    fn no_error_and_no_debug_repeats_a_key() {
        for text in [
            "sesame",
            "[\"sesame\"]",
            r#"{"endpoint":"https://e","keys":"sesame"}"#,
            r#"{"endpoint":"https://e","p256dh":"sesame"}"#,
            r#"{"endpoint":"https://e","p256dh":"sesame","auth":7}"#,
        ] {
            let error = text.parse::<PushSubscription>().unwrap_err().to_string();
            assert!(error.contains("endpoint, p256dh and auth") && !error.contains("sesame"), "{error}");
            let error = serde_json::from_str::<PushSubscription>(text).unwrap_err().to_string();
            assert!(!error.contains("sesame"), "{error}");
        }
        let sesame = || "sesame".to_owned();
        let subscription = PushSubscription { endpoint: sesame(), p256dh: sesame(), auth: sesame() };
        assert_eq!(format!("{subscription:?}"), "PushSubscription(endpoint of 6 characters)");
    }
}
