use super::ABREAST;
use crate::abreast::Abreast;
use crate::client::Client;
use crate::error::Error;
use crate::feedback::FeedbackError;
use nh_core::{
    DeadHandle, Deletion, Feedback, FeedbackPosition, GetInstallation, GetRegistration, Kept, KeptBecause,
    ListedInstallation, Prunable, Registration,
};
use std::collections::HashSet;
use std::future::poll_fn;

/// What is to be deleted, and what is kept. [`Client::plan_prune`] makes it, and changes nothing.
///
/// It holds one entry for each dead handle, and so do the tables that make it: some 500 bytes each.
#[derive(Debug)]
#[non_exhaustive]
pub struct PrunePlan {
    /// What is to be deleted, each once.
    pub deletions: Vec<Deletion>,
    /// What the feedback names and is not deleted.
    pub kept: Vec<Kept>,
    /// The documents of feedback that could not be read, and the blobs.
    pub unread: Vec<FeedbackError>,
    /// The devices that could not be looked up, and why.
    pub failed: Vec<(DeadHandle, Error)>,
    /// How many reports of feedback were read.
    pub reports: u64,
    /// All feedback before it is in the plan.
    pub position: FeedbackPosition,
}

impl PrunePlan {
    /// One report may name a new handle, and another report of the same handle none.
    fn spare_what_has_a_new_handle(&mut self) {
        let renewed = self.kept.iter().filter(|kept| kept.because == KeptBecause::HasANewHandle);
        let renewed: HashSet<String> =
            renewed.filter_map(|kept| kept.dead.feedback.pns_handle.clone()).collect();
        let is_renewed = |dead: &DeadHandle| {
            dead.feedback.pns_handle.as_ref().is_some_and(|handle| renewed.contains(handle))
        };
        self.deletions.retain(|deletion| !is_renewed(&deletion.dead));
    }
}

/// What comes of looking for a dead handle.
pub(super) enum Found {
    Deletion(Prunable),
    Kept(KeptBecause),
}

impl Client {
    /// Reads the feedback from a position on, looks up each handle that it calls dead, and returns what is to be deleted. It changes
    /// nothing. See [`prune`](crate::prune). Needs the right Listen for the lookups, and a hub of the Standard tier.
    ///
    /// # Errors
    /// Fails if the hub's container or the list of its blobs cannot be read. What else cannot be read is in the plan.
    pub async fn plan_prune(&self, from: FeedbackPosition) -> Result<PrunePlan, FeedbackError> {
        let mut feedback = self.read_feedback(from);
        let mut planner = Planner {
            client: self.clone(),
            lookups: Abreast::new(self.transport().runtime().clone(), ABREAST),
            seen: HashSet::new(),
            named: HashSet::new(),
            plan: PrunePlan {
                deletions: Vec::new(),
                kept: Vec::new(),
                unread: Vec::new(),
                failed: Vec::new(),
                reports: 0,
                position: FeedbackPosition::START,
            },
        };
        while let Some(dead) = feedback.next().await {
            match dead {
                Ok(dead) => planner.look_up(dead).await,
                Err(error) if error.blob_name().is_some() => planner.plan.unread.push(error),
                Err(error) => return Err(error),
            }
        }
        planner.plan.position = feedback.position().clone();
        while planner.take_one().await {}
        planner.plan.spare_what_has_a_new_handle();
        Ok(planner.plan)
    }

    /// Looks for those who have the handle.
    async fn holders(&self, dead: &DeadHandle) -> Result<Vec<Found>, Error> {
        if dead.remedy().new_handle.is_some() {
            return Ok(vec![Found::Kept(KeptBecause::HasANewHandle)]);
        }
        let id = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
        let installation = id(&dead.feedback.installation_id);
        let registration = id(&dead.feedback.registration_id);
        let handle = dead.pns_handle();
        if installation.is_none() && registration.is_none() && handle.is_none() {
            return Ok(vec![Found::Kept(KeptBecause::CannotBeFound)]);
        }
        let mut found = Vec::new();
        if let Some(id) = installation {
            found.push(self.look_at_installation(id, dead).await?);
        }
        match (handle, registration) {
            (Some(handle), _) => {
                let mut registrations = self.list_registrations_by_handle(handle);
                while let Some(registration) = registrations.next().await {
                    found.extend(registration_found(&registration?));
                }
            }
            (None, Some(id)) => {
                let ask = GetRegistration::new(id)?;
                match self.execute(&ask).await {
                    Ok(registration) if dead.is_of_registration(&registration) => {
                        found.extend(registration_found(&registration));
                    }
                    Ok(_) => found.push(Found::Kept(KeptBecause::HasAnotherHandle)),
                    Err(error) if is_gone(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            (None, None) => {}
        }
        if found.is_empty() {
            found.push(Found::Kept(KeptBecause::Gone));
        }
        Ok(found)
    }

    /// Does the installation still have the handle?
    pub(super) async fn look_at_installation(&self, id: String, dead: &DeadHandle) -> Result<Found, Error> {
        let ask = GetInstallation::new(&*id)?;
        match self.execute(&ask).await {
            Ok(installation) if dead.is_of_installation(&installation) => {
                Ok(Found::Deletion(Prunable::Installation(id)))
            }
            Ok(_) => Ok(Found::Kept(KeptBecause::HasAnotherHandle)),
            Err(error) if is_gone(&error) => Ok(Found::Kept(KeptBecause::Gone)),
            Err(error) => Err(error),
        }
    }
}

/// What a registration that has the handle stands for.
fn registration_found(registration: &Registration) -> Option<Found> {
    if let Some(installation) = ListedInstallation::of(registration) {
        return Some(match registration.secondary_tile() {
            Some(_) => Found::Kept(KeptBecause::IsATile),
            None => Found::Deletion(Prunable::Installation(installation.installation_id)),
        });
    }
    let id = registration.id()?.to_owned();
    Some(Found::Deletion(Prunable::Registration(id)))
}

/// It is not there, or its id can no longer be used.
pub(super) fn is_gone(error: &Error) -> bool {
    error.is_not_found() || error.as_service().is_some_and(nh_core::ServiceError::is_gone)
}

/// Makes a plan while the feedback is read.
struct Planner {
    client: Client,
    lookups: Abreast<DeadHandle, Result<Vec<Found>, Error>>,
    /// The handles and ids that have been looked up: a hub reports a device with each notification.
    seen: HashSet<[Option<Box<str>>; 4]>,
    named: HashSet<Prunable>,
    plan: PrunePlan,
}

impl Planner {
    async fn look_up(&mut self, dead: DeadHandle) {
        self.plan.reports += 1;
        let feedback = &dead.feedback;
        let Feedback { pns_handle, installation_id, registration_id, new_pns_handle, .. } = feedback;
        let key = [pns_handle, installation_id, registration_id, new_pns_handle];
        if !self.seen.insert(key.map(|text| text.as_deref().map(Box::from))) {
            return;
        }
        while !self.lookups.has_room() {
            self.take_one().await;
        }
        let client = self.client.clone();
        self.lookups.start(dead.clone(), async move { client.holders(&dead).await });
    }

    /// Waits for one lookup. Returns false if none is left.
    async fn take_one(&mut self) -> bool {
        let Some((dead, found)) = poll_fn(|cx| self.lookups.poll_next(cx)).await else { return false };
        match found.unwrap_or_else(|| Err(Error::runtime_ended())) {
            Ok(found) => {
                for found in found {
                    match found {
                        Found::Deletion(what) if self.named.insert(what.clone()) => {
                            self.plan.deletions.push(Deletion::new(what, dead.clone()));
                        }
                        Found::Deletion(_) => {}
                        Found::Kept(because) => self.plan.kept.push(Kept::new(dead.clone(), because)),
                    }
                }
            }
            Err(error) => self.plan.failed.push((dead, error)),
        }
        true
    }
}
