//! A hub and what it holds.

use crate::data::{Change, Data};
use crate::gone::Gone;
use crate::hub_description::HubDescription;
use crate::installation::Installations;
use crate::job::Job;
use crate::registration::{self, Store};
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

pub(crate) struct Hub {
    pub(crate) name: String,
    state: Mutex<State>,
}

/// Everything a hub holds. A request sees it as one, but for those that go through many registrations: a send, an import and an
/// export see what is there when they come to it.
pub(crate) struct State {
    /// Changed by [`Hub::describe`].
    pub(crate) description: HubDescription,
    pub(crate) registrations: Store,
    pub(crate) installations: Installations,
    pub(crate) jobs: BTreeMap<String, Job>,
    pub(crate) gone: Gone,
    kept: Option<Kept>,
}

/// Where changes are kept, and under which number.
struct Kept {
    data: Data,
    number: u32,
}

impl Hub {
    pub(crate) fn new(name: String, description: HubDescription, demo_devices: bool) -> Hub {
        let mut registrations = Store::default();
        if demo_devices {
            for device in registration::demo() {
                registrations.insert(&device);
            }
        }
        Hub::with(name, description, registrations, Installations::default(), Gone::default())
    }

    pub(crate) fn with(
        name: String,
        description: HubDescription,
        registrations: Store,
        installations: Installations,
        gone: Gone,
    ) -> Hub {
        let jobs = BTreeMap::new();
        let state = State { description, registrations, installations, jobs, gone, kept: None };
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
        if let Some(Kept { data, number }) = &state.kept {
            data.keep([self.described(&state.description, *number)]);
        }
    }

    /// The hub is gone from what is kept; whoever still works with it changes nothing there.
    pub(crate) fn forget(&self) {
        if let Some(Kept { data, number }) = self.state().kept.take() {
            data.keep([Change::Hub { number, hub: None }]);
        }
    }

    fn described(&self, description: &HubDescription, number: u32) -> Change {
        Change::hub(number, &self.name, &description.entry(&self.name, "", ""))
    }

    pub(crate) fn state(&self) -> StateGuard<'_> {
        StateGuard(self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, without what has ended by then.
    pub(crate) fn state_at(&self, now: OffsetDateTime) -> StateGuard<'_> {
        let mut state = self.state();
        // An installation ends as a whole.
        while let Some(ended) = state.registrations.take_ended(now) {
            if let Some(id) = ended.installation {
                state.installations.remove(&id);
                state.registrations.replace_installation(&id, &[]);
            }
        }
        state
    }
}

impl State {
    fn keep_changes(&mut self, data: &Data, number: u32, fresh: bool) {
        self.registrations.note_changes(fresh);
        self.installations.note_changes(fresh);
        self.gone.note_changes();
        self.kept = Some(Kept { data: data.clone(), number });
    }
}

/// A hub's state, locked. What has changed when it is let go is handed over to be kept, before anyone else can change more.
pub(crate) struct StateGuard<'a>(MutexGuard<'a, State>);

impl Deref for StateGuard<'_> {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        let State { registrations, installations, gone, kept: Some(Kept { data, number }), .. } =
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
