mod parts;

use crate::args::{Global, Send};
use crate::connect::Destination;
use crate::failure::{Failure, chain};
use crate::handle;
use crate::terminal::{print, print_json, shown, tell};
use nh_core::{
    Audience, DeviceHandle, Format, Hub, Notification, NotificationOutcome, Operation, Payload, Platform,
    PnsHandle, Receipt, ScheduleNotification, SendAll, SendDirect, SendDirectBatch, SendNotification, Tag,
    TestReceipt, dump,
};
use parts::{Part, Parts};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::time::SystemTime;

/// One of the ways a notification goes out, by what the service answers.
enum Plan {
    Plain(Parts),
    Test(Box<dyn Operation<Output = TestReceipt>>),
}

pub(crate) async fn run(global: &Global, send: Send) -> Result<(), Failure> {
    let plan = plan(&send)?;
    let destination = Destination::of(global).await?;
    if send.dry_run {
        return match plan {
            Plan::Test(operation) => show(&destination.hub, &*operation),
            Plan::Plain(mut parts) => {
                parts.operations.try_for_each(|operation| show(&destination.hub, &*operation))
            }
        };
    }
    let client = destination.client(send.dump)?;
    match plan {
        Plan::Test(operation) => {
            let answer = client.execute(&*operation).await?;
            report(global.json, &answer.receipt, answer.outcome.as_ref(), None)
        }
        Plan::Plain(parts) => {
            parts.send(&client, |receipt, part| report(global.json, receipt, None, part)).await
        }
    }
}

/// The request, as text.
fn show<O: Operation + ?Sized>(hub: &Hub, operation: &O) -> Result<(), Failure> {
    let request = hub.request(operation, SystemTime::now())?;
    print(&format!("{}\n", dump::request(operation, &request)))
}

fn plan(send: &Send) -> Result<Plan, Failure> {
    if send.payload.as_deref() == Some("-") && send.devices_file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::Usage(
            "--devices -: the payload is standard input already; put one in a file".into(),
        ));
    }
    let notification = notification(send)?;
    if send.devices_file.is_some() || !send.devices.is_empty() {
        return to_devices(send, notification);
    }
    let sends = match (&*send.users, &*send.installations) {
        (users @ [_, ..], _) => Some(("users", SendAll::to_users(&notification, users.to_vec())?)),
        (_, installations @ [_, ..]) => {
            Some(("installations", SendAll::to_installations(&notification, installations.to_vec())?))
        }
        _ => None,
    };
    let Some((unit, sends)) = sends else { return to_audience(send, notification) };
    if send.test {
        if sends.len() > 1 {
            return Err(only_one("name at most 20 users or installations"));
        }
        let tags = match unit {
            "users" => send.users.iter().map(Tag::user).collect::<Result<Vec<_>, _>>()?,
            _ => send.installations.iter().map(Tag::installation).collect::<Result<Vec<_>, _>>()?,
        };
        return Ok(Plan::Test(Box::new(SendNotification::new(notification, tags)?.test())));
    }
    let sends = match send.at {
        Some(at) => sends.at(at)?,
        None => sends,
    };
    Ok(Plan::Plain(Parts::all(unit, Audience::MAX_ALTERNATIVES, sends)))
}

fn to_audience(send: &Send, notification: Notification) -> Result<Plan, Failure> {
    let audience = match &send.expression {
        Some(expression) => Audience::expression(expression)?,
        None if send.tags.is_empty() => Audience::EVERYONE,
        None => Audience::any_of(&send.tags)?,
    };
    Ok(match send.at {
        _ if send.test => Plan::Test(Box::new(SendNotification::new(notification, audience)?.test())),
        Some(at) => Plan::Plain(Parts::one(ScheduleNotification::new(notification, audience, at)?)),
        None => Plan::Plain(Parts::one(SendNotification::new(notification, audience)?)),
    })
}

fn only_one(remedy: &str) -> Failure {
    Failure::Usage(format!("--test: a test send is one request; {remedy}"))
}

fn to_devices(send: &Send, notification: Notification) -> Result<Plan, Failure> {
    let mut devices =
        send.devices.iter().map(|device| device.parse()).collect::<Result<Vec<DeviceHandle>, _>>()?;
    if let Some(file) = &send.devices_file {
        devices.extend(handle::devices(file)?);
    }
    let mut seen = HashSet::new();
    devices.retain(|device| seen.insert(device.clone()));
    if send.test && devices.len() > 1 {
        return Err(only_one("name one --device"));
    }
    warn(&notification, &devices);
    if let [device] = devices.as_slice() {
        let direct = SendDirect::new(notification, device)?;
        return Ok(match send.test {
            true => Plan::Test(Box::new(direct.test())),
            false => Plan::Plain(Parts::one(direct)),
        });
    }
    // A batch has no place for a browser's keys.
    let browsers = notification.format().platform() == Some(&Platform::Browser);
    if browsers || devices.iter().any(DeviceHandle::is_browser) {
        // All are checked before the first is sent.
        let direct = |device| SendDirect::new(&notification, device);
        let sends = devices.into_iter().map(direct).collect::<Result<Vec<_>, _>>()?;
        let total = sends.len();
        let operations = Box::new(sends.into_iter().map(|send| Box::new(send) as _));
        return Ok(Plan::Plain(Parts { unit: "devices", size: 1, total, operations }));
    }
    let sends = SendAll::to_devices(notification, devices)?;
    Ok(Plan::Plain(Parts::all("devices", SendDirectBatch::MAX_DEVICES, sends)))
}

/// No source says that the service refuses an odd token in a direct send, so it is sent. APNs will not know it.
fn warn(notification: &Notification, devices: &[DeviceHandle]) {
    if notification.format().platform() != Some(&Platform::Apple) {
        return;
    }
    let mut odd = (1..)
        .zip(devices)
        .filter_map(|(number, device)| Some((number, PnsHandle::apple(device.handle()).err()?)));
    if let Some((number, why)) = odd.next() {
        let others = match odd.count() {
            0 => String::new(),
            others => format!(" ({others} more are like this)"),
        };
        tell(format_args!("warning: device {number}: {why}{others}"));
    }
}

fn notification(send: &Send) -> Result<Notification, Failure> {
    let payload = match &send.payload {
        Some(payload) => read(payload)?,
        None if send.format == Format::Template => {
            let mut template = Notification::template(send.property.iter().cloned())?;
            for (name, value) in &send.headers {
                template = template.header(name, value)?;
            }
            return Ok(template.into());
        }
        None => {
            let problem =
                format!("--property: a {} notification has no properties; give a payload", send.format);
            return Err(Failure::Usage(problem));
        }
    };
    let headers: Vec<_> = send.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Ok(Notification::with_headers(send.format.clone(), payload, &headers)?)
}

/// The payload itself, `@FILE`, or `-`.
fn read(payload: &str) -> Result<Payload, Failure> {
    // One byte too many is enough to be refused.
    let limit = Notification::MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = match payload.strip_prefix('@') {
        Some(path) => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
        None if payload == "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        None => return Ok(payload.into()),
    };
    match read {
        Ok(_) => Ok(bytes.into()),
        Err(error) => Err(Failure::Usage(format!("payload {payload}: {}", chain(&error)))),
    }
}

#[derive(Serialize)]
struct Report<'a> {
    notification_id: Option<&'a str>,
    tracking_id: Option<&'a str>,
    outcome: Option<&'a NotificationOutcome>,
    #[serde(flatten)]
    part: Option<Part>,
}

fn report(
    json: bool,
    receipt: &Receipt,
    outcome: Option<&NotificationOutcome>,
    part: Option<Part>,
) -> Result<(), Failure> {
    let notification_id = receipt.notification_id.as_deref();
    let tracking_id = receipt.tracking_id.as_deref();
    if json {
        return print_json(&Report { notification_id, tracking_id, outcome, part });
    }
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(text, "{:<16} {}", shown(name), shown(value)).expect("a String takes every write")
    };
    if let Some(part) = part {
        line("request", &part.to_string());
    }
    match (notification_id, outcome) {
        (Some(id), _) => line("notification id", id),
        (None, None) => line("notification id", "none (only hubs of the Standard tier give one)"),
        (None, Some(_)) => {}
    }
    if let Some(id) = tracking_id {
        line("tracking id", id);
    }
    if let Some(outcome) = outcome {
        line("succeeded", &outcome.success.to_string());
        line("failed", &outcome.failure.to_string());
        for result in &outcome.results {
            let handle = result.pns_handle.as_deref().unwrap_or("(no handle)");
            line(result.application_platform.as_str(), &format!("{handle}  {}", result.outcome));
        }
    }
    print(&text)
}
