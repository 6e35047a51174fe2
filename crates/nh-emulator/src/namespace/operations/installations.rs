//! The installations of a hub.

use crate::model::installation::{self, Document};
use crate::model::refusal::Refusal;
use crate::namespace::hub::{Hub, HubState};
use crate::namespace::namespace::Namespace;
use crate::rules;

impl Namespace {
    /// Writes an installation, and the registrations that it stands for.
    ///
    /// # Errors
    /// An id that is none, a document that is none, no room.
    pub(crate) fn put_installation(&self, hub: &Hub, id: &str, document: Document) -> Result<(), Refusal> {
        rules::name::check_id(id)?;
        self.keep_installation(&mut hub.state_at(self.clock.now()), id, document)
    }

    /// The text of an installation.
    ///
    /// # Errors
    /// An id that is none, or of no installation.
    pub(crate) fn get_installation(&self, hub: &Hub, id: &str) -> Result<String, Refusal> {
        rules::name::check_id(id)?;
        let state = hub.state_at(self.clock.now());
        state.installations.text(id).map(str::to_owned).ok_or_else(not_found)
    }

    /// Changes an installation: all changes or none.
    ///
    /// # Errors
    /// As [`put_installation`](Namespace::put_installation); a patch that is none; no such installation.
    pub(crate) fn patch_installation(&self, hub: &Hub, id: &str, patch: &[u8]) -> Result<(), Refusal> {
        rules::name::check_id(id)?;
        let mut state = hub.state_at(self.clock.now());
        let mut document = state.installations.get(id).ok_or_else(not_found)?;
        installation::patch(&mut document, patch)?;
        self.keep_installation(&mut state, id, document)
    }

    /// Deletes an installation and what it stands for, if it is there (recorded).
    ///
    /// # Errors
    /// An id that is none.
    pub(crate) fn delete_installation(&self, hub: &Hub, id: &str) -> Result<(), Refusal> {
        rules::name::check_id(id)?;
        let mut state = hub.state();
        state.installations.remove(id);
        state.registrations.replace_installation(id, &[]);
        Ok(())
    }

    fn keep_installation(&self, state: &mut HubState, id: &str, document: Document) -> Result<(), Refusal> {
        let end = state.description.end_of(self.clock.now());
        let (document, registrations) = installation::checked(document, id, end)?;
        self.make_room(state, &registrations, state.registrations.of_installation(id))?;
        state.registrations.replace_installation(id, &registrations);
        state.installations.insert(id, document);
        Ok(())
    }
}

fn not_found() -> Refusal {
    Refusal::not_found("Installation not found")
}
