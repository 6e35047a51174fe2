//! What the emulator holds, and how notifications reach its devices.

use crate::data::Data;
use crate::delivered::Delivered;
use crate::hub::Hub;
use crate::inbox::{Delivery, Inbox};
use crate::notification::{Content, Notification};
use crate::registration::Registration;
use crate::reply::Refusal;
use crate::sas::Rule;
use crate::storage::Storage;
use crate::telemetry::Telemetry;
use crate::template;
use http::HeaderMap;
use nh_core::TagExpression;
use nh_outcome::Outcome;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use time::OffsetDateTime;
use tokio::task::AbortHandle;

/// Everything the emulator holds.
pub(crate) struct Service {
    /// `localhost:{port}`
    pub(crate) authority: String,
    pub(crate) rules: [Rule; 2],
    /// By lower-case name.
    pub(crate) hubs: RwLock<BTreeMap<String, Arc<Hub>>>,
    /// Where what must last is kept.
    pub(crate) data: Data,
    pub(crate) storage: Storage,
    pub(crate) inbox: Inbox,
    pub(crate) telemetry: Telemetry,
    /// The sends that wait for their time, by id.
    pub(crate) scheduled: Mutex<BTreeMap<String, AbortHandle>>,
}

impl Service {
    pub(crate) fn hub(&self, name: &str) -> Option<Arc<Hub>> {
        self.hubs.read().unwrap_or_else(PoisonError::into_inner).get(&name.to_ascii_lowercase()).cloned()
    }

    /// The URL of a hub. The gateway's own host name stands in bodies (recorded); here there is only one.
    pub(crate) fn base(&self, hub: &Hub) -> String {
        format!("https://{}/{}", self.authority, hub.name)
    }

    /// Where a notification can be asked for. All hubs are of the Standard tier.
    pub(crate) fn location(&self, hub: &Hub, path: &str, flags: &str) -> String {
        format!("https://{}/{}/{path}?api-version=2020-06{flags}", self.authority, hub.name)
    }

    /// Delivers to the registrations that match, each handle once, and at most `most` of them.
    pub(crate) fn deliver(
        &self,
        hub: &Hub,
        notification: &Notification,
        audience: Option<&TagExpression>,
        id: &str,
        most: usize,
    ) -> Vec<Delivered> {
        let mut seen = HashSet::new();
        let state = hub.state();
        let matching = state.registrations.matching(audience, notification.platform());
        let reached = matching.filter(|registration| {
            seen.insert((registration.pns_handle(), registration.template_name().map(str::to_owned)))
        });
        let now = OffsetDateTime::now_utc();
        let mut deliveries = Vec::new();
        let mut delivered = Vec::new();
        for registration in reached.take(most) {
            let outcome = match content(&registration, notification) {
                Ok((payload, headers)) => {
                    deliveries.push(Delivery {
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
                    });
                    Outcome::Success
                }
                Err(why) => Outcome::Other(why),
            };
            delivered.push(Delivered {
                platform: registration.platform().clone(),
                pns_handle: registration.pns_handle(),
                registration_id: Some(registration.id.clone()),
                outcome,
            });
        }
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
        let mut seen = HashSet::new();
        let now = OffsetDateTime::now_utc();
        let handles: Vec<_> = handles.iter().filter(|handle| seen.insert(handle.as_str())).collect();
        let delivery = |handle: &&String| Delivery {
            time: now,
            hub: hub.name.clone(),
            notification_id: id.to_owned(),
            platform: platform.to_string(),
            pns_handle: (*handle).clone(),
            registration_id: None,
            tags: Vec::new(),
            template: None,
            payload: String::from_utf8_lossy(body).into_owned(),
            headers: notification.headers.clone(),
        };
        self.inbox.add(handles.iter().map(delivery).collect());
        let delivered = |handle: &String| Delivered {
            platform: platform.clone(),
            pns_handle: handle.clone(),
            registration_id: None,
            outcome: Outcome::Success,
        };
        handles.into_iter().map(delivered).collect()
    }
}

/// What a device is sent: payload and platform headers. A template is filled in with the notification's properties and, where
/// those are silent, with the device's push variables.
fn content(
    registration: &Registration,
    notification: &Notification,
) -> Result<(String, BTreeMap<String, String>), String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub_description::HubDescription;
    use bytes::Bytes;

    #[test]
    fn a_handle_is_reached_once() {
        let hub = Hub::new("h".into(), HubDescription::new().unwrap(), true);
        for mut device in crate::registration::demo() {
            device.id = crate::registration::new_id();
            hub.state().registrations.insert(&device);
        }
        let mut headers = HeaderMap::new();
        headers.insert("servicebusnotification-format", "apple".parse().unwrap());
        let notification = Notification::read(&headers, Bytes::from_static(b"{}")).unwrap();
        let service = Service {
            authority: "localhost:1".into(),
            rules: [Rule::full().unwrap(), Rule::listen().unwrap()],
            hubs: RwLock::default(),
            data: Data::default(),
            storage: Storage::default(),
            inbox: Inbox::default(),
            telemetry: Telemetry::default(),
            scheduled: Mutex::default(),
        };
        assert_eq!(service.deliver(&hub, &notification, None, "NH-1", usize::MAX).len(), 1);
        let twice = ["a".to_owned(), "b".to_owned(), "a".to_owned()];
        assert_eq!(service.deliver_direct(&hub, &notification, &twice, "NH-2").len(), 2);
        assert_eq!(service.inbox.all().len(), 3);
    }
}
