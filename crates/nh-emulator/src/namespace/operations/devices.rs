//! Devices, as people think of them: a handle, and all that is registered under it.

use super::new_device::{NewDevice, NewTemplate};
use crate::model::contract::Contract;
use crate::model::payload_kind::template_kind;
use crate::model::refusal::Refusal;
use crate::model::registration::{Registration, Template};
use crate::namespace::events::Event;
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use crate::namespace::registrations::Listing;
use crate::rejection::Rejection;
use crate::rules;
use crate::text::contains;
use nh_outcome::Platform;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::iter;
use std::sync::Arc;

/// How many devices are listed unless asked otherwise.
const LIMIT: usize = 100;

/// How many registrations are read at a time.
const PAGE: usize = 200;

/// How many registrations are looked through for one answer; the rest is for the next.
const MAX_LOOKED_AT: usize = 50_000;

/// A device: a handle of a platform, and what is registered under it.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::builder().demo_devices(true).start_blocking()?;
/// let phone = &emulator.devices()[0];
/// println!("{} {} has {} registrations", phone.platform, phone.pns_handle, phone.registrations.len());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// The hub that knows it.
    pub hub: String,
    /// Its platform.
    pub platform: Platform,
    /// The handle of its push service.
    pub pns_handle: String,
    /// What its push service answers to everything, if it has been told to.
    pub rejection: Option<Rejection>,
    /// What is registered under the handle.
    pub registrations: Vec<DeviceRegistration>,
}

/// One of a [`Device`]'s registrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviceRegistration {
    /// Its id.
    pub registration_id: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The name of its template; empty for a template without one, `None` for a native registration.
    pub template: Option<String>,
    /// The installation that it stands for.
    pub installation_id: Option<String>,
}

/// Which devices to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceFilter {
    hub: Option<String>,
    platform: Option<String>,
    tag: Option<String>,
    text: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

/// Some of the devices, and where the next ones begin.
#[derive(Debug, Serialize)]
pub(crate) struct DevicePage {
    devices: Vec<Device>,
    next: Option<String>,
}

impl Namespace {
    /// All devices of all hubs.
    pub(crate) fn devices(&self) -> Vec<Device> {
        let mut filter = DeviceFilter { limit: Some(usize::MAX), ..DeviceFilter::default() };
        let mut all = Vec::new();
        while let Ok(found) = self.list_devices(&filter) {
            all.extend(found.devices);
            match found.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        all
    }

    /// Registers a device, as an app does that has its handle from its platform.
    ///
    /// # Errors
    /// No such hub or platform, what the service refuses, no room.
    pub(crate) fn register_device(&self, new: NewDevice) -> Result<Device, Refusal> {
        self.data.check()?;
        let hub = self.hub_or_first(new.hub.as_deref())?;
        let contract = contract(&new.platform)?;
        let handle = new.pns_handle.unwrap_or_else(|| new_handle(&contract.platform));
        if handle.is_empty() {
            return Err(Refusal::invalid("'pns_handle' is empty; leave it out to have one made up"));
        }
        let mut registration = Registration::of_handle(contract, &handle);
        new.tags.iter().try_for_each(|tag| rules::tag::check(tag))?;
        registration.tags = new.tags;
        if let Some(NewTemplate { name, body }) = new.template {
            let headers = template_kind(&contract.platform, &body);
            let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            registration.template = Some(Template { headers });
            registration.texts.insert("BodyTemplate", body);
            if !name.is_empty() {
                registration.tags.push(name.clone());
                registration.texts.insert("TemplateName", name);
            }
        }
        registration.check()?;
        let mut state = hub.state_at(self.clock.now());
        registration.expires = state.description.end_of(self.clock.now());
        self.make_room(&state, std::slice::from_ref(&registration), iter::empty())?;
        state.registrations.insert(&registration);
        drop(state);
        self.events.tell(Event::Devices);
        Ok(self.device(&hub, &registration))
    }

    /// An installation goes as a whole.
    pub(crate) fn delete_device(
        &self,
        hub: Option<&str>,
        platform: &Platform,
        handle: &str,
    ) -> Result<(), Refusal> {
        self.data.check()?;
        let hub = self.hub_or_first(hub)?;
        let platform = &contract(platform)?.platform;
        let mut state = hub.state();
        let known = state.registrations.of_handle(handle).filter(|known| known.platform() == platform);
        let known: Vec<_> = known.collect();
        if known.is_empty() {
            return Err(Refusal::not_found(format!("there is no {platform} device '{handle}'")));
        }
        for registration in known {
            state.registrations.remove(&registration.id);
            if let Some(id) = registration.installation {
                state.installations.remove(&id);
                state.registrations.replace_installation(&id, &[]);
            }
        }
        self.events.tell(Event::Devices);
        Ok(())
    }

    /// Tells the device's push service what to answer from now on; `None`: it takes everything again.
    ///
    /// # Errors
    /// No such hub or platform.
    pub(crate) fn reject(
        &self,
        hub: Option<&str>,
        platform: &Platform,
        handle: &str,
        rejection: Option<Rejection>,
    ) -> Result<(), Refusal> {
        let hub = self.hub_or_first(hub)?;
        let contract = contract(platform)?;
        // As registrations have it.
        let handle = Registration::of_handle(contract, handle).pns_handle();
        self.rejections.set(&hub.name, &contract.platform, &handle, rejection);
        self.events.tell(Event::Devices);
        Ok(())
    }

    /// The cursor is a hub, and the token of a page of its registrations.
    pub(crate) fn list_devices(&self, filter: &DeviceFilter) -> Result<DevicePage, Refusal> {
        let hubs: Vec<Arc<Hub>> = match &filter.hub {
            Some(name) => vec![self.hub_or_first(Some(name))?],
            None => self.hubs().values().cloned().collect(),
        };
        let wrong = || Refusal::invalid("'after' is no cursor that an answer gave");
        let (after_hub, mut token) = match &filter.after {
            None => (None, None),
            Some(after) => {
                let (hub, token) = after.split_once('/').ok_or_else(wrong)?;
                (Some(hub.to_owned()), Some(token.to_owned()))
            }
        };
        let mut found = Vec::new();
        let mut looked_at = 0;
        let limit = filter.limit.unwrap_or(LIMIT);
        let listing = filter.tag.clone().map_or(Listing::All, Listing::Tag);
        for hub in hubs.iter().skip_while(|hub| after_hub.as_ref().is_some_and(|after| *after != hub.name)) {
            loop {
                let top = PAGE.min(limit - found.len());
                if top == 0 || looked_at >= MAX_LOOKED_AT {
                    let token = token.unwrap_or_default();
                    return Ok(DevicePage { devices: found, next: Some(format!("{}/{token}", hub.name)) });
                }
                let page =
                    hub.state_at(self.clock.now()).registrations.page(&listing, 0, top, token.as_deref());
                let (registrations, next) = page.ok_or_else(wrong)?;
                looked_at += registrations.len();
                let fits = registrations.iter().filter(|registration| filter.fits(registration));
                let devices = fits.filter_map(|registration| {
                    let device = self.device(hub, registration);
                    // A device is listed once: where the first of its registrations that are looked for stands.
                    let first = device.registrations.iter().find(|known| filter.is_tagged(&known.tags))?;
                    (first.registration_id == registration.id).then_some(device)
                });
                found.extend(devices.collect::<Vec<_>>());
                token = next.map(|next| percent_decode_str(&next).decode_utf8_lossy().into_owned());
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(DevicePage { devices: found, next: None })
    }

    fn device(&self, hub: &Hub, registration: &Registration) -> Device {
        let (platform, handle) = (registration.platform(), registration.pns_handle());
        let state = hub.state();
        let known = state.registrations.of_handle(&handle).filter(|known| known.platform() == platform);
        let registrations = known.map(|known| DeviceRegistration {
            template: known.template.as_ref().map(|_| known.template_name().unwrap_or_default().to_owned()),
            registration_id: known.id,
            tags: known.tags,
            installation_id: known.installation,
        });
        Device {
            hub: hub.name.clone(),
            platform: platform.clone(),
            registrations: registrations.collect(),
            rejection: self.rejections.of(&hub.name, platform, &handle),
            pns_handle: handle,
        }
    }
}

impl DeviceFilter {
    fn fits(&self, registration: &Registration) -> bool {
        let platform = |wanted: &String| registration.platform().to_string().eq_ignore_ascii_case(wanted);
        let says = |text: &String| {
            contains(&registration.pns_handle(), text)
                || registration.tags.iter().any(|tag| contains(tag, text))
        };
        self.platform.as_ref().is_none_or(platform) && self.text.as_ref().is_none_or(says)
    }

    fn is_tagged(&self, tags: &[String]) -> bool {
        self.tag.as_ref().is_none_or(|tag| tags.iter().any(|known| known.eq_ignore_ascii_case(tag)))
    }
}

fn contract(platform: &Platform) -> Result<&'static Contract, Refusal> {
    Contract::of(platform).ok_or_else(|| {
        let known: Vec<_> = Platform::KNOWN.iter().map(Platform::as_str).collect();
        Refusal::invalid(format!("'{platform}' is no platform; known are {}", known.join(", ")))
    })
}

/// A handle as the platform's own look.
fn new_handle(platform: &Platform) -> String {
    let random = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
    match platform {
        Platform::Apple => random.to_uppercase(),
        Platform::Windows => format!("https://db5p.notify.windows.com/?token={random}"),
        Platform::WindowsPhone => format!("https://s.notify.live.net/u/1/db3/{random}"),
        Platform::Browser => format!("https://push.example/send/{random}"),
        Platform::Baidu => format!("{:016x}-{:016x}", fastrand::u64(..), fastrand::u64(..)),
        _ => random,
    }
}
