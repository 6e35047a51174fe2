//! The registrations of a hub.

use crate::model::condition::Condition;
use crate::model::ids;
use crate::model::refusal::{Reason, Refusal};
use crate::model::registration::Registration;
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use crate::rules;
use std::{iter, slice};

impl Namespace {
    /// Adds a registration under a new id.
    ///
    /// # Errors
    /// No room.
    pub(crate) fn create_registration(
        &self,
        hub: &Hub,
        given: Registration,
    ) -> Result<Registration, Refusal> {
        let mut state = hub.state_at(self.clock.now());
        let expires = state.description.end_of(self.clock.now());
        let registration = Registration { id: ids::registration_id(), etag: 1, expires, ..given };
        self.make_room(&state, slice::from_ref(&registration), iter::empty())?;
        state.registrations.insert(&registration);
        Ok(registration)
    }

    /// Writes the registration with this id. With a condition it must be there.
    ///
    /// # Errors
    /// An id that is none, or whose device is dead; a condition that does not hold; no room.
    pub(crate) fn put_registration(
        &self,
        hub: &Hub,
        id: &str,
        condition: Option<Condition>,
        given: Registration,
    ) -> Result<Registration, Refusal> {
        rules::name::check_id(id)?;
        let mut state = hub.state_at(self.clock.now());
        let known = state.registrations.get(id).map(|known| known.etag);
        if known.is_none() && state.gone.contains(id) {
            let words = "SubCode=41000. The registration's device is gone; get a new registration id";
            return Err(Refusal::new(Reason::Gone, words));
        }
        let etag = match (condition, known) {
            (None, known) => known.unwrap_or_default().saturating_add(1),
            (Some(_), None) => return Err(Refusal::not_found("")),
            (Some(condition), Some(etag)) if condition.fits(etag) => etag.saturating_add(1),
            (Some(_), Some(_)) => return Err(changed()),
        };
        let expires = state.description.end_of(self.clock.now());
        let registration = Registration { id: id.to_owned(), etag, expires, ..given };
        self.make_room(&state, slice::from_ref(&registration), state.registrations.get(id).into_iter())?;
        state.registrations.insert(&registration);
        Ok(registration)
    }

    /// # Errors
    /// There is none with this id.
    pub(crate) fn get_registration(&self, hub: &Hub, id: &str) -> Result<Registration, Refusal> {
        let state = hub.state_at(self.clock.now());
        state.registrations.get(id).ok_or_else(|| Refusal::not_found(""))
    }

    /// # Errors
    /// There is none with this id, or it has changed.
    pub(crate) fn delete_registration(
        &self,
        hub: &Hub,
        id: &str,
        condition: Condition,
    ) -> Result<(), Refusal> {
        let mut state = hub.state_at(self.clock.now());
        let known = state.registrations.get(id).ok_or_else(|| Refusal::not_found(""))?;
        if !condition.fits(known.etag) {
            return Err(changed());
        }
        state.registrations.remove(id);
        Ok(())
    }
}

fn changed() -> Refusal {
    Refusal::new(Reason::Changed, "The specified ETag does not match that of the registration")
}
