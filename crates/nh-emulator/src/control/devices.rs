use super::json::{self, Fault, Json, contains};
use super::kind::template_kind;
use super::new_device::{NewDevice, NewTemplate};
use crate::delivered::Verdict;
use crate::event::Event;
use crate::hub::Hub;
use crate::registration::{Contract, Listing, Registration, Template};
use crate::rules::tag;
use crate::service::Service;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use http::StatusCode;
use nh_outcome::Platform;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use tokio::task::block_in_place;

/// How many devices are listed unless asked otherwise.
const LIMIT: usize = 100;

/// How many registrations are read at a time.
const PAGE: usize = 200;

/// How many registrations are looked through for one answer; the rest is for the next.
const MOST_LOOKED_AT: usize = 50_000;

/// A device: a handle of a platform, and what is registered under it.
///
/// ```
/// use nh_emulator::Emulator;
///
/// let emulator = Emulator::start_blocking()?;
/// let phone = &emulator.devices()[0];
/// println!("{} {} has {} registrations", phone.platform, phone.pns_handle, phone.registrations.len());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Device {
    /// The hub that knows it.
    pub hub: String,
    /// `apple`, `windows`, ..
    pub platform: String,
    /// The handle of its push service.
    pub pns_handle: String,
    /// What it answers to everything, if it has been told to: `ExpiredChannel`, ..
    pub rejection: Option<String>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    hub: Option<String>,
    platform: Option<String>,
    tag: Option<String>,
    text: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Devices {
    devices: Vec<Device>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Handle {
    hub: Option<String>,
    platform: String,
    pns_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejection {
    hub: Option<String>,
    platform: String,
    pns_handle: String,
    outcome: Option<String>,
}

/// `GET /$emulator/devices`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<axum::Json<Devices>, Fault> {
    let Query(filter) = filter.map_err(|why| Fault::bad_request(why.body_text()))?;
    block_in_place(|| devices(&service, &filter)).map(axum::Json)
}

/// `POST /$emulator/devices`
pub(super) async fn register(
    State(service): State<Arc<Service>>,
    Json(new): Json<NewDevice>,
) -> Result<(StatusCode, axum::Json<Device>), Fault> {
    Ok((StatusCode::CREATED, axum::Json(service.register_device(new)?)))
}

/// `DELETE /$emulator/devices`
pub(super) async fn delete(
    State(service): State<Arc<Service>>,
    handle: Result<Query<Handle>, QueryRejection>,
) -> Result<StatusCode, Fault> {
    let Query(handle) = handle.map_err(|why| Fault::bad_request(why.body_text()))?;
    service.delete_device(handle.hub.as_deref(), &handle.platform, &handle.pns_handle)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /$emulator/devices/rejection`
pub(super) async fn reject(
    State(service): State<Arc<Service>>,
    Json(rejection): Json<Rejection>,
) -> Result<StatusCode, Fault> {
    let Rejection { hub, platform, pns_handle, outcome } = rejection;
    service.reject(hub.as_deref(), &platform, &pns_handle, outcome.as_deref())?;
    Ok(StatusCode::NO_CONTENT)
}

impl Service {
    /// All devices of all hubs.
    pub(crate) fn devices(&self) -> Vec<Device> {
        let mut filter = Filter { limit: Some(usize::MAX), ..Filter::default() };
        let mut all = Vec::new();
        while let Ok(found) = devices(self, &filter) {
            all.extend(found.devices);
            match found.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        all
    }

    pub(crate) fn register_device(&self, new: NewDevice) -> Result<Device, Fault> {
        let hub = json::hub(self, new.hub.as_deref())?;
        let contract = contract(&new.platform)?;
        let handle = new.pns_handle.unwrap_or_else(|| new_handle(&contract.platform));
        if handle.is_empty() {
            return Err(Fault::bad_request("'pns_handle' is empty; leave it out to have one made up"));
        }
        let mut registration = Registration::of_handle(contract, &handle);
        new.tags.iter().try_for_each(|tag| tag::check(tag)).map_err(Fault::bad_request)?;
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
        registration.check().map_err(Fault::bad_request)?;
        let mut state = hub.state_at(self.clock.now());
        registration.expires = state.description.end_of(self.clock.now());
        self.make_room(&state, [&registration])?;
        state.registrations.insert(&registration);
        drop(state);
        self.events.tell(Event::Devices);
        Ok(device(self, &hub, &registration))
    }

    /// An installation goes as a whole.
    pub(crate) fn delete_device(&self, hub: Option<&str>, platform: &str, handle: &str) -> Result<(), Fault> {
        let hub = json::hub(self, hub)?;
        let platform = &contract(platform)?.platform;
        let mut state = hub.state();
        let known = state.registrations.of_handle(handle).filter(|known| known.platform() == platform);
        let known: Vec<_> = known.collect();
        if known.is_empty() {
            return Err(Fault::not_found(format!("there is no {platform} device '{handle}'")));
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

    /// From now on the device answers so to everything.
    pub(crate) fn reject(
        &self,
        hub: Option<&str>,
        platform: &str,
        handle: &str,
        word: Option<&str>,
    ) -> Result<(), Fault> {
        let hub = json::hub(self, hub)?;
        let contract = contract(platform)?;
        let refused = |word| Verdict::refused(word).ok_or_else(|| Fault::bad_request(unknown_outcome(word)));
        let verdict = word.map(refused).transpose()?;
        // As registrations have it.
        let handle = Registration::of_handle(contract, handle).pns_handle();
        self.rejections.set(&hub.name, &contract.platform, &handle, verdict);
        self.events.tell(Event::Devices);
        Ok(())
    }
}

fn unknown_outcome(word: &str) -> String {
    format!("'{word}' is no outcome; known are {}", Verdict::REFUSALS.join(", "))
}

/// The cursor is a hub, and the token of a page of its registrations.
fn devices(service: &Service, filter: &Filter) -> Result<Devices, Fault> {
    let hubs: Vec<Arc<Hub>> = match &filter.hub {
        Some(name) => vec![json::hub(service, Some(name))?],
        None => service.hubs.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect(),
    };
    let wrong = || Fault::bad_request("'after' is no cursor that an answer gave");
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
            if top == 0 || looked_at >= MOST_LOOKED_AT {
                let token = token.unwrap_or_default();
                return Ok(Devices { devices: found, next: Some(format!("{}/{token}", hub.name)) });
            }
            let page =
                hub.state_at(service.clock.now()).registrations.page(&listing, 0, top, token.as_deref());
            let (registrations, next) = page.ok_or_else(wrong)?;
            looked_at += registrations.len();
            let fits = registrations.iter().filter(|registration| filter.fits(registration));
            let devices = fits.filter_map(|registration| {
                let device = device(service, hub, registration);
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
    Ok(Devices { devices: found, next: None })
}

impl Filter {
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

fn device(service: &Service, hub: &Hub, registration: &Registration) -> Device {
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
        platform: platform.to_string(),
        registrations: registrations.collect(),
        rejection: service
            .rejections
            .of(&hub.name, platform, &handle)
            .map(|verdict| verdict.name().to_owned()),
        pns_handle: handle,
    }
}

fn contract(platform: &str) -> Result<&'static Contract, Fault> {
    Contract::of(&platform.to_ascii_lowercase().as_str().into()).ok_or_else(|| {
        let known = "apple, fcmv1, gcm, windows, windowsphone, adm, baidu, browser and xiaomi";
        Fault::bad_request(format!("'{platform}' is no platform; known are {known}"))
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
        Platform::Baidu => format!("{}-{}", &random[..16], &random[16..32]),
        _ => random,
    }
}
