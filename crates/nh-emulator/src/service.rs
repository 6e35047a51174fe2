//! The data plane: what a request asks for, whether it may, and the answer.

use crate::inbox::{Delivery, Inbox};
use crate::notification::{Content, Notification, text};
use crate::operations::{self, Scheduled};
use crate::registration::{self, Registration};
use crate::reply::Refusal;
use crate::sas::{self, Claim, Rule};
use crate::template;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use nh_core::TagExpression;
use nh_outcome::{Outcome, Platform};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use time::OffsetDateTime;

/// Everything the emulator holds.
pub(crate) struct Service {
    /// `localhost:{port}`
    pub(crate) authority: String,
    pub(crate) rules: [Rule; 2],
    /// By lower-case name.
    pub(crate) hubs: HashMap<String, Arc<Hub>>,
    pub(crate) inbox: Inbox,
    pub(crate) scheduled: Mutex<BTreeMap<String, Scheduled>>,
}

pub(crate) struct Hub {
    pub(crate) name: String,
    pub(crate) registrations: Vec<Registration>,
}

impl Hub {
    pub(crate) fn new(name: String, demo_devices: bool) -> Hub {
        Hub { name, registrations: if demo_devices { registration::demo() } else { Vec::new() } }
    }
}

/// What is known of a request before it is read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
}

/// What a request may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Send { test: bool },
    SendDirect { test: bool },
    SendDirectBatch,
    Schedule,
    CancelScheduled(String),
}

impl Service {
    pub(crate) fn route(&self, asked: &Asked) -> Result<(String, Route), Refusal> {
        let (path, query) = asked.path_and_query.split_once('?').unwrap_or((&asked.path_and_query, ""));
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
        let words: Vec<String> = segments.iter().skip(1).map(|word| word.to_ascii_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let names: Vec<String> = query
            .split('&')
            .map(|pair| decode(pair.split('=').next().unwrap_or_default()).to_ascii_lowercase())
            .collect();
        let has = |name: &str| names.iter().any(|n| n == name);

        let found = match (&asked.method, words.as_slice()) {
            (&Method::POST, ["messages"]) if has("direct") => Route::SendDirect { test: has("test") },
            (&Method::POST, ["messages"]) => Route::Send { test: has("test") },
            (&Method::POST, ["messages", "$batch"]) => Route::SendDirectBatch,
            (&Method::POST, ["schedulednotifications"]) => Route::Schedule,
            (&Method::DELETE, ["schedulednotifications", _]) => Route::CancelScheduled(segments[2].clone()),
            (_, ["messages" | "schedulednotifications", ..]) => {
                return Err(Refusal::new(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "The specified HTTP verb is not valid.",
                ));
            }
            _ => {
                return Err(Refusal::not_found(
                    "The resource does not exist, or this emulator does not have it yet.",
                ));
            }
        };
        if !has("api-version") {
            return Err(Refusal::bad_request("The api-version in the query string is missing."));
        }
        Ok((segments[0].clone(), found))
    }

    pub(crate) fn authorize(&self, asked: &Asked, claim: Claim) -> Result<(), Refusal> {
        let host = text(&asked.headers, header::HOST.as_str()).unwrap_or_default();
        let authorization = text(&asked.headers, header::AUTHORIZATION.as_str());
        let now = OffsetDateTime::now_utc();
        sas::check(&self.rules, authorization, host, &asked.path_and_query, claim, now).map_err(|refusal| {
            match refusal {
                sas::Refusal::Unauthorized(detail) => Refusal::new(StatusCode::UNAUTHORIZED, detail),
                sas::Refusal::Forbidden => Refusal { status: StatusCode::FORBIDDEN, detail: None },
            }
        })
    }

    pub(crate) fn answer(self: &Arc<Self>, asked: &Asked, body: Bytes) -> Result<Response<Body>, Refusal> {
        let (hub, route) = self.route(asked)?;
        self.authorize(asked, Claim::Send)?;
        let hub = self.hubs.get(&hub.to_ascii_lowercase());
        let hub = hub.ok_or_else(|| Refusal::not_found("No service is hosted at the specified address."))?;
        let headers = &asked.headers;
        match route {
            Route::Send { test } => operations::send(self, hub, headers, body, test),
            Route::SendDirect { test } => operations::send_direct(self, hub, headers, body, test),
            Route::SendDirectBatch => operations::send_direct_batch(self, hub, headers, &body),
            Route::Schedule => operations::schedule(self, hub, headers, body),
            Route::CancelScheduled(id) => operations::cancel_scheduled(self, &id),
        }
    }

    /// Where a notification can be asked for. All hubs are of the Standard tier.
    pub(crate) fn location(&self, hub: &Hub, path: &str, flags: &str) -> Option<String> {
        Some(format!("https://{}/{}/{path}?api-version=2020-06{flags}", self.authority, hub.name))
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
        let reached = hub.registrations.iter().filter(|registration| {
            let fits = match notification.platform() {
                Some(platform) => registration.template.is_none() && registration.platform == *platform,
                None => registration.template.is_some(),
            };
            fits && audience.is_none_or(|expression| expression.matches(&registration.tags))
                && seen.insert((
                    registration.pns_handle.as_str(),
                    registration.template.as_ref().map(|t| &t.name),
                ))
        });
        let now = OffsetDateTime::now_utc();
        let mut deliveries = Vec::new();
        let mut delivered = Vec::new();
        for registration in reached.take(most) {
            let payload = match (&notification.content, &registration.template) {
                (Content::Template(properties), Some(template)) => {
                    template::render(&registration.platform, &template.body, properties)
                }
                (Content::Native(_, body), _) => Ok(String::from_utf8_lossy(body).into_owned()),
                (Content::Template(_), None) => continue,
            };
            let outcome = match payload {
                Ok(payload) => {
                    deliveries.push(Delivery {
                        time: now,
                        hub: hub.name.clone(),
                        notification_id: id.to_owned(),
                        platform: registration.platform.to_string(),
                        pns_handle: registration.pns_handle.clone(),
                        registration_id: Some(registration.id.clone()),
                        tags: registration.tags.clone(),
                        template: registration.template.as_ref().map(|template| template.name.clone()),
                        payload,
                        headers: notification.headers.clone(),
                    });
                    Outcome::Success
                }
                Err(why) => Outcome::Other(why),
            };
            delivered.push(Delivered {
                platform: registration.platform.clone(),
                pns_handle: registration.pns_handle.clone(),
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

/// What became of a notification on one device.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) platform: Platform,
    pub(crate) pns_handle: String,
    pub(crate) registration_id: Option<String>,
    pub(crate) outcome: Outcome,
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

    fn service() -> Service {
        Service {
            authority: "localhost:1".into(),
            rules: [Rule::full().unwrap(), Rule::listen().unwrap()],
            hubs: HashMap::new(),
            inbox: Inbox::default(),
            scheduled: Mutex::default(),
        }
    }

    fn route(method: Method, path_and_query: &str) -> Result<Route, u16> {
        let asked = Asked { method, path_and_query: path_and_query.into(), headers: HeaderMap::new() };
        service().route(&asked).map(|(_, route)| route).map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn routes_as_sdks_write_them() {
        for (path, found) in [
            ("/h/messages?api-version=1", Route::Send { test: false }),
            ("/h/Messages/?api-version=1&test", Route::Send { test: true }),
            ("/h/messages?test=true&api-version=1", Route::Send { test: true }),
            ("/h/messages?direct=true&api-version=1", Route::SendDirect { test: false }),
            ("/h/messages/$batch?direct&api-version=1", Route::SendDirectBatch),
            ("/h/messages/%24batch/?direct=true&api-version=1", Route::SendDirectBatch),
            ("/h/schedulednotifications?api-version=1", Route::Schedule),
        ] {
            assert_eq!(route(Method::POST, path), Ok(found), "{path}");
        }
        assert_eq!(
            route(Method::DELETE, "/h/scheduledNotifications/a%2Fb?api-version=1"),
            Ok(Route::CancelScheduled("a/b".into()))
        );
    }

    #[test]
    fn other_paths_and_verbs() {
        assert_eq!(route(Method::POST, "/h/messages"), Err(400));
        assert_eq!(route(Method::GET, "/h/schedulednotifications?api-version=1"), Err(405));
        assert_eq!(route(Method::GET, "/h/nothing?api-version=1"), Err(404));
        assert_eq!(route(Method::GET, "/"), Err(404));
    }

    #[test]
    fn a_handle_is_reached_once() {
        let mut hub = Hub::new("h".into(), true);
        hub.registrations.extend(registration::demo());
        let mut headers = HeaderMap::new();
        headers.insert("servicebusnotification-format", "apple".parse().unwrap());
        let notification = Notification::read(&headers, Bytes::from_static(b"{}")).unwrap();
        let service = service();
        assert_eq!(service.deliver(&hub, &notification, None, "NH-1", usize::MAX).len(), 1);
        let twice = ["a".to_owned(), "b".to_owned(), "a".to_owned()];
        assert_eq!(service.deliver_direct(&hub, &notification, &twice, "NH-2").len(), 2);
        assert_eq!(service.inbox.all().len(), 3);
    }
}
