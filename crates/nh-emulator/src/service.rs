//! What the emulator holds.

use crate::clock::Clock;
use crate::control::Token;
use crate::data::Data;
use crate::event::{Event, Events};
use crate::fault::Faults;
use crate::hub::{Hub, State};
use crate::hub_description::HubDescription;
use crate::inbox::Received;
use crate::registration::Registration;
use crate::rejection::Rejections;
use crate::reply::Refusal;
use crate::request_log::LoggedRequest;
use crate::ring::Ring;
use crate::rules;
use crate::sas::{Claim, Rule};
use crate::schedule::Schedule;
use crate::storage::Storage;
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tier::Tier;
use http::{HeaderMap, StatusCode};
use nh_core::TagExpression;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use time::OffsetDateTime;

/// Everything the emulator holds.
///
/// Whoever takes several locks takes them in this order: [`Schedule::sending`], `hubs`, a hub's [state](Hub::state), any other.
pub(crate) struct Service {
    /// `localhost:{port}`
    pub(crate) authority: String,
    /// Its name in there.
    pub(crate) host: String,
    /// The hub that is meant where none is named.
    pub(crate) first_hub: String,
    pub(crate) control_token: Option<Token>,
    /// As it was at the start: hubs and their descriptions, and whether they have demo devices.
    pub(crate) start: (Vec<(String, HubDescription)>, bool),
    /// The namespace's.
    pub(crate) rule: Rule,
    /// By lower-case name.
    pub(crate) hubs: RwLock<BTreeMap<String, Arc<Hub>>>,
    /// Where what must last is kept.
    pub(crate) data: Data,
    pub(crate) storage: Storage,
    /// What devices have received.
    pub(crate) inbox: Ring<Received>,
    /// What the data plane has been asked.
    pub(crate) requests: Ring<LoggedRequest>,
    pub(crate) events: Events,
    pub(crate) telemetry: Telemetry,
    pub(crate) clock: Clock,
    pub(crate) schedule: Schedule,
    pub(crate) faults: Faults,
    pub(crate) tier: Tier,
    pub(crate) throttle: Throttle,
    pub(crate) rejections: Rejections,
}

impl Service {
    pub(crate) fn hub(&self, name: &str) -> Option<Arc<Hub>> {
        self.hubs.read().unwrap_or_else(PoisonError::into_inner).get(&name.to_ascii_lowercase()).cloned()
    }

    /// Of the namespace: it opens every hub.
    pub(crate) fn namespace_connection_string(&self) -> String {
        self.connection_string(&self.rule)
    }

    /// Of a hub, with all rights there; if it has no such rule any more, the namespace's.
    pub(crate) fn hub_connection_string(&self, hub: &str) -> String {
        self.of_hub(hub, Rule::FULL, |rule| rule.claims.contains(&Claim::Manage))
    }

    /// Of a hub, with the right to listen only, if it has such a rule.
    pub(crate) fn listen_only_connection_string(&self, hub: &str) -> String {
        self.of_hub(hub, Rule::LISTEN, |rule| rule.claims == [Claim::Listen])
    }

    fn of_hub(&self, hub: &str, name: &str, fits: impl Fn(&Rule) -> bool) -> String {
        let Some(hub) = self.hub(hub) else { return self.namespace_connection_string() };
        let state = hub.state();
        let rules = &state.description;
        let rule = rules.rule(name).filter(|rule| fits(rule));
        let rule = rule.or_else(|| rules.rules.iter().find(|rule| fits(rule)));
        self.connection_string(rule.unwrap_or(&self.rule))
    }

    fn connection_string(&self, rule: &Rule) -> String {
        format!(
            "Endpoint=sb://{}/;SharedAccessKeyName={};SharedAccessKey={}",
            self.authority, rule.name, rule.key
        )
    }

    /// What is due by the clock's new time goes out.
    pub(crate) fn clock_moved(&self) {
        self.send_due();
        self.schedule.wake();
        self.events.tell(Event::Clock);
    }

    /// Forgets what devices have received.
    pub(crate) fn clear_inbox(&self) {
        self.inbox.clear();
        self.events.tell(Event::Inbox);
    }

    /// Everything is as it was at the start.
    pub(crate) fn reset(&self) {
        let (descriptions, demo_devices) = &self.start;
        let _sending = self.schedule.sending();
        for id in self.schedule.clear() {
            self.data.forget_scheduled(&id);
        }
        let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
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
        self.storage.clear();
        self.rejections.clear();
        self.throttle.clear();
        self.faults.clear();
        self.clock.reset();
        self.inbox.clear();
        self.requests.clear();
        self.events.tell(Event::Reset);
    }

    pub(crate) fn hub_names(&self) -> Vec<String> {
        let hubs = self.hubs.read().unwrap_or_else(PoisonError::into_inner);
        hubs.values().map(|hub| hub.name.clone()).collect()
    }

    /// The URL of a hub. The gateway's own host name stands in bodies (recorded); here there is only one.
    pub(crate) fn base(&self, hub: &Hub) -> String {
        format!("https://{}/{}", self.authority, hub.name)
    }

    /// Where a notification can be asked for, under the version that was asked with (recorded 2018 and 2023); only the Standard
    /// tier says so.
    pub(crate) fn location(&self, hub: &Hub, path: &str, api_version: &str, flags: &str) -> Option<String> {
        (self.tier == Tier::Standard)
            .then(|| format!("{}/{path}?api-version={api_version}{flags}", self.base(hub)))
    }

    /// Is there room for devices? A tier counts devices: a template for one that is known is none of its own.
    ///
    /// # Errors
    /// 403: there is not.
    pub(crate) fn make_room<'a>(
        &self,
        state: &State,
        devices: impl IntoIterator<Item = &'a Registration>,
    ) -> Result<(), Refusal> {
        let mut new = HashSet::new();
        for device in devices {
            let handle = device.pns_handle();
            if !state.registrations.knows(device.platform(), &handle) {
                new.insert((device.contract.number(), handle));
            }
        }
        let (tier, most) = (self.tier, self.tier.most_devices());
        if new.is_empty() || state.registrations.devices() + new.len() as u64 <= most {
            return Ok(());
        }
        let detail = format!("SubCode=40300. The {tier} tier has room for {most} devices in a hub");
        Err(Refusal::new(StatusCode::FORBIDDEN, detail))
    }
}

/// A new hub, kept from the start.
pub(crate) fn fresh_hub(
    name: &str,
    description: HubDescription,
    demo_devices: bool,
    data: &Data,
) -> (String, Arc<Hub>) {
    let hub = Hub::new(name.to_owned(), description, demo_devices);
    hub.keep_in(data);
    (name.to_ascii_lowercase(), Arc::new(hub))
}

/// The tags header as an expression; `None` is everyone.
pub(crate) fn audience(headers: &HeaderMap) -> Result<Option<TagExpression>, Refusal> {
    let Some(value) = headers.get("servicebusnotification-tags") else { return Ok(None) };
    let value = String::from_utf8_lossy(value.as_bytes());
    TagExpression::parse(&value)
        .map(Some)
        .map_err(|why| Refusal::bad_request(format!("{} ({why})", rules::tag::invalid(&value))))
}

/// `NH-{yyyyMMddHHmmssfff}-{32 hex}-{2 digits}`, as recorded.
pub(crate) fn notification_id(now: OffsetDateTime) -> String {
    let format =
        time::macros::format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
    let time = now.format(format).expect("the system's time has a year and a month");
    format!("NH-{time}-{:032x}-{:02}", fastrand::u128(..), fastrand::u8(..100))
}
