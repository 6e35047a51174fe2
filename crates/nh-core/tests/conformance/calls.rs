//! From a call to the operation. Adding an operation adds a line here and one in `answer.rs`.

use nh_core::notification::{MpnsType, Template, WindowsPhone, WnsType};
use nh_core::{
    Audience, BuildError, CancelScheduledNotification, CreateRegistration, CreateRegistrationId,
    DeleteInstallation, DeleteRegistration, DeviceHandle, Format, GetFeedbackContainer, GetInstallation,
    GetJob, GetNotificationDetails, GetRegistration, Hub, IfMatch, Installation, InstallationChange,
    ListJobs, ListRegistrations, ListRegistrationsByHandle, ListRegistrationsByTag, Notification, Operation,
    PatchInstallation, Payload, Platform, PnsHandle, PushSubscription, PutInstallation, Registration, SasUri,
    ScheduleNotification, SendDirect, SendDirectBatch, SendNotification, SubmitJob, UpdateRegistration,
    UpsertRegistration, bytes::Bytes, http,
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
        "put_installation" => put_installation(call).and_then(|put| request(hub, now, &put)),
        "get_installation" => {
            GetInstallation::new(text(call, "installation_id")).and_then(|get| request(hub, now, &get))
        }
        "patch_installation" => patch_installation(call).and_then(|patch| request(hub, now, &patch)),
        "delete_installation" => DeleteInstallation::new(text(call, "installation_id"))
            .and_then(|delete| request(hub, now, &delete)),
        "create_registration_id" => request(hub, now, &CreateRegistrationId),
        "create_registration" => {
            registration(call).map(CreateRegistration::new).and_then(|create| request(hub, now, &create))
        }
        "upsert_registration" => registration(call)
            .and_then(|registration| UpsertRegistration::new(text(call, "registration_id"), registration))
            .and_then(|put| request(hub, now, &put)),
        "update_registration" => update_registration(call).and_then(|update| request(hub, now, &update)),
        "get_registration" => {
            GetRegistration::new(text(call, "registration_id")).and_then(|get| request(hub, now, &get))
        }
        "delete_registration" => delete_registration(call).and_then(|delete| request(hub, now, &delete)),
        "list_registrations" => list_registrations(call).and_then(|list| request(hub, now, &list)),
        "list_registrations_by_tag" => list_by_tag(call).and_then(|list| request(hub, now, &list)),
        "list_registrations_by_handle" => list_by_handle(call).and_then(|list| request(hub, now, &list)),
        "submit_job" => submit_job(call).and_then(|submit| request(hub, now, &submit)),
        "get_job" => GetJob::new(text(call, "job_id")).and_then(|get| request(hub, now, &get)),
        "list_jobs" => request(hub, now, &ListJobs),
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

fn text<'a>(call: &'a Value, field: &str) -> &'a str {
    call[field].as_str().unwrap_or_default()
}

/// A document as the service has it, or as a file of ours has it.
fn document<T: serde::de::DeserializeOwned>(given: &Value) -> Result<T, BuildError> {
    serde_json::from_value(given.clone()).map_err(|why| BuildError::new("document", why, "another one"))
}

fn put_installation(call: &Value) -> Result<PutInstallation, BuildError> {
    document::<Installation>(&call["installation"]).map(PutInstallation::new)
}

fn patch_installation(call: &Value) -> Result<PatchInstallation, BuildError> {
    let change = |given: &Value| {
        let value = given["value"].as_str().map(str::to_owned);
        InstallationChange::new(text(given, "op"), text(given, "path"), value)
    };
    let changes: Result<Vec<_>, _> = call["patches"].as_array().into_iter().flatten().map(change).collect();
    PatchInstallation::new(text(call, "installation_id"), changes?)
}

fn registration(call: &Value) -> Result<Registration, BuildError> {
    document(&call["registration"])
}

fn update_registration(call: &Value) -> Result<UpdateRegistration, BuildError> {
    let if_match = IfMatch::etag(call["etag"].as_str().unwrap_or("*"))?;
    UpdateRegistration::new(text(call, "registration_id"), registration(call)?, if_match)
}

fn delete_registration(call: &Value) -> Result<DeleteRegistration, BuildError> {
    let delete = DeleteRegistration::new(text(call, "registration_id"))?;
    Ok(match call["etag"].as_str() {
        Some(etag) => delete.if_match(IfMatch::etag(etag)?),
        None => delete,
    })
}

/// Page size and token, for the three operations that list.
macro_rules! page {
    ($list:expr, $call:expr) => {{
        let mut list = $list;
        if let Some(top) = $call["top"].as_u64() {
            list = list.top(u32::try_from(top).expect("a page size"));
        }
        match $call["continuation_token"].as_str() {
            Some(token) => list.after(token),
            None => Ok(list),
        }
    }};
}

pub(crate) fn list_registrations(call: &Value) -> Result<ListRegistrations, BuildError> {
    page!(ListRegistrations::new(), call)
}

pub(crate) fn list_by_tag(call: &Value) -> Result<ListRegistrationsByTag, BuildError> {
    page!(ListRegistrationsByTag::new(call["tag"].as_str().unwrap_or_default())?, call)
}

pub(crate) fn list_by_handle(call: &Value) -> Result<ListRegistrationsByHandle, BuildError> {
    page!(ListRegistrationsByHandle::new(handle(&call["handle"])?), call)
}

fn handle(given: &Value) -> Result<PnsHandle, BuildError> {
    let part = |name: &str| text(given, name);
    match text(given, "kind") {
        "apple" => PnsHandle::apple(part("device_token")),
        "fcmv1" => PnsHandle::fcm_v1(part("fcm_v1_registration_id")),
        "gcm" => PnsHandle::gcm(part("gcm_registration_id")),
        "windows" => PnsHandle::windows(part("channel_uri")),
        "windowsphone" => PnsHandle::windows_phone(part("channel_uri")),
        "adm" => PnsHandle::adm(part("adm_registration_id")),
        "baidu" => PnsHandle::baidu(part("baidu_user_id"), part("baidu_channel_id")),
        "browser" => PnsHandle::browser(subscription(given)),
        "xiaomi" => PnsHandle::xiaomi(part("xiaomi_registration_id")),
        other => Err(BuildError::new("kind", other, "another one")),
    }
}

fn submit_job(call: &Value) -> Result<SubmitJob, BuildError> {
    let output = SasUri::new(text(call, "output_container_uri"))?;
    let import = call["import_file_uri"].as_str().map(SasUri::new).transpose()?;
    Ok(match (text(call, "type"), import) {
        ("ExportRegistrations", None) => SubmitJob::export(output),
        ("ImportCreateRegistrations", Some(file)) => SubmitJob::import_create(file, output),
        ("ImportUpdateRegistrations", Some(file)) => SubmitJob::import_update(file, output),
        ("ImportDeleteRegistrations", Some(file)) => SubmitJob::import_delete(file, output),
        ("ImportUpsertRegistrations", Some(file)) => SubmitJob::import_upsert(file, output),
        (other, _) => return Err(BuildError::new("type", other, "another one, or an import file")),
    })
}

pub(crate) fn send(call: &Value) -> Result<SendNotification, BuildError> {
    SendNotification::new(notification(&call["notification"])?, audience(&call["audience"])?)
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
    ScheduleNotification::new(notification(&call["notification"])?, audience(&call["audience"])?, at)
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
    match (format.clone(), given["type"].as_str()) {
        (Format::Native(Platform::Windows), Some(kind)) => {
            let windows =
                nh_core::notification::Windows::of_type(format!("wns/{kind}").parse::<WnsType>()?, payload)?;
            Ok(headers.iter().try_fold(windows, |windows, (name, value)| windows.header(name, value))?.into())
        }
        (Format::Native(Platform::WindowsPhone), Some(kind)) => {
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
        None => Audience::expression(given["tag_expression"].as_str().unwrap_or_default()),
    }
}

fn subscription(given: &Value) -> PushSubscription {
    let part = |name: &str| text(given, name).to_owned();
    PushSubscription { endpoint: part("endpoint"), p256dh: part("p256dh"), auth: part("auth") }
}

fn device(given: &Value) -> Result<DeviceHandle, BuildError> {
    match given.as_str() {
        Some(handle) => DeviceHandle::new(handle),
        None => DeviceHandle::browser(subscription(given)),
    }
}
