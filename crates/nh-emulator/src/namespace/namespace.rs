//! What a namespace holds, and how what it holds is found.

use super::blobs::Blobs;
use super::clock::Clock;
use super::counts::Counts;
use super::data::Data;
use super::events::{Event, Events};
use super::hub::{Hub, HubState};
use super::rejections::Rejections;
use super::ring::Ring;
use super::schedule::Schedule;
use super::telemetry::Telemetry;
use super::throttle::Throttle;
use crate::model::delivery::Received;
use crate::model::hub_description::HubDescription;
use crate::model::refusal::{Reason, Refusal};
use crate::model::registration::Registration;
use crate::model::tier::Tier;
use crate::rules::access_rule::{AccessRule, Claim};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// By lower-case name.
pub(crate) type Hubs = BTreeMap<String, Arc<Hub>>;

/// The newest so many deliveries are kept.
pub(crate) const MAX_INBOX: usize = 100_000;

/// A namespace: its hubs, and what all of them share. It knows no HTTP.
///
/// Whoever takes several locks takes them in this order: [`Schedule::sending`], `hubs`, a hub's [state](Hub::state), any other.
pub(crate) struct Namespace {
    /// Its own name and port, as `localhost:8443`. Who asks may reach it by others.
    pub(crate) authority: String,
    /// The hub that is meant where none is named.
    pub(crate) first_hub: String,
    /// As it was at the start: hubs and their descriptions, and whether they have demo devices.
    pub(crate) start: (Vec<(String, HubDescription)>, bool),
    /// The namespace's.
    pub(crate) rule: AccessRule,
    pub(crate) hubs: RwLock<Hubs>,
    /// Where what must last is kept.
    pub(crate) data: Data,
    pub(crate) blobs: Blobs,
    /// What devices have received.
    pub(crate) inbox: Ring<Received>,
    pub(crate) events: Events,
    pub(crate) telemetry: Telemetry,
    /// What a scrape of metrics tells.
    pub(crate) counts: Counts,
    pub(crate) clock: Clock,
    pub(crate) schedule: Schedule,
    pub(crate) tier: Tier,
    /// Its hubs take no newer api-version.
    pub(crate) newest_api_version: Option<String>,
    pub(crate) throttle: Throttle,
    pub(crate) rejections: Rejections,
}

impl Namespace {
    pub(crate) fn hub(&self, name: &str) -> Option<Arc<Hub>> {
        self.hubs().get(&name.to_ascii_lowercase()).cloned()
    }

    /// The hub of that name; without a name, the first one.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn hub_or_first(&self, name: Option<&str>) -> Result<Arc<Hub>, Refusal> {
        let name = name.unwrap_or(&self.first_hub);
        self.hub(name).ok_or_else(|| Refusal::not_found(format!("there is no hub '{name}'")))
    }

    pub(crate) fn hubs(&self) -> RwLockReadGuard<'_, Hubs> {
        self.hubs.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn hubs_mut(&self) -> RwLockWriteGuard<'_, Hubs> {
        self.hubs.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of the namespace: it opens every hub. Here and below `authority` is the name and port by which its reader reaches the emulator.
    pub(crate) fn namespace_connection_string(&self, authority: &str) -> String {
        connection_string(authority, &self.rule)
    }

    /// Of a hub, with all rights there; if it has no such rule any more, the namespace's.
    pub(crate) fn hub_connection_string(&self, authority: &str, hub: &str) -> String {
        connection_string(authority, &self.full_rule(hub))
    }

    /// Of a hub, with the right to listen only, if it has such a rule.
    pub(crate) fn listen_only_connection_string(&self, authority: &str, hub: &str) -> String {
        let rule = self.rule_of(hub, AccessRule::LISTEN, |rule| rule.claims == [Claim::Listen]);
        connection_string(authority, &rule)
    }

    /// The rule of a hub that may do all there; if it has no such rule any more, the namespace's.
    pub(crate) fn full_rule(&self, hub: &str) -> AccessRule {
        self.rule_of(hub, AccessRule::FULL, |rule| rule.claims.contains(&Claim::Manage))
    }

    fn rule_of(&self, hub: &str, name: &str, fits: impl Fn(&AccessRule) -> bool) -> AccessRule {
        let Some(hub) = self.hub(hub) else { return self.rule.clone() };
        let state = hub.state();
        let rules = &state.description;
        let rule = rules.rule(name).filter(|rule| fits(rule));
        let rule = rule.or_else(|| rules.rules.iter().find(|rule| fits(rule)));
        rule.unwrap_or(&self.rule).clone()
    }

    /// Forgets what devices have received.
    pub(crate) fn clear_inbox(&self) {
        self.inbox.clear();
        self.events.tell(Event::Inbox);
    }

    /// Forgets one of the things that devices have received. Was it there?
    pub(crate) fn forget_delivery(&self, id: u64) -> bool {
        let was_there = self.inbox.remove(id);
        if was_there {
            self.events.tell(Event::Forgotten(id));
        }
        was_there
    }

    /// Everything is as it was at the start.
    pub(crate) fn reset(&self) {
        let (descriptions, demo_devices) = &self.start;
        let _sending = self.schedule.sending();
        for id in self.schedule.clear() {
            self.data.forget_scheduled(&id);
        }
        let mut hubs = self.hubs_mut();
        let fresh = descriptions
            .iter()
            .map(|(name, description)| fresh_hub(name, description.clone(), *demo_devices, &self.data));
        let fresh = fresh.collect();
        let old: BTreeMap<_, _> = std::mem::replace(&mut *hubs, fresh);
        for hub in old.into_values() {
            hub.forget();
        }
        drop(hubs);
        self.telemetry.clear();
        self.blobs.clear();
        self.rejections.clear();
        self.throttle.clear();
        self.clock.reset();
        self.inbox.clear();
    }

    pub(crate) fn hub_names(&self) -> Vec<String> {
        self.hubs().values().map(|hub| hub.name.clone()).collect()
    }

    /// Is there room for devices in the place of others? A tier counts devices: a template for one that is known is none of its
    /// own, nor is a device whose handle changes, nor one whose handle is known on another platform.
    ///
    /// # Errors
    /// There is not.
    pub(crate) fn make_room(
        &self,
        state: &HubState,
        devices: &[Registration],
        replaced: impl Iterator<Item = Registration>,
    ) -> Result<(), Refusal> {
        let known = &state.registrations;
        let handles: HashSet<String> = devices.iter().map(Registration::pns_handle).collect();
        let new = handles.iter().filter(|handle| known.of_handle(handle).next().is_none()).count() as u64;
        let (tier, most) = (self.tier, self.tier.most_devices());
        if new == 0 || known.devices() + new <= most {
            return Ok(());
        }
        let replaced: HashMap<String, String> =
            replaced.map(|registration| (registration.id.clone(), registration.pns_handle())).collect();
        let leaves = |handle: &&String| {
            !handles.contains(*handle)
                && known.of_handle(handle).all(|other| replaced.contains_key(&other.id))
        };
        let leaving = replaced.values().collect::<HashSet<_>>().into_iter().filter(leaves).count() as u64;
        if known.devices() + new <= most + leaving {
            return Ok(());
        }
        let words = format!("SubCode=40300. The {tier} tier has room for {most} devices in a hub");
        Err(Refusal::new(Reason::Forbidden, words))
    }
}

fn connection_string(authority: &str, AccessRule { name, key, .. }: &AccessRule) -> String {
    format!("Endpoint=sb://{authority}/;SharedAccessKeyName={name};SharedAccessKey={key}")
}

/// A new hub, kept from the start.
pub(crate) fn fresh_hub(
    name: &str,
    description: HubDescription,
    demo_devices: bool,
    data: &Data,
) -> (String, Arc<Hub>) {
    let hub = Hub::new(name, description, demo_devices);
    hub.keep_in(data);
    (name.to_ascii_lowercase(), Arc::new(hub))
}
