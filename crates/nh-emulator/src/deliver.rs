//! How a notification reaches devices.

use crate::delivered::{Delivered, Verdict};
use crate::feedback::{self, Dead};
use crate::hub::{Hub, State};
use crate::inbox::Delivery;
use crate::notification::{Content, Notification};
use crate::registration::Registration;
use crate::service::Service;
use crate::template;
use nh_core::TagExpression;
use nh_outcome::Platform;
use std::collections::{BTreeMap, HashSet};
use time::OffsetDateTime;

/// What a device is sent: payload and platform headers.
type Message = (String, BTreeMap<String, String>);

impl Service {
    /// Delivers to the registrations that match, each device once, and at most `most` of them. Devices that turn out to be dead
    /// are dropped.
    pub(crate) fn deliver(
        &self,
        hub: &Hub,
        notification: &Notification,
        audience: Option<&TagExpression>,
        id: &str,
        most: usize,
    ) -> Vec<Delivered> {
        let now = OffsetDateTime::now_utc();
        let mut seen = HashSet::new();
        let mut deliveries = Vec::new();
        let mut delivered = Vec::new();
        let mut dead = Vec::new();
        let mut state = hub.state();
        for registration in state.registrations.matching(audience, notification.platform()).take(most) {
            let (platform, handle) = (registration.platform().clone(), registration.pns_handle());
            let verdict = if seen.insert((handle.clone(), registration.template_name().map(str::to_owned))) {
                match content(&registration, notification) {
                    Err(why) => Verdict::Unrendered(why),
                    Ok(message) => {
                        let verdict = self.push(hub, &platform, &handle, &message);
                        if verdict == Verdict::Success {
                            deliveries.push(delivery(hub, id, now, &registration, message));
                        }
                        verdict
                    }
                }
            } else {
                Verdict::Skipped
            };
            if verdict.is_dead() {
                dead.push(Dead { error: verdict.name(), registration: registration.clone() });
            }
            let registration_id = Some(registration.id);
            delivered.push(Delivered { platform, pns_handle: handle, registration_id, verdict });
        }
        for device in &dead {
            drop_device(&mut state, device);
            feedback::append(&self.storage, &hub.name, device, id, now);
        }
        drop(state);
        self.inbox.add(deliveries);
        delivered
    }

    /// Delivers to devices by their handles, registered or not, each once.
    pub(crate) fn deliver_direct(
        &self,
        hub: &Hub,
        notification: &Notification,
        handles: &[String],
        id: &str,
    ) -> Vec<Delivered> {
        let Content::Native(platform, body) = &notification.content else { return Vec::new() };
        let now = OffsetDateTime::now_utc();
        let message = (String::from_utf8_lossy(body).into_owned(), notification.headers.clone());
        let mut seen = HashSet::new();
        let mut deliveries = Vec::new();
        let mut delivered = Vec::new();
        for handle in handles {
            let verdict = if seen.insert(handle.as_str()) {
                self.push(hub, platform, handle, &message)
            } else {
                Verdict::Skipped
            };
            if verdict == Verdict::Success {
                deliveries.push(Delivery {
                    time: now,
                    hub: hub.name.clone(),
                    notification_id: id.to_owned(),
                    platform: platform.to_string(),
                    pns_handle: handle.clone(),
                    registration_id: None,
                    tags: Vec::new(),
                    template: None,
                    payload: message.0.clone(),
                    headers: message.1.clone(),
                });
            }
            delivered.push(Delivered {
                platform: platform.clone(),
                pns_handle: handle.clone(),
                registration_id: None,
                verdict,
            });
        }
        self.inbox.add(deliveries);
        delivered
    }

    /// The device's push service.
    fn push(&self, hub: &Hub, platform: &Platform, handle: &str, message: &Message) -> Verdict {
        if let Some(verdict) = self.rejections.of(&hub.name, platform, handle) {
            return verdict;
        }
        match longest(platform, &message.1) {
            Some(longest) if message.0.len() > longest => Verdict::Refused("InvalidNotificationSize"),
            _ => Verdict::Success,
        }
    }
}

/// How many bytes a push service takes: of WNS and APNs the hub's documents say so, of FCM and ADM their own.
fn longest(platform: &Platform, headers: &BTreeMap<String, String>) -> Option<usize> {
    Some(match platform {
        Platform::Apple | Platform::FcmV1 | Platform::Gcm | Platform::Browser => 4 * 1024,
        Platform::Windows => 5 * 1024,
        Platform::WindowsPhone if headers.contains_key("x-windowsphone-target") => return None,
        Platform::WindowsPhone => 1024,
        Platform::Adm => 6 * 1024,
        _ => return None,
    })
}

fn delivery(
    hub: &Hub,
    id: &str,
    now: OffsetDateTime,
    registration: &Registration,
    (payload, headers): Message,
) -> Delivery {
    Delivery {
        time: now,
        hub: hub.name.clone(),
        notification_id: id.to_owned(),
        platform: registration.platform().to_string(),
        pns_handle: registration.pns_handle(),
        registration_id: Some(registration.id.clone()),
        tags: registration.tags.clone(),
        template: registration.template_name().map(str::to_owned),
        payload,
        headers,
    }
}

/// A template is filled in with the notification's properties and, where those are silent, with the device's push variables.
fn content(registration: &Registration, notification: &Notification) -> Result<Message, String> {
    match (&notification.content, &registration.template) {
        (Content::Template(properties), Some(template)) => {
            let properties = properties.and(&registration.push_variables);
            let body = registration.text("BodyTemplate").unwrap_or_default();
            let payload = template::render(registration.platform(), body, &properties)?;
            let mut headers = notification.headers.clone();
            for (name, value) in &template.headers {
                headers.insert(name.to_ascii_lowercase(), template::render_text(value, &properties)?);
            }
            Ok((payload, headers))
        }
        (Content::Native(_, body), _) => {
            Ok((String::from_utf8_lossy(body).into_owned(), notification.headers.clone()))
        }
        (Content::Template(_), None) => Err("The device has no template".to_owned()),
    }
}

/// Its registrations go, and their ids with them. An installation stays, to tell that its channel has expired.
fn drop_device(state: &mut State, device: &Dead) {
    let handle = device.registration.pns_handle();
    let known: Vec<Registration> = state.registrations.of_handle(&handle).collect();
    for registration in known {
        if registration.platform() != device.registration.platform() {
            continue;
        }
        state.registrations.remove(&registration.id);
        if let Some(document) =
            registration.installation.as_ref().and_then(|id| state.installations.get_mut(id))
        {
            document.insert("pushChannelExpired".into(), true.into());
        }
        state.gone.insert(registration.id);
    }
}
