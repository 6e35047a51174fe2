//! How a notification reaches devices. The hub is looked at piece by piece and let go in between: nobody waits for a large send.

use super::events::Event;
use super::feedback;
use super::hub::{Hub, HubState};
use super::namespace::Namespace;
use crate::breach::Breach;
use crate::model::dead_device::DeadDevice;
use crate::model::delivery::Received;
use crate::model::notification::{Content, Notification};
use crate::model::registration::Registration;
use crate::model::send::{Send, Target};
use crate::model::verdict::{DeviceResult, Verdict};
use crate::rejection::Rejection;
use crate::rules;
use crate::template::filling::Filling;
use crate::template::properties::Properties;
use crate::template::render::{render, render_text};
use nh_core::TagExpression;
use nh_outcome::Platform;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use time::OffsetDateTime;

/// A test send reaches at most so many devices (documented).
const MAX_TESTED: usize = 10;

/// So many registrations are read, or dropped, before the hub is let go.
const PIECE: usize = 256;

/// What a device is sent.
#[derive(Clone, Debug)]
struct Message {
    payload: Arc<str>,
    headers: Arc<BTreeMap<String, String>>,
    /// What its template asks for and the notification does not have.
    unfilled: Vec<String>,
}

/// A notification on its way: what all its deliveries share.
struct Round<'a> {
    namespace: &'a Namespace,
    hub: &'a Hub,
    id: Arc<str>,
    hub_name: Arc<str>,
    now: OffsetDateTime,
    body: Arc<str>,
    deliveries: Vec<Received>,
}

impl<'a> Round<'a> {
    fn new(namespace: &'a Namespace, hub: &'a Hub, notification: &Notification, id: &str) -> Round<'a> {
        Round {
            namespace,
            hub,
            id: id.into(),
            hub_name: hub.name.as_str().into(),
            now: namespace.clock.now(),
            body: String::from_utf8_lossy(&notification.body).into(),
            deliveries: Vec::new(),
        }
    }

    /// What a device without a template is sent.
    fn native(&self, notification: &Notification) -> Message {
        Message {
            payload: self.body.clone(),
            headers: notification.headers.clone().into(),
            unfilled: Vec::new(),
        }
    }

    /// Asks the device's push service, and puts what it takes in the inbox.
    fn push(
        &mut self,
        platform: &Platform,
        handle: &str,
        message: Message,
        registration: Option<&Registration>,
    ) -> Verdict {
        let told = self.namespace.rejections.of(&self.hub.name, platform, handle);
        let told = told.or_else(|| rules::payload::refusal(platform, &message.headers, &message.payload));
        if let Some(rejection) = told {
            return Verdict::Refused(rejection);
        }
        let template = registration.filter(|registration| registration.template.is_some());
        self.deliveries.push(Received {
            id: 0,
            time: self.now,
            hub: self.hub_name.clone(),
            notification_id: self.id.clone(),
            platform: platform.clone(),
            pns_handle: handle.to_owned(),
            registration_id: registration.map(|registration| registration.id.clone()),
            tags: registration.map(|registration| registration.tags.clone()).unwrap_or_default(),
            template: template.and_then(|template| template.template_name()).map(str::to_owned),
            template_body: template.and_then(|template| template.text("BodyTemplate")).map(str::to_owned),
            unfilled_properties: message.unfilled,
            notification_body: self.body.clone(),
            payload: message.payload,
            headers: message.headers,
        });
        Verdict::Success
    }

    /// What has been pushed since the last time is in the inbox.
    fn arrive(&mut self) {
        let deliveries = std::mem::take(&mut self.deliveries);
        self.namespace
            .inbox
            .add(deliveries, |received| self.namespace.events.tell(Event::Delivery(received)));
    }

    /// Drops dead devices, and writes feedback.
    fn bury(&self, dead: &[DeadDevice]) {
        for piece in dead.chunks(PIECE) {
            let mut state = self.hub.state();
            for device in piece {
                drop_device(&mut state, device);
            }
            drop(state);
            for device in piece {
                feedback::append(&self.namespace.blobs, &self.hub.name, device, &self.id, self.now);
            }
        }
        if !dead.is_empty() {
            self.namespace.events.tell(Event::Devices);
        }
    }
}

impl Namespace {
    /// Delivers a send to its devices, and says what became of it on each. Devices that turn out to be dead are dropped.
    pub(super) fn deliver(&self, hub: &Hub, send: &Send, id: &str) -> Vec<DeviceResult> {
        let most = if send.is_test { MAX_TESTED } else { usize::MAX };
        let results = match &send.target {
            Target::Audience(audience) => {
                self.deliver_to_audience(hub, &send.notification, audience.as_ref(), id, most)
            }
            Target::Handles(handles) => self.deliver_to_handles(hub, &send.notification, handles, id),
        };
        self.counts.sent(send, &results);
        results
    }

    /// Delivers to the registrations that match, each device once, and at most `most` of them.
    fn deliver_to_audience(
        &self,
        hub: &Hub,
        notification: &Notification,
        audience: Option<&TagExpression>,
        id: &str,
        most: usize,
    ) -> Vec<DeviceResult> {
        let mut round = Round::new(self, hub, notification, id);
        let native = round.native(notification);
        let mut seen = HashSet::new();
        let mut delivered = Vec::new();
        let mut dead = Vec::new();
        let mut from = Some(0);
        while let Some(start) = from {
            let asked = PIECE.min(most - delivered.len());
            let piece: Vec<(u32, Registration)> = {
                let state = hub.state_at(round.now);
                state.registrations.matching(audience, notification.platform(), start).take(asked).collect()
            };
            // Fewer than asked for are the last ones.
            let last = piece.last().filter(|_| piece.len() == PIECE);
            from = last.and_then(|(last, _)| last.checked_add(1));
            for (_, registration) in piece {
                let (platform, handle) = (registration.platform().clone(), registration.pns_handle());
                let template = registration.template_name().map(str::to_owned);
                let mut unfilled = Vec::new();
                let verdict = if seen.insert((registration.contract.number(), handle.clone(), template)) {
                    let message = match &notification.content {
                        Content::Native(_) => Ok(native.clone()),
                        Content::Template(properties) => rendered(&registration, properties, &native),
                    };
                    match message {
                        Ok(message) => {
                            unfilled.clone_from(&message.unfilled);
                            round.push(&platform, &handle, message, Some(&registration))
                        }
                        Err(_) => Verdict::Refused(Rejection::InvalidNotificationFormat),
                    }
                } else {
                    Verdict::Skipped
                };
                if let Some(rejection) = verdict.death() {
                    dead.push(DeadDevice { rejection, registration: registration.clone() });
                }
                let registration_id = Some(registration.id);
                delivered.push(DeviceResult {
                    platform,
                    pns_handle: handle,
                    registration_id,
                    verdict,
                    unfilled,
                });
            }
            round.arrive();
        }
        round.bury(&dead);
        delivered
    }

    /// Delivers to devices by their handles, registered or not, each once.
    fn deliver_to_handles(
        &self,
        hub: &Hub,
        notification: &Notification,
        handles: &[String],
        id: &str,
    ) -> Vec<DeviceResult> {
        let Content::Native(platform) = &notification.content else { return Vec::new() };
        let mut round = Round::new(self, hub, notification, id);
        let message = round.native(notification);
        let mut seen = HashSet::new();
        let mut delivered = Vec::new();
        let mut dead = Vec::new();
        for handle in handles {
            let verdict = if seen.insert(handle.as_str()) {
                round.push(platform, handle, message.clone(), None)
            } else {
                Verdict::Skipped
            };
            if let Some(rejection) = verdict.death() {
                let state = hub.state_at(round.now);
                let known = state.registrations.of_handle(handle);
                let known = known.filter(|known| known.platform() == platform);
                dead.extend(known.map(|registration| DeadDevice { rejection, registration }));
            }
            delivered.push(DeviceResult {
                platform: platform.clone(),
                pns_handle: handle.clone(),
                registration_id: None,
                verdict,
                unfilled: Vec::new(),
            });
        }
        round.arrive();
        round.bury(&dead);
        delivered
    }
}

/// A template is filled in with the notification's properties and, where those are silent, with the device's push variables.
fn rendered(
    registration: &Registration,
    properties: &Properties,
    native: &Message,
) -> Result<Message, Breach> {
    let properties = properties.and(&registration.push_variables);
    let filling = Filling::new(&properties);
    let text = |name: &str| registration.text(name);
    let payload = render(text("BodyTemplate").unwrap_or_default(), &filling)?;
    let platform = registration.platform();
    // Of the notification's own headers, those of this platform.
    let own = native.headers.iter().filter(|(name, _)| rules::header::is_forwarded(Some(platform), name));
    let mut headers: BTreeMap<String, String> =
        own.map(|(name, value)| (name.clone(), value.clone())).collect();
    for (name, value) in registration.template.iter().flat_map(|template| &template.headers) {
        headers.insert(name.to_ascii_lowercase(), render_text(value, &filling)?);
    }
    if *platform == Platform::Apple {
        let filled = |name: &str| {
            let filled = text(name).map(|text| render_text(text, &filling)).transpose();
            filled.map(|filled| filled.filter(|text| !text.trim().is_empty()))
        };
        let (expiry, priority) = (filled("Expiry")?, filled("Priority")?);
        // Zero is no time, and means: now or never.
        if expiry.as_deref().is_some_and(|text| text.trim() == "0") {
            headers.entry("apns-expiration".to_owned()).or_insert_with(|| "0".to_owned());
        }
        let expiry = expiry.filter(|text| text.trim() != "0");
        rules::header::add_apple(&mut headers, expiry.as_deref(), priority.as_deref())?;
    }
    Ok(Message { payload: payload.into(), headers: headers.into(), unfilled: filling.unfilled() })
}

/// Its registrations go, and their ids with them. An installation stays, to tell that its channel has expired.
fn drop_device(state: &mut HubState, device: &DeadDevice) {
    let handle = device.registration.pns_handle();
    let known: Vec<Registration> = state.registrations.of_handle(&handle).collect();
    for registration in known {
        if registration.platform() != device.registration.platform() {
            continue;
        }
        state.registrations.remove(&registration.id);
        if let Some(id) = &registration.installation
            && let Some(mut document) = state.installations.get(id)
        {
            document.insert("pushChannelExpired".into(), true.into());
            state.installations.insert(id, document);
        }
        state.gone.insert(&registration.id);
    }
}
