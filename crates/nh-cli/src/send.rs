mod bulk;
mod events;
mod recipients;
mod report;

use crate::args::{Global, Send};
use crate::connect::Destination;
use crate::failure::{Failure, chain};
use crate::terminal::{print, print_json, shown, tell};
use bulk::From;
use nh_core::{
    Audience, Format, Hub, Notification, NotificationOutcome, Operation, Payload, Receipt,
    ScheduleNotification, SendAll, SendDirect, SendNotification, SendPart, Tag, TestReceipt, dump,
};
use recipients::{Lines, OddTokens};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::time::SystemTime;

/// One of the ways a notification goes out.
enum Plan {
    One(Box<dyn Operation<Output = Receipt>>),
    Test(Box<dyn Operation<Output = TestReceipt>>),
    /// Several requests.
    Bulk(Box<Bulk>),
}

struct Bulk {
    sends: SendAll,
    from: From,
}

pub(crate) async fn run(global: &Global, send: Send) -> Result<(), Failure> {
    let plan = plan(&send)?;
    let destination = Destination::of(global).await?;
    if send.dry_run {
        return match plan {
            Plan::Test(operation) => show(&destination.hub, &*operation),
            Plan::One(operation) => show(&destination.hub, &*operation),
            Plan::Bulk(bulk) => show_all(&destination.hub, *bulk),
        };
    }
    let client = destination.client(send.dump)?;
    match plan {
        Plan::Test(operation) => {
            let answer = client.execute(&*operation).await?;
            report(global.json, &answer.receipt, answer.outcome.as_ref())
        }
        Plan::One(operation) => report(global.json, &client.execute(&*operation).await?, None),
        Plan::Bulk(bulk) => bulk::run(global.json, &client, *bulk, &send.from_file).await,
    }
}

/// Every request of a list, as text.
fn show_all(hub: &Hub, bulk: Bulk) -> Result<(), Failure> {
    let Bulk { mut sends, from } = bulk;
    let show_part = |part: SendPart| {
        part.refused().iter().for_each(|one| tell(format_args!("line {}: {}", one.place(), one.why())));
        part.send().map_or(Ok(()), |send| show(hub, send))
    };
    match from {
        From::Arguments(all) => sends.parts(all).try_for_each(show_part),
        From::File(mut lines) => {
            while let Some(part) = lines.part(&mut sends)? {
                show_part(part)?;
            }
            Ok(())
        }
    }
}

/// The request, as text.
fn show<O: Operation + ?Sized>(hub: &Hub, operation: &O) -> Result<(), Failure> {
    let request = hub.request(operation, SystemTime::now())?;
    print(&format!("{}\n", dump::request(operation, &request)))
}

fn plan(send: &Send) -> Result<Plan, Failure> {
    let list = &send.from_file;
    if send.payload.as_deref() == Some("-") && list.list() == Some(Path::new("-")) {
        return Err(Failure::Usage(
            "the payload and the list of recipients are both standard input; put one in a file".into(),
        ));
    }
    let notification = notification(send)?;
    let (new, given): (fn(Notification) -> SendAll, _) = match () {
        () if send.to_devices() => (SendAll::to_devices, &send.devices),
        () if send.to_users() => (SendAll::to_users, &send.users),
        () if send.to_installations() => (SendAll::to_installations, &send.installations),
        () => return to_audience(send, notification),
    };
    let sends = || match send.at {
        Some(at) => new(notification.clone()).at(at),
        None => Ok(new(notification.clone())),
    };
    match list.list() {
        _ if send.test => test(send, &notification, given),
        Some(file) => Ok(Plan::bulk(sends()?, From::File(Lines::open(file, &notification)?))),
        None => {
            let plan = to_given(sends()?, given, sends()?)?;
            if send.to_devices() {
                warn(&notification, given);
            }
            Ok(plan)
        }
    }
}

/// Tells of given devices what [`Lines`] tells of its lines.
fn warn(notification: &Notification, devices: &[String]) {
    let mut odd = OddTokens::new(notification, "device");
    (1..).zip(devices).for_each(|(number, device)| odd.look(number, device));
    odd.tell_rest();
}

impl Plan {
    fn bulk(sends: SendAll, from: From) -> Plan {
        Plan::Bulk(Box::new(Bulk { sends, from }))
    }
}

impl Send {
    fn to_devices(&self) -> bool {
        self.from_file.devices_file.is_some() || !self.devices.is_empty()
    }

    fn to_users(&self) -> bool {
        self.from_file.users_file.is_some() || !self.users.is_empty()
    }

    fn to_installations(&self) -> bool {
        self.from_file.installations_file.is_some() || !self.installations.is_empty()
    }
}

/// To those that the command line names: to all of them, or to none.
fn to_given(sends: SendAll, given: &[String], again: SendAll) -> Result<Plan, Failure> {
    let mut parts: Vec<SendPart> = sends.parts(given).collect();
    if let Some(refused) = parts.iter().flat_map(SendPart::refused).next() {
        return Err(refused.why().clone().into());
    }
    Ok(match (parts.pop().and_then(SendPart::into_send), parts.is_empty()) {
        (Some(send), true) => Plan::One(Box::new(send)),
        _ => Plan::bulk(again, From::Arguments(given.to_vec())),
    })
}

fn test(send: &Send, notification: &Notification, given: &[String]) -> Result<Plan, Failure> {
    let mut given = given.to_vec();
    if let Some(file) = send.from_file.list() {
        // One more than allowed is enough to know.
        given = Lines::open(file, notification)?.texts(Audience::MAX_ALTERNATIVES + 1)?;
    }
    if send.to_devices() {
        let [device] = given.as_slice() else { return Err(only_one("name one device")) };
        let send = SendDirect::new(notification, device)?;
        warn(notification, &given);
        return Ok(Plan::Test(Box::new(send.test())));
    }
    if given.len() > Audience::MAX_ALTERNATIVES {
        return Err(only_one("name at most 20 users or installations"));
    }
    let tag = |id| if send.to_users() { Tag::user(id) } else { Tag::installation(id) };
    let tags = given.iter().map(tag).collect::<Result<Vec<_>, _>>()?;
    Ok(Plan::Test(Box::new(SendNotification::new(notification, tags)?.test())))
}

fn to_audience(send: &Send, notification: Notification) -> Result<Plan, Failure> {
    let audience = match &send.expression {
        Some(expression) => Audience::expression(expression)?,
        None if send.tags.is_empty() => Audience::EVERYONE,
        None => Audience::any_of(&send.tags)?,
    };
    Ok(match send.at {
        _ if send.test => Plan::Test(Box::new(SendNotification::new(notification, audience)?.test())),
        Some(at) => Plan::One(Box::new(ScheduleNotification::new(notification, audience, at)?)),
        None => Plan::One(Box::new(SendNotification::new(notification, audience)?)),
    })
}

fn only_one(remedy: &str) -> Failure {
    Failure::Usage(format!("--test: a test send is one request; {remedy}"))
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
}

fn report(json: bool, receipt: &Receipt, outcome: Option<&NotificationOutcome>) -> Result<(), Failure> {
    let notification_id = receipt.notification_id.as_deref();
    let tracking_id = receipt.tracking_id.as_deref();
    if json {
        return print_json(&Report { notification_id, tracking_id, outcome });
    }
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(text, "{:<16} {}", shown(name), shown(value)).expect("a String takes every write")
    };
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
