//! Devices, as people think of them: a handle, and all that is registered under it.

use super::device::{Device, DeviceRegistration};
use super::new_device::{NewDevice, NewTemplate};
use crate::model::contract::Contract;
use crate::model::refusal::Refusal;
use crate::model::registration::Registration;
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
        self.put_device(new, false)
    }

    /// The same for a device that is declared: what is registered under its handle natively, or with a template of the same name,
    /// changes and keeps its id. What else there is under the handle stays.
    ///
    /// # Errors
    /// As [`register_device`](Namespace::register_device).
    pub(crate) fn declare_device(&self, new: NewDevice) -> Result<Device, Refusal> {
        self.put_device(new, true)
    }

    fn put_device(&self, new: NewDevice, in_place: bool) -> Result<Device, Refusal> {
        self.data.check()?;
        let hub = self.hub_or_first(new.hub.as_deref())?;
        let contract = contract(&new.platform)?;
        let handle = new.pns_handle.unwrap_or_else(|| new_handle(&contract.platform));
        if handle.is_empty() {
            return Err(Refusal::invalid("'pns_handle' is empty; leave it out to have one made up"));
        }
        let mut state = hub.state_at(self.clock.now());
        let expires = state.description.end_of(self.clock.now());
        let fresh = Registration { expires, ..Registration::of_handle(contract, &handle) };
        let is_listed = new.registrations.is_some();
        let mut registrations = match new.registrations {
            None => {
                let mut made = one(fresh.clone(), new.tags, new.template)?;
                let same = |known: &Registration| {
                    known.contract == contract
                        && known.installation.is_none()
                        && known.template.is_some() == made.template.is_some()
                        && known.template_name() == made.template_name()
                };
                let handle = made.pns_handle();
                let known = in_place.then(|| state.registrations.of_handle(&handle).find(same)).flatten();
                if let Some(known) = known {
                    (made.id, made.etag) = (known.id, known.etag);
                }
                vec![made]
            }
            Some(listed) if !listed.is_empty() && new.tags.is_empty() && new.template.is_none() => {
                let listed = listed.into_iter().map(|listed| {
                    let known = state.registrations.get(&listed.registration_id);
                    let known = known.filter(|known| {
                        known.contract == contract && known.pns_handle() == fresh.pns_handle()
                    });
                    again(known.unwrap_or_else(|| fresh.clone()), listed)
                });
                listed.collect::<Result<Vec<_>, _>>()?
            }
            Some(listed) if listed.is_empty() => {
                return Err(Refusal::invalid("'registrations' is empty; leave it out to have one made up"));
            }
            Some(_) => return Err(Refusal::invalid("give 'registrations', or 'tags' and 'template'")),
        };
        for registration in &mut registrations {
            match new.unchecked {
                true => registration.forget_template_headers(),
                false => registration.check()?,
            }
            rules::tag::check_all(&registration.tags)?;
            rules::tag::distinct(&mut registration.tags);
        }
        let known = registrations.iter().filter_map(|registration| state.registrations.get(&registration.id));
        self.make_room(&state, &registrations, known)?;
        for registration in &registrations {
            state.registrations.insert(registration);
        }
        drop(state);
        if is_listed || new.rejection.is_some() {
            self.rejections.set(&hub.name, &contract.platform, &fresh.pns_handle(), new.rejection);
        }
        self.events.tell(Event::Devices);
        Ok(self.device(&hub, &fresh))
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
            template_body: known.template_body().map(str::to_owned),
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

/// A device's one registration.
fn one(
    device: Registration,
    tags: Vec<String>,
    template: Option<NewTemplate>,
) -> Result<Registration, Refusal> {
    tags.iter().try_for_each(|tag| rules::tag::check(tag))?;
    let mut registration = Registration { tags, ..device };
    if let Some(NewTemplate { name, body }) = template {
        if !name.is_empty() {
            registration.tags.push(name.clone());
        }
        registration.set_template(name, body);
    }
    Ok(registration)
}

/// One as a list has it, over what is known of it.
fn again(mut registration: Registration, listed: DeviceRegistration) -> Result<Registration, Refusal> {
    let DeviceRegistration { registration_id, tags, template, template_body, installation_id } = listed;
    let ids = iter::once(&registration_id).chain(&installation_id);
    ids.into_iter().try_for_each(|id| rules::name::check_id(id))?;
    // A template is named by a tag that may have any characters.
    let given = tags.iter().filter(|tag| Some(*tag) != template.as_ref());
    given.filter(|tag| !rules::tag::is_of_the_service(tag)).try_for_each(|tag| rules::tag::check(tag))?;
    (registration.id, registration.tags, registration.installation) =
        (registration_id, tags, installation_id);
    match (template, template_body) {
        (Some(name), Some(body)) => {
            let known = (registration.template_name().unwrap_or_default(), registration.template_body());
            if known != (&*name, Some(&body)) {
                registration.set_template(name, body);
            }
        }
        (None, None) => registration.clear_template(),
        _ => {
            return Err(Refusal::invalid(
                "give 'template', its name, with 'template_body', or neither of them",
            ));
        }
    }
    Ok(registration)
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
