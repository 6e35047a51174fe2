use super::json::{self, Fault, Json};
use super::kind::kind;
use crate::operations;
use crate::reply::NotificationId;
use crate::rules::format::Format;
use crate::service::Service;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use nh_outcome::{NotificationOutcome, Platform};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::block_in_place;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Send {
    format: String,
    hub: Option<String>,
    payload: Option<String>,
    properties: Option<BTreeMap<String, String>>,
    tags: Option<String>,
    device: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    test: bool,
}

#[derive(Debug, Serialize)]
struct Sent {
    notification_id: String,
    outcome: Option<Outcome>,
}

#[derive(Debug, Serialize)]
struct Outcome {
    success: u64,
    failure: u64,
    results: Vec<OutcomeOfDevice>,
}

#[derive(Debug, Serialize)]
struct OutcomeOfDevice {
    platform: String,
    pns_handle: Option<String>,
    registration_id: Option<String>,
    outcome: String,
}

/// The api-version of today's SDKs.
const VERSION: &str = "2020-06";

/// `POST /$emulator/send`
pub(super) async fn send(
    State(service): State<Arc<Service>>,
    Json(send): Json<Send>,
) -> Result<Response, Fault> {
    let hub = json::hub(&service, send.hub.as_deref())?;
    let format = Format::read(Some(&send.format)).map_err(Fault::bad_request)?;
    let payload = match (send.payload, send.properties) {
        (Some(payload), None) => payload,
        (None, Some(properties)) => serde_json::to_string(&properties).expect("texts are JSON"),
        _ => return Err(Fault::bad_request("give 'payload' or, for a template, 'properties'")),
    };
    let mut headers = HeaderMap::new();
    let mut given = vec![("ServiceBusNotification-Format".to_owned(), send.format)];
    let kind = format.platform().map(|platform| kind(platform, &payload)).unwrap_or_default();
    // What a kind of notification needs; all others are JSON.
    if !kind.iter().any(|(name, _)| *name == "Content-Type") {
        given.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    given.extend(kind.into_iter().map(|(name, value)| (name.to_owned(), value)));
    if format.platform() == Some(&Platform::Browser) {
        given.extend(["P256DH", "Auth"].map(|key| (key.to_owned(), "emulator".to_owned())));
    }
    given.extend(send.tags.map(|tags| ("ServiceBusNotification-Tags".to_owned(), tags)));
    given
        .extend(send.device.clone().map(|handle| ("ServiceBusNotification-DeviceHandle".to_owned(), handle)));
    given.extend(send.headers);
    for (name, value) in given {
        let wrong = || Fault::bad_request(format!("the header '{name}' cannot be written"));
        let value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        headers.insert(HeaderName::try_from(&name).map_err(|_| wrong())?, value);
    }
    let body = Bytes::from(payload);
    let answer = block_in_place(|| match send.device {
        Some(_) => operations::send_to_handle(&service, &hub, &headers, body, VERSION, send.test),
        None => operations::send_to(&service, &hub, &headers, body, VERSION, send.test),
    })?;
    let (head, body) = answer.into_parts();
    let NotificationId(notification_id) =
        head.extensions.get().cloned().expect("what has been sent has an id");
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let outcome = NotificationOutcome::parse(&body).ok().map(|outcome| Outcome {
        success: outcome.success,
        failure: outcome.failure,
        results: outcome
            .results
            .into_iter()
            .map(|result| OutcomeOfDevice {
                platform: result.application_platform.to_string(),
                pns_handle: result.pns_handle,
                registration_id: result.registration_id,
                outcome: result.outcome.to_string(),
            })
            .collect(),
    });
    Ok((StatusCode::CREATED, axum::Json(Sent { notification_id, outcome })).into_response())
}
