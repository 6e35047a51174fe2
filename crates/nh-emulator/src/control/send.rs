use super::json::{ControlError, Json};
use crate::app::App;
use crate::model::logged_send::LoggedSend;
use crate::model::notification::{Content, Notification};
use crate::model::payload_kind::payload_kind;
use crate::model::send::{Send, Sent, Target};
use crate::model::verdict::DeviceResult;
use crate::rules;
use crate::rules::format::Format;
use axum::extract::State;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use nh_core::TagExpression;
use nh_outcome::{Outcome, Platform};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::block_in_place;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSend {
    pub(super) format: String,
    hub: Option<String>,
    pub(super) payload: Option<String>,
    pub(super) properties: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) tags: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    pub(super) device: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    test: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct SendAnswer {
    #[serde(flatten)]
    send: LoggedSend,
    outcome: Option<SendOutcome>,
    hints: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SendOutcome {
    success: u64,
    failure: u64,
    results: Vec<OutcomeOfDevice>,
}

#[derive(Debug, Serialize)]
struct OutcomeOfDevice {
    platform: Platform,
    pns_handle: String,
    registration_id: Option<String>,
    outcome: Outcome,
}

/// `POST /$emulator/send`
pub(super) async fn send(
    State(app): State<Arc<App>>,
    Json(new): Json<NewSend>,
) -> Result<(StatusCode, axum::Json<SendAnswer>), ControlError> {
    let hub = app.namespace.hub_or_first(new.hub.as_deref())?;
    let send = Send {
        target: target(new.device, new.tags)?,
        notification: notification(&new.format, new.payload, new.properties, new.headers)?,
        is_test: new.test,
    };
    if let (Target::Handles(_), Content::Template(_)) = (&send.target, &send.notification.content) {
        return Err(ControlError::bad_request("A template notification cannot be sent to a device handle."));
    }
    let sent = block_in_place(|| app.namespace.send(&hub, &send));
    Ok((StatusCode::CREATED, axum::Json(answer(sent, &send))))
}

/// Who leaves it out sends to everyone. A variable that is missing in a program becomes `null`: then nobody is meant.
fn not_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let given = Option::<String>::deserialize(from)?;
    let wrong =
        || D::Error::custom("'tags' and 'device' are never null; leave both out to send to every device");
    given.map(Some).ok_or_else(wrong)
}

pub(super) fn target(device: Option<String>, tags: Option<String>) -> Result<Target, ControlError> {
    let is_empty = |given: &Option<String>| given.as_ref().is_some_and(|given| given.trim().is_empty());
    if is_empty(&device) {
        return Err(ControlError::bad_request("'device' is empty: nothing was sent; give a PNS handle"));
    }
    if is_empty(&tags) {
        let error = "'tags' is empty: nothing was sent; leave it out to send to every device";
        return Err(ControlError::bad_request(error));
    }
    match (device, tags) {
        (Some(handle), None) => Ok(Target::Handles(vec![handle])),
        (None, Some(tags)) => {
            let wrong = |why| ControlError::bad_request(format!("{} ({why})", rules::tag::invalid(&tags)));
            Ok(Target::Audience(Some(TagExpression::parse(&tags).map_err(wrong)?)))
        }
        (None, None) => Ok(Target::Audience(None)),
        (Some(_), Some(_)) => Err(ControlError::bad_request("give 'tags' or 'device', not both")),
    }
}

/// What a kind of notification needs is told from its payload, as SDKs do.
pub(super) fn notification(
    format: &str,
    payload: Option<String>,
    properties: Option<BTreeMap<String, String>>,
    given: BTreeMap<String, String>,
) -> Result<Notification, ControlError> {
    let format = Format::read(Some(format)).map_err(ControlError::bad_request)?;
    let payload = match (payload, properties) {
        (Some(payload), None) => payload,
        (None, Some(properties)) => serde_json::to_string(&properties).expect("texts are JSON"),
        _ => return Err(ControlError::bad_request("give 'payload' or, for a template, 'properties'")),
    };
    let kind = format.platform().map(|platform| payload_kind(platform, &payload)).unwrap_or_default();
    let sendable = |(name, value): (&String, &String)| {
        HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
    };
    if let Some((name, _)) = given.iter().find(|header| !sendable(*header)) {
        return Err(ControlError::bad_request(format!("the header '{name}' cannot be written")));
    }
    let mut headers: BTreeMap<String, String> =
        kind.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    headers.extend(given.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)));
    Ok(Notification::new(format, headers, Bytes::from(payload))?)
}

fn answer(mut sent: Sent, send: &Send) -> SendAnswer {
    let hints = std::mem::take(&mut sent.hints);
    let (matched, success) = sent.counts();
    let devices = sent.devices();
    let of_device = |device: &DeviceResult| OutcomeOfDevice {
        platform: device.platform.clone(),
        pns_handle: device.pns_handle.clone(),
        registration_id: device.registration_id.clone(),
        outcome: device.verdict.outcome(),
    };
    let outcome = send.is_test.then(|| SendOutcome {
        success,
        failure: matched - success,
        results: devices.map(of_device).collect(),
    });
    SendAnswer { send: LoggedSend::sent(&sent, send), outcome, hints }
}
