mod parts;

use crate::args::{Global, Send};
use crate::connect::Destination;
use crate::failure::Failure;
use crate::{handle, print, shown};
use nh_core::bytes::Bytes;
use nh_core::{
    Audience, DeviceHandle, Format, Notification, NotificationOutcome, Operation, Payload, Receipt,
    ScheduleNotification, SendDirect, SendDirectBatch, SendNotification, TestReceipt, dump, http,
};
use parts::{Operations, Part, Parts};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::iter;
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
        let now = SystemTime::now();
        let show =
            |request: http::Request<Bytes>| print(format!("{}\n", dump::request(&request, false)).as_bytes());
        return match plan {
            Plan::Test(operation) => show(destination.hub.request(&*operation, now)?),
            Plan::Plain(mut parts) => {
                parts.operations.try_for_each(|operation| show(destination.hub.request(&*operation, now)?))
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
    let audiences = match (&send.expression, &*send.users, &*send.installations) {
        (Some(expression), ..) => Audiences::One(Audience::try_from(expression)?),
        (_, users @ [_, ..], _) => Audiences::Many("users", distinct(users), Audience::users(users)?),
        (.., installations @ [_, ..]) => {
            Audiences::Many("installations", distinct(installations), Audience::installations(installations)?)
        }
        _ if send.tags.is_empty() => Audiences::One(Audience::EVERYONE),
        _ => Audiences::One(Audience::any_of(send.tags.iter().map(String::as_str))?),
    };
    let (unit, total, mut audiences): (_, _, Box<dyn ExactSizeIterator<Item = Audience>>) = match audiences {
        Audiences::One(audience) => ("devices", 1, Box::new(iter::once(audience))),
        Audiences::Many(unit, total, audiences) => (unit, total, Box::new(audiences)),
    };
    if send.test {
        let one = audiences.next().filter(|_| audiences.len() == 0);
        let one = one.ok_or_else(|| only_one("name at most 20 users or installations"))?;
        return Ok(Plan::Test(Box::new(SendNotification::new(notification, one)?.test())));
    }
    let at = send.at;
    let operations = audiences.map(move |audience| -> Box<dyn Operation<Output = Receipt>> {
        match at {
            Some(at) => Box::new(ScheduleNotification::new(notification.clone(), audience, at)?),
            None => Box::new(SendNotification::new(notification.clone(), audience)?),
        }
    });
    Ok(Plan::Plain(Parts {
        unit,
        size: Audience::MOST_ALTERNATIVES,
        total,
        operations: Box::new(operations),
    }))
}

/// One audience, or so many users or installations in several.
enum Audiences {
    One(Audience),
    Many(&'static str, usize, nh_core::Audiences),
}

fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<HashSet<_>>().len()
}

fn only_one(remedy: &str) -> Failure {
    Failure::Usage(format!("--test: a test send is one request; {remedy}"))
}

fn to_devices(send: &Send, notification: Notification) -> Result<Plan, Failure> {
    let mut devices =
        send.devices.iter().map(|device| handle::device(device)).collect::<Result<Vec<_>, _>>()?;
    if let Some(file) = &send.devices_file {
        devices.extend(handle::devices(file)?);
    }
    let mut seen = HashSet::new();
    devices.retain(|device| seen.insert(device.clone()));
    let total = devices.len();
    if let [_] = devices.as_slice()
        && send.test
    {
        let device = devices.remove(0);
        return Ok(Plan::Test(Box::new(SendDirect::new(notification, device)?.test())));
    }
    if send.test {
        return Err(only_one("name one --device"));
    }
    // A batch has no place for a browser's keys; one device needs none.
    let one_by_one = total == 1
        || notification.format() == Format::Browser
        || devices.iter().any(DeviceHandle::is_browser);
    let (size, operations): (_, Operations) = if one_by_one {
        // All are checked before the first is sent.
        let direct = |device| SendDirect::new(notification.clone(), device);
        let sends = devices.into_iter().map(direct).collect::<Result<Vec<_>, _>>()?;
        (1, Box::new(sends.into_iter().map(|send| Box::new(send) as _)))
    } else {
        let batches = SendDirectBatch::batches(notification, devices)?;
        (SendDirectBatch::MOST_DEVICES, Box::new(batches.map(|batch| Box::new(batch) as _)))
    };
    Ok(Plan::Plain(Parts { unit: "devices", size, total, operations }))
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
    Ok(Notification::with_headers(send.format, payload, &headers)?)
}

/// The payload itself, `@FILE`, or `-`.
fn read(payload: &str) -> Result<Payload, Failure> {
    // One byte too many is enough to be refused.
    let limit = Notification::LONGEST_BODY as u64 + 1;
    let mut bytes = Vec::new();
    let read = match payload.strip_prefix('@') {
        Some(path) => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
        None if payload == "-" => std::io::stdin().lock().take(limit).read_to_end(&mut bytes),
        None => return Ok(payload.into()),
    };
    match read {
        Ok(_) => Ok(bytes.into()),
        Err(error) => Err(Failure::Usage(format!("payload {payload}: {error}"))),
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
        let report = Report { notification_id, tracking_id, outcome, part };
        let json = serde_json::to_string(&report).expect("strings and numbers are JSON");
        return print(format!("{json}\n").as_bytes());
    }
    let mut text = String::new();
    let mut line =
        |name: &str, value: &str| writeln!(text, "{name:<16} {value}").expect("a String takes every write");
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
            let handle = shown(result.pns_handle.as_deref().unwrap_or("(no handle)"));
            line(
                result.application_platform.as_str(),
                &format!("{handle}  {}", shown(result.outcome.as_str())),
            );
        }
    }
    print(text.as_bytes())
}
