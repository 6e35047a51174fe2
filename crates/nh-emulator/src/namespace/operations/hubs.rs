//! The hubs of a namespace.

use crate::breach::Breach;
use crate::model::hub_description::HubDescription;
use crate::model::refusal::{Reason, Refusal};
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use crate::rules;
use std::sync::Arc;

impl Namespace {
    /// # Errors
    /// A name or a description that the service refuses; a hub of that name is there.
    pub(crate) fn create_hub(&self, name: &str, given: HubDescription) -> Result<HubDescription, Refusal> {
        rules::name::check_hub(name)?;
        let fresh = HubDescription::fresh();
        let fresh = fresh.map_err(|why| Refusal::new(Reason::Broken, why.to_string()))?;
        let mut hubs = self.hubs_mut();
        if hubs.contains_key(&name.to_ascii_lowercase()) {
            return Err(Refusal::new(Reason::Exists, "SubCode=40900. Conflict"));
        }
        let description = given.over(&fresh).map_err(invalid)?;
        let hub = Hub::new(name, description.clone(), false);
        hub.keep_in(&self.data);
        hubs.insert(name.to_ascii_lowercase(), Arc::new(hub));
        Ok(description)
    }

    /// # Errors
    /// A description that the service refuses; no such hub.
    pub(crate) fn update_hub(&self, name: &str, given: HubDescription) -> Result<HubDescription, Refusal> {
        rules::name::check_hub(name)?;
        // Held, so that two updates come one after the other.
        let hubs = self.hubs_mut();
        let hub = hubs.get(&name.to_ascii_lowercase()).ok_or_else(Refusal::no_such_hub)?;
        let known = hub.state().description.clone();
        let description = given.over(&known).map_err(invalid)?;
        hub.describe(description.clone());
        Ok(description)
    }

    /// Deletes a hub, what it holds, and its sends that wait.
    ///
    /// # Errors
    /// No such hub.
    pub(crate) fn delete_hub(&self, name: &str) -> Result<(), Refusal> {
        let hub = self.hubs_mut().remove(&name.to_ascii_lowercase()).ok_or_else(Refusal::no_such_hub)?;
        hub.forget();
        for id in self.schedule.forget_hub(name) {
            self.data.forget_scheduled(&id);
            self.telemetry.cancel(&id);
        }
        Ok(())
    }
}

fn invalid(breach: Breach) -> Refusal {
    Refusal::invalid(format!("SubCode=40000. {breach}"))
}
