//! From a call to the operation. Adding an operation adds a line here and one in `answer.rs`.

use nh_core::notification::{MpnsType, Template, WindowsPhone, WnsType};
use nh_core::{
    Audience, BuildError, CancelScheduledNotification, DeviceHandle, Format, GetFeedbackContainer,
    GetNotificationDetails, Hub, Notification, Operation, Payload, ScheduleNotification, SendDirect,
    SendDirectBatch, SendNotification, bytes::Bytes, http,
};
use serde_json::Value;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What became of a call before it reached a wire.
pub(crate) enum Asked {
    Request(Box<http::Request<Bytes>>),
    Refused(String),
    NotYet,
}

pub(crate) fn ask(hub: impl FnOnce() -> Result<Hub, BuildError>, now: SystemTime, call: &Value) -> Asked {
    let result = match call["op"].as_str().unwrap_or_default() {
        "send" if call["test"] == true => {
            send(call).map(SendNotification::test).and_then(|send| request(hub, now, &send))
        }
        "send" => send(call).and_then(|send| request(hub, now, &send)),
        "send_direct" if call["test"] == true => {
            direct(call).map(SendDirect::test).and_then(|send| request(hub, now, &send))
        }
        "send_direct" => direct(call).and_then(|send| request(hub, now, &send)),
        "send_batch" => batch(call).and_then(|send| request(hub, now, &send)),
        "schedule" => schedule(call).and_then(|schedule| request(hub, now, &schedule)),
        "get_notification_details" => {
            let id = call["notification_id"].as_str().unwrap_or_default();
            GetNotificationDetails::new(id).and_then(|ask| request(hub, now, &ask))
        }
        "get_feedback_container" => request(hub, now, &GetFeedbackContainer),
        "cancel_scheduled" => {
            let id = call["notification_id"].as_str().unwrap_or_default();
            CancelScheduledNotification::new(id).and_then(|cancel| request(hub, now, &cancel))
        }
        _ => return Asked::NotYet,
    };
    match result {
        Ok(request) => Asked::Request(Box::new(request)),
        Err(error) => Asked::Refused(error.to_string()),
    }
}

fn request<O: Operation>(
    hub: impl FnOnce() -> Result<Hub, BuildError>,
    now: SystemTime,
    operation: &O,
) -> Result<http::Request<Bytes>, BuildError> {
    hub()?.request(operation, now)
}

pub(crate) fn send(call: &Value) -> Result<SendNotification, BuildError> {
    Ok(SendNotification::new(notification(&call["notification"])?, audience(&call["audience"])?))
}

fn direct(call: &Value) -> Result<SendDirect, BuildError> {
    SendDirect::new(notification(&call["notification"])?, device(&call["device"])?)
}

fn batch(call: &Value) -> Result<SendDirectBatch, BuildError> {
    let devices: Result<Vec<_>, _> = call["devices"].as_array().into_iter().flatten().map(device).collect();
    SendDirectBatch::new(notification(&call["notification"])?, devices?)
}

fn schedule(call: &Value) -> Result<ScheduleNotification, BuildError> {
    let at = OffsetDateTime::parse(call["at"].as_str().unwrap_or_default(), &Rfc3339)
        .map_err(|why| BuildError::new("schedule time", why, "RFC 3339"))?;
    Ok(ScheduleNotification::new(notification(&call["notification"])?, audience(&call["audience"])?, at))
}

fn notification(given: &Value) -> Result<Notification, BuildError> {
    let format: Format = given["format"].as_str().unwrap_or_default().parse()?;
    let headers: Vec<(&str, &str)> = given["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
        .collect();
    if let Some(properties) = given["properties"].as_object() {
        // A value that is no string cannot be said in the builder's types; as JSON it must be refused.
        let strings: Option<Vec<_>> =
            properties.iter().map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
        let template = match strings {
            Some(strings) => Notification::template(strings)?,
            None => Template::from_payload(Payload::json(properties)?)?,
        };
        return Ok(headers
            .iter()
            .try_fold(template, |template, (name, value)| template.header(name, value))?
            .into());
    }
    let payload = given["body"].as_str().unwrap_or_default();
    let unknown = |kind: &str| BuildError::new("type", kind, "toast, tile, badge or raw");
    match (format, given["type"].as_str()) {
        (Format::Windows, Some(kind)) => {
            let windows =
                nh_core::notification::Windows::of_type(format!("wns/{kind}").parse::<WnsType>()?, payload)?;
            Ok(headers.iter().try_fold(windows, |windows, (name, value)| windows.header(name, value))?.into())
        }
        (Format::WindowsPhone, Some(kind)) => {
            let kind = match kind {
                "toast" => MpnsType::Toast,
                "tile" => MpnsType::Tile,
                "raw" => MpnsType::Raw,
                other => return Err(unknown(other)),
            };
            let phone = WindowsPhone::of_type(kind, payload)?;
            Ok(headers.iter().try_fold(phone, |phone, (name, value)| phone.header(name, value))?.into())
        }
        (_, Some(kind)) => Err(unknown(kind)),
        (_, None) => Notification::with_headers(format, payload, &headers),
    }
}

fn audience(given: &Value) -> Result<Audience, BuildError> {
    if given["broadcast"] == true {
        return Ok(Audience::EVERYONE);
    }
    match given["any_of"].as_array() {
        Some(tags) => Audience::any_of(tags.iter().map(|tag| tag.as_str().unwrap_or_default())),
        None => Audience::try_from(given["tag_expression"].as_str().unwrap_or_default()),
    }
}

fn device(given: &Value) -> Result<DeviceHandle, BuildError> {
    let text = |key: &str| given[key].as_str().unwrap_or_default();
    match given.as_str() {
        Some(handle) => DeviceHandle::new(handle),
        None => DeviceHandle::browser(text("endpoint"), text("p256dh"), text("auth")),
    }
}
