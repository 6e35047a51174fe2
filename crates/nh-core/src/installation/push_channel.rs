//! A push channel as JSON: text, or for a browser an object. The .NET and Java SDKs write that object as text once more.

use super::Unknown;
use crate::DeviceHandle;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A device's handle, and what stood beside a browser's keys.
#[derive(Clone, PartialEq)]
pub(super) struct PushChannel {
    pub(super) handle: DeviceHandle,
    unknown: Unknown,
}

impl PushChannel {
    pub(super) fn new(handle: DeviceHandle) -> PushChannel {
        PushChannel { handle, unknown: Unknown::new() }
    }

    /// The value of a patch is always text.
    pub(super) fn text(&self) -> String {
        match self.subscription() {
            Some(subscription) => serde_json::to_string(&subscription).expect("strings are JSON"),
            None => self.handle.handle().to_owned(),
        }
    }

    fn subscription(&self) -> Option<Subscription> {
        let (p256dh, auth) = self.handle.browser_keys_text()?;
        Some(Subscription {
            endpoint: self.handle.handle().to_owned(),
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
            unknown: self.unknown.clone(),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Browser(Subscription),
}

#[derive(Serialize, Deserialize)]
struct Subscription {
    endpoint: String,
    p256dh: String,
    auth: String,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Serialize for PushChannel {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.subscription() {
            Some(subscription) => subscription.serialize(to),
            None => to.serialize_str(self.handle.handle()),
        }
    }
}

impl<'de> Deserialize<'de> for PushChannel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PushChannel, D::Error> {
        let Subscription { endpoint, p256dh, auth, unknown } = match Written::deserialize(from)? {
            Written::Browser(subscription) => subscription,
            Written::Text(text) => match serde_json::from_str(&text) {
                Ok(subscription) => subscription,
                Err(_) => return Ok(PushChannel::new(DeviceHandle::read(text))),
            },
        };
        let handle = DeviceHandle::browser(endpoint, &p256dh, &auth).map_err(D::Error::custom)?;
        Ok(PushChannel { handle, unknown })
    }
}
