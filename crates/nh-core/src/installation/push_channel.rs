//! A push channel as JSON: text, or for a browser an object. The .NET and Java SDKs write that object as text once more.

use crate::DeviceHandle;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
}

impl Subscription {
    fn of(handle: &DeviceHandle) -> Option<Subscription> {
        let (p256dh, auth) = handle.browser_keys_text()?;
        Some(Subscription {
            endpoint: handle.handle().to_owned(),
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
        })
    }
}

pub(super) fn serialize<S: Serializer>(handle: &DeviceHandle, serializer: S) -> Result<S::Ok, S::Error> {
    let written = match Subscription::of(handle) {
        Some(subscription) => Written::Browser(subscription),
        None => Written::Text(handle.handle().to_owned()),
    };
    written.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DeviceHandle, D::Error> {
    let subscription = match Written::deserialize(deserializer)? {
        Written::Browser(subscription) => subscription,
        Written::Text(text) => match serde_json::from_str(&text) {
            Ok(subscription) => subscription,
            Err(_) => return Ok(DeviceHandle::read(text)),
        },
    };
    DeviceHandle::browser(subscription.endpoint, &subscription.p256dh, &subscription.auth)
        .map_err(Error::custom)
}

/// The value of a patch is always text.
pub(super) fn text(handle: &DeviceHandle) -> String {
    match Subscription::of(handle) {
        Some(subscription) => serde_json::to_string(&subscription).expect("strings are JSON"),
        None => handle.handle().to_owned(),
    }
}
