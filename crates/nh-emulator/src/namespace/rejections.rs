//! Devices that have been told to reject what they are sent.

use crate::rejection::Rejection;
use nh_outcome::Platform;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// By hub (in lower case), platform and PNS handle.
type Key = (String, String, String);

#[derive(Debug, Default)]
pub(crate) struct Rejections(Mutex<BTreeMap<Key, Rejection>>);

impl Rejections {
    /// From now on the device says so; `None`: it takes everything again.
    pub(crate) fn set(&self, hub: &str, platform: &Platform, handle: &str, rejection: Option<Rejection>) {
        let key = key(hub, platform, handle);
        match rejection {
            Some(rejection) => self.all().insert(key, rejection),
            None => self.all().remove(&key),
        };
    }

    pub(crate) fn of(&self, hub: &str, platform: &Platform, handle: &str) -> Option<Rejection> {
        let all = self.all();
        if all.is_empty() { None } else { all.get(&key(hub, platform, handle)).copied() }
    }

    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, Rejection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(hub: &str, platform: &Platform, handle: &str) -> Key {
    let handle = match platform {
        Platform::Apple => handle.to_ascii_uppercase(),
        _ => handle.to_owned(),
    };
    (hub.to_ascii_lowercase(), platform.to_string(), handle)
}
