//! A hub and what it holds.

use crate::hub_description::HubDescription;
use crate::installation::Document;
use crate::job::Job;
use crate::registration::{self, Store};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) struct Hub {
    pub(crate) name: String,
    state: Mutex<State>,
}

/// Everything a hub holds. A request sees it as one.
pub(crate) struct State {
    pub(crate) description: HubDescription,
    pub(crate) registrations: Store,
    pub(crate) installations: BTreeMap<String, Document>,
    pub(crate) jobs: BTreeMap<String, Job>,
    /// Ids of registrations whose devices turned out to be dead: they are not used again.
    pub(crate) gone: HashSet<String>,
}

impl Hub {
    pub(crate) fn new(name: String, description: HubDescription, demo_devices: bool) -> Hub {
        let mut registrations = Store::default();
        if demo_devices {
            for device in registration::demo() {
                registrations.insert(&device);
            }
        }
        let (installations, jobs, gone) = Default::default();
        Hub { name, state: Mutex::new(State { description, registrations, installations, jobs, gone }) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
