//! What the emulator holds.

use crate::clock::Clock;
use crate::control::Token;
use crate::data::Data;
use crate::event::{Event, Events};
use crate::fault::Faults;
use crate::hub::Hub;
use crate::hub_description::HubDescription;
use crate::inbox::Received;
use crate::rejection::Rejections;
use crate::reply::Refusal;
use crate::request_log::LoggedRequest;
use crate::ring::Ring;
use crate::sas::Rule;
use crate::schedule::Schedule;
use crate::storage::Storage;
use crate::telemetry::Telemetry;
use crate::throttle::Throttle;
use crate::tier::Tier;
use http::HeaderMap;
use nh_core::TagExpression;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use time::OffsetDateTime;

/// Everything the emulator holds.
pub(crate) struct Service {
    /// `localhost:{port}`
    pub(crate) authority: String,
    /// Its name in there.
    pub(crate) host: String,
    /// The hub that is meant where none is named.
    pub(crate) first_hub: String,
    pub(crate) control_token: Option<Token>,
    /// As it was at the start: hubs by their names, and whether they have demo devices.
    pub(crate) start: (Vec<String>, bool),
    pub(crate) rules: [Rule; 2],
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

    /// Of a rule of the namespace: 0 has all rights, 1 may only listen.
    pub(crate) fn connection_string(&self, rule: usize) -> String {
        let rule = &self.rules[rule];
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
    pub(crate) fn reset(&self) -> io::Result<()> {
        let (names, demo_devices) = &self.start;
        let _sending = self.schedule.sending();
        for id in self.schedule.clear() {
            self.data.forget_scheduled(&id);
        }
        let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
        let fresh = fresh_hubs(names, *demo_devices, &self.data)?;
        for hub in std::mem::replace(&mut *hubs, fresh).into_values() {
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
        Ok(())
    }

    pub(crate) fn hub_names(&self) -> Vec<String> {
        let hubs = self.hubs.read().unwrap_or_else(PoisonError::into_inner);
        hubs.values().map(|hub| hub.name.clone()).collect()
    }

    /// The URL of a hub. The gateway's own host name stands in bodies (recorded); here there is only one.
    pub(crate) fn base(&self, hub: &Hub) -> String {
        format!("https://{}/{}", self.authority, hub.name)
    }

    /// Where a notification can be asked for; only the Standard tier says so.
    pub(crate) fn location(&self, hub: &Hub, path: &str, flags: &str) -> Option<String> {
        (self.tier == Tier::Standard)
            .then(|| format!("https://{}/{}/{path}?api-version=2020-06{flags}", self.authority, hub.name))
    }
}

/// New hubs, kept from the start.
pub(crate) fn fresh_hubs<'a>(
    names: impl IntoIterator<Item = &'a String>,
    demo_devices: bool,
    data: &Data,
) -> io::Result<BTreeMap<String, Arc<Hub>>> {
    let fresh = |name: &String| {
        let hub = Hub::new(name.clone(), HubDescription::new()?, demo_devices);
        hub.keep_in(data);
        Ok((name.to_ascii_lowercase(), Arc::new(hub)))
    };
    names.into_iter().map(fresh).collect()
}

/// The tags header as an expression; `None` is everyone.
pub(crate) fn audience(headers: &HeaderMap) -> Result<Option<TagExpression>, Refusal> {
    let Some(value) = headers.get("servicebusnotification-tags") else { return Ok(None) };
    let value = String::from_utf8_lossy(value.as_bytes());
    TagExpression::parse(&value).map(Some).map_err(|why| {
        let words = "Valid tag characters are alphanumeric, _, @, -, ., : and #.";
        Refusal::bad_request(format!("An invalid tag(s) '{value}' was supplied. {words} ({why})"))
    })
}

/// `NH-{yyyyMMddHHmmssfff}-{32 hex}-{2 digits}`, as recorded.
pub(crate) fn notification_id(now: OffsetDateTime) -> String {
    let format =
        time::macros::format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
    let time = now.format(format).expect("the system's time has a year and a month");
    format!("NH-{time}-{:032x}-{:02}", fastrand::u128(..), fastrand::u8(..100))
}
