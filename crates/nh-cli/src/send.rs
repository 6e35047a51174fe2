use crate::args::{Global, Send};
use crate::connect::Destination;
use crate::failure::Failure;
use crate::{handle, print, shown};
use nh_core::{
    Audience, Format, Notification, NotificationOutcome, Operation, Payload, Receipt, ScheduleNotification,
    SendDirect, SendDirectBatch, SendNotification, TestReceipt, dump,
};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::Read as _;
use std::time::SystemTime;

/// One of the ways a notification goes out, by what the service answers.
enum Plan {
    Plain(Box<dyn Operation<Output = Receipt>>),
    Test(Box<dyn Operation<Output = TestReceipt>>),
}

pub(crate) async fn run(global: &Global, send: Send) -> Result<(), Failure> {
    let plan = plan(&send)?;
    let destination = Destination::of(global).await?;
    if send.dry_run {
        let now = SystemTime::now();
        let request = match &plan {
            Plan::Plain(operation) => destination.hub.request(&**operation, now),
            Plan::Test(operation) => destination.hub.request(&**operation, now),
        }?;
        return print(format!("{}\n", dump::request(&request, false)).as_bytes());
    }
    let client = destination.client(send.dump)?;
    let (receipt, outcome) = match plan {
        Plan::Plain(operation) => (client.execute(&*operation).await?, None),
        Plan::Test(operation) => {
            let answer = client.execute(&*operation).await?;
            (answer.receipt, answer.outcome)
        }
    };
    report(global.json, &receipt, outcome.as_ref())
}

fn plan(send: &Send) -> Result<Plan, Failure> {
    let notification = notification(send)?;
    if let [device, rest @ ..] = send.devices.as_slice() {
        if rest.is_empty() {
            let direct = SendDirect::new(notification, handle::device(device)?)?;
            return Ok(if send.test {
                Plan::Test(Box::new(direct.test()))
            } else {
                Plan::Plain(Box::new(direct))
            });
        }
        if send.test {
            return Err(Failure::Usage("--test: a batch cannot be a test send; name one --device".into()));
        }
        let devices =
            send.devices.iter().map(|device| handle::device(device)).collect::<Result<Vec<_>, _>>()?;
        return Ok(Plan::Plain(Box::new(SendDirectBatch::new(notification, devices)?)));
    }
    let audience = match &send.expression {
        Some(expression) => Audience::try_from(expression)?,
        None if send.tags.is_empty() => Audience::EVERYONE,
        None => Audience::any_of(send.tags.iter().map(String::as_str))?,
    };
    Ok(match send.at {
        Some(at) => {
            let schedule = ScheduleNotification::new(notification, audience, at);
            Plan::Plain(Box::new(schedule))
        }
        None if send.test => Plan::Test(Box::new(SendNotification::new(notification, audience).test())),
        None => Plan::Plain(Box::new(SendNotification::new(notification, audience))),
    })
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
}

fn report(json: bool, receipt: &Receipt, outcome: Option<&NotificationOutcome>) -> Result<(), Failure> {
    let notification_id = receipt.notification_id.as_deref();
    let tracking_id = receipt.tracking_id.as_deref();
    if json {
        let report = Report { notification_id, tracking_id, outcome };
        let json = serde_json::to_string(&report).expect("strings and numbers are JSON");
        return print(format!("{json}\n").as_bytes());
    }
    let mut text = String::new();
    let mut line =
        |name: &str, value: &str| writeln!(text, "{name:<16} {value}").expect("a String takes every write");
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
