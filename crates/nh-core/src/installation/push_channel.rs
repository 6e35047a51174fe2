//! A push channel as JSON: text, or for a browser an object. The .NET and Java SDKs write that object as text once more.

use super::unknown::{Unknown, Unlisted, members};
use crate::push_subscription::NOT_ONE;
use crate::{DeviceHandle, PushSubscription};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// A device's handle, and the members that stood beside a browser's keys.
#[derive(Clone, PartialEq)]
pub(super) struct PushChannel {
    pub(super) handle: DeviceHandle,
    unknown: Unknown,
}

/// Browsers have this member (`PushSubscription.toJSON()`). The hub has no use for it.
const KNOWN: [&str; 1] = ["expirationTime"];

impl PushChannel {
    pub(super) fn new(handle: DeviceHandle) -> PushChannel {
        PushChannel { handle, unknown: Unknown::new() }
    }

    /// The value of a patch is always text.
    pub(super) fn text(&self) -> String {
        match self.written() {
            Some(written) => serde_json::to_string(&written).expect("strings are JSON"),
            None => self.handle.handle().to_owned(),
        }
    }

    fn written(&self) -> Option<Written<'_>> {
        let subscription = self.handle.subscription()?;
        Some(Written { subscription, unknown: &self.unknown })
    }

    pub(super) fn unlisted(&self) -> Unlisted<'_> {
        members("pushChannel", &self.unknown, &KNOWN)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    subscription: PushSubscription,
    #[serde(flatten)]
    unknown: &'a Unknown,
}

impl Serialize for PushChannel {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.written() {
            Some(written) => written.serialize(to),
            None => to.serialize_str(self.handle.handle()),
        }
    }
}

impl<'de> Deserialize<'de> for PushChannel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PushChannel, D::Error> {
        let value = Value::deserialize(from)?;
        let object: Option<Map<String, Value>> = match &value {
            Value::Object(object) => Some(object.clone()),
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => return Err(D::Error::custom("pushChannel is neither a text nor an object")),
        };
        let mut unknown = object.unwrap_or_default();
        let subscription = match (PushSubscription::take_from(&mut unknown), value) {
            (Some(subscription), _) => subscription,
            (None, Value::String(text)) => return Ok(PushChannel::new(DeviceHandle::read(text))),
            (None, _) => return Err(D::Error::custom(format_args!("pushChannel {NOT_ONE}"))),
        };
        let handle = DeviceHandle::browser(subscription).map_err(D::Error::custom)?;
        Ok(PushChannel { handle, unknown: unknown.into_iter().collect() })
    }
}
