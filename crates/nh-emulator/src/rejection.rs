//! Devices that have been told to reject what they are sent.

use crate::delivered::Verdict;
use nh_outcome::Platform;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// By hub (in lower case), platform and PNS handle.
type Key = (String, String, String);

#[derive(Debug, Default)]
pub(crate) struct Rejections(Mutex<BTreeMap<Key, Verdict>>);

impl Rejections {
    /// From now on the device says so; `None`: it takes everything again.
    pub(crate) fn set(&self, hub: &str, platform: &Platform, handle: &str, verdict: Option<Verdict>) {
        let key = key(hub, platform, handle);
        match verdict {
            Some(verdict) => self.all().insert(key, verdict),
            None => self.all().remove(&key),
        };
    }

    pub(crate) fn of(&self, hub: &str, platform: &Platform, handle: &str) -> Option<Verdict> {
        let all = self.all();
        if all.is_empty() { None } else { all.get(&key(hub, platform, handle)).cloned() }
    }

    pub(crate) fn clear(&self) {
        self.all().clear();
    }

    fn all(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, Verdict>> {
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
