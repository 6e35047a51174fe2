//! A hub and what it holds.

use super::data::{Change, Data, KeptHub};
use super::gone::Gone;
use super::installations::Installations;
use super::registrations::Registrations;
use crate::model::demo;
use crate::model::hub_description::HubDescription;
use crate::model::job::Job;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

pub(crate) struct Hub {
    pub(crate) name: String,
    state: Mutex<HubState>,
}

/// Everything a hub holds. A request sees it as one, but for those that go through many registrations: a send, an import and an
/// export see what is there when they come to it.
pub(crate) struct HubState {
    /// Changed by [`Hub::describe`].
    pub(crate) description: HubDescription,
    pub(crate) registrations: Registrations,
    pub(crate) installations: Installations,
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) gone: Gone,
    keeper: Option<HubKeeper>,
}

/// Where changes are kept, and under which number.
struct HubKeeper {
    data: Data,
    number: u32,
}

impl Hub {
    pub(crate) fn new(name: &str, description: HubDescription, demo_devices: bool) -> Hub {
        let mut registrations = Registrations::default();
        if demo_devices {
            for device in demo::devices() {
                registrations.insert(&device);
            }
        }
        let (name, installations, gone) = (name.to_owned(), Installations::default(), Gone::default());
        Hub::with(KeptHub { name, description, registrations, installations, gone })
    }

    /// The hub as it was kept.
    pub(crate) fn with(kept: KeptHub) -> Hub {
        let KeptHub { name, description, registrations, installations, gone } = kept;
        let jobs = BTreeMap::new();
        let state = HubState { description, registrations, installations, jobs, gone, keeper: None };
        Hub { name, state: Mutex::new(state) }
    }

    /// Keeps what is here, and from now on every change.
    pub(crate) fn keep_in(&self, data: &Data) {
        let Some(number) = data.new_hub() else { return };
        let mut state = self.state();
        data.keep([self.described(&state.description, number)]);
        state.keep_changes(data, number, true);
    }

    /// Keeps every change from now on, under the number that the hub had.
    pub(crate) fn keep_on(&self, data: &Data, number: u32) {
        self.state().keep_changes(data, number, false);
    }

    pub(crate) fn describe(&self, description: HubDescription) {
        let mut state = self.state();
        state.description = description;
        if let Some(HubKeeper { data, number }) = &state.keeper {
            data.keep([self.described(&state.description, *number)]);
        }
    }

    /// The hub is gone from what is kept; whoever still works with it changes nothing there.
    pub(crate) fn forget(&self) {
        if let Some(HubKeeper { data, number }) = self.state().keeper.take() {
            data.keep([Change::Hub { number, hub: None }]);
        }
    }

    fn described(&self, description: &HubDescription, number: u32) -> Change {
        Change::hub(number, &self.name, description)
    }

    pub(crate) fn state(&self) -> LockedHub<'_> {
        LockedHub(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, without what has ended by then.
    pub(crate) fn state_at(&self, now: OffsetDateTime) -> LockedHub<'_> {
        let mut state = self.state();
        // An installation ends as a whole. It stays, to tell that it has expired, as one whose channel has.
        while let Some(ended) = state.registrations.take_ended(now) {
            if let Some(id) = ended.installation {
                state.registrations.replace_installation(&id, &[]);
            }
        }
        state
    }
}

impl HubState {
    fn keep_changes(&mut self, data: &Data, number: u32, fresh: bool) {
        self.registrations.note_changes(fresh);
        self.installations.note_changes(fresh);
        self.gone.note_changes();
        self.keeper = Some(HubKeeper { data: data.clone(), number });
    }
}

/// A hub's state, locked. What has changed when it is let go is handed over to be kept, before anyone else can change more.
pub(crate) struct LockedHub<'a>(MutexGuard<'a, HubState>);

impl Deref for LockedHub<'_> {
    type Target = HubState;
    fn deref(&self) -> &HubState {
        &self.0
    }
}

impl DerefMut for LockedHub<'_> {
    fn deref_mut(&mut self) -> &mut HubState {
        &mut self.0
    }
}

impl Drop for LockedHub<'_> {
    fn drop(&mut self) {
        let HubState { registrations, installations, gone, keeper: Some(HubKeeper { data, number }), .. } =
            &mut *self.0
        else {
            return;
        };
        let hub = *number;
        let registrations = registrations.take_changes().into_iter();
        let registrations =
            registrations.map(|(slot, registration)| Change::Registration { hub, slot, registration });
        let installations = installations.take_changes().into_iter();
        let installations = installations.map(|(id, document)| Change::Installation { hub, id, document });
        let gone = gone.take_changes().into_iter().map(|(id, gone)| Change::Gone { hub, id, gone });
        data.keep(registrations.chain(installations).chain(gone));
    }
}
