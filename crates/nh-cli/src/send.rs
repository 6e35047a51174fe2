mod bulk;
mod events;
mod format;
mod recipients;
mod report;
mod report_file;

use crate::connect::OrEmulator;
use crate::document::Given;
use crate::failure::Failure;
use crate::global::Global;
use crate::in_flight::carry;
use crate::terminal::{print, print_json, tell};
use bulk::From;
pub(crate) use format::FormatParser;
use nh_core::{
    Audience, Format, Notification, Operation, Payload, Receipt, ScheduleNotification, SendAll, SendDirect,
    SendNotification, SendPart, Tag, TestReceipt, dump,
};
use nh_hyper::Client;
use recipients::{FromFile, Lines, OddTokens};
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    /// The push service that the payload is for; template for values that fill in the templates of devices
    #[arg(value_name = "PLATFORM", value_parser = FormatParser)]
    format: Format,
    /// The payload itself, @FILE, or - for standard input
    #[arg(required_unless_present = "property")]
    payload: Option<Given>,
    /// To devices with this tag; several tags mean any of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// To devices that match a tag expression
    #[arg(long = "tags", value_name = "EXPRESSION", conflicts_with = "tags")]
    expression: Option<String>,
    /// To this PNS handle (a browser: {"endpoint":..,"p256dh":..,"auth":..}); several go out as batches of up to 1000, browsers
    /// one by one
    #[arg(long = "device", value_name = "HANDLE", conflicts_with_all = ["tags", "expression"])]
    devices: Vec<String>,
    /// To all devices of this user; several users go out 20 to a request
    #[arg(long = "user", value_name = "ID", conflicts_with_all = ["tags", "expression", "devices"])]
    users: Vec<String>,
    /// To this installation; several go out 20 to a request
    #[arg(long = "installation", value_name = "ID", conflicts_with_all = ["tags", "expression", "devices", "users"])]
    installations: Vec<String>,
    #[command(flatten)]
    from_file: FromFile,
    /// At this time, in RFC 3339: 2026-12-24T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = rfc3339, conflicts_with_all = ["devices", "devices_file", "test"])]
    at: Option<OffsetDateTime>,
    /// A platform header: 'apns-priority: 5'
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// A property of a template notification: name=value
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property, conflicts_with = "payload")]
    property: Vec<(String, String)>,
    /// Send to at most ten of the devices, and tell for each what became of it. Exit status 4 if it reached nobody or failed on some
    /// device. The service allows ten a minute
    #[arg(long)]
    test: bool,
    /// Print the request as it would go out, signature redacted, and send nothing. With --json: method, url, headers and body
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connection: OrEmulator,
}

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

impl Send {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        let plan = plan(&self)?;
        let destination = self.connection.destination(global).await?;
        if self.dry_run {
            return dry_run(global, &destination.offline_client()?, plan);
        }
        let client = destination.client()?;
        match plan {
            Plan::Test(operation) => {
                let receipt = carry(&client, async |client| client.execute(&*operation).await).await;
                let receipt = receipt.map_err(hub_missing)?;
                report::test(global, &self, &receipt)
            }
            Plan::One(operation) => {
                let receipt = carry(&client, async |client| client.execute(&*operation).await).await;
                let receipt = receipt.map_err(hub_missing)?;
                report::receipt(global, &self, &receipt)
            }
            Plan::Bulk(bulk) => bulk::run(global.json, &client, *bulk, &self.from_file).await,
        }
    }
}

/// All that a send needs to be there is the hub.
fn hub_missing(failure: Failure) -> Failure {
    if failure.is_not_found() {
        return failure.with_note(
            "; is there a hub of this name? `nhub hub list` shows all, with a key that has Manage",
        );
    }
    failure
}

/// Every request, as it would go out.
fn dry_run(global: &Global, client: &Client, plan: Plan) -> Result<(), Failure> {
    let Bulk { mut sends, from } = match plan {
        Plan::Test(operation) => return show(global, client, &*operation),
        Plan::One(operation) => return show(global, client, &*operation),
        Plan::Bulk(bulk) => *bulk,
    };
    let show_part = |part: SendPart| {
        part.refused().iter().for_each(|one| tell(format_args!("line {}: {}", one.place(), one.why())));
        part.send().map_or(Ok(()), |send| show(global, client, send))
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

fn show<O: Operation + ?Sized>(global: &Global, client: &Client, operation: &O) -> Result<(), Failure> {
    let request = client.request(operation)?;
    let shown = dump::request(operation, &request);
    if global.json { print_json(&shown) } else { print(&format!("{shown}\n")) }
}

fn plan(send: &Send) -> Result<Plan, Failure> {
    let list = &send.from_file;
    if send.payload.as_ref().is_some_and(Given::is_stdin) && list.list() == Some(Path::new("-")) {
        return Err(Failure::usage(
            "the payload and the list of recipients are both standard input; put one in a file",
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
    let unit = sends.unit().trim_end_matches('s');
    let mut parts: Vec<SendPart> = sends.parts(given).collect();
    if let Some(refused) = parts.iter().flat_map(SendPart::refused).next() {
        return Err(Failure::usage(format!("{} {}: {}", unit, refused.place(), refused.why())));
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
        Some(expression) if expression.trim().is_empty() => {
            let problem =
                "--tags: the expression is empty; give one, or leave --tags out to send to all devices";
            return Err(Failure::usage(problem));
        }
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
    Failure::usage(format!("--test: a test send is one request; {remedy}"))
}

/// A notification as the command line describes it.
pub(crate) struct Message<'a> {
    pub(crate) format: &'a Format,
    pub(crate) payload: Option<&'a Given>,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) properties: &'a [(String, String)],
}

impl Message<'_> {
    pub(crate) fn notification(&self) -> Result<Notification, Failure> {
        let payload = match self.payload {
            Some(Given::Text(text)) => Payload::from(text.as_str()),
            // One byte too many is enough to be refused.
            Some(given) => Payload::from(given.bytes("payload", Notification::MAX_BYTES as u64 + 1)?),
            None if *self.format == Format::Template => {
                let mut template = Notification::template(self.properties.iter().cloned())?;
                for (name, value) in self.headers {
                    template = template.header(name, value)?;
                }
                return Ok(template.into());
            }
            None => {
                let problem = format!(
                    "--property: only a template has properties; give {} a payload, or send template",
                    self.format
                );
                return Err(Failure::usage(problem));
            }
        };
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Notification::with_headers(self.format.clone(), payload, &headers).map_err(|error| {
            match self.payload {
                Some(Given::Text(text)) if Path::new(text).is_file() => {
                    Failure::usage(format!("{error}; if you mean the file, write @{text}"))
                }
                Some(given @ (Given::File(_) | Given::Stdin)) => given.wrong("payload", error),
                _ => error.into(),
            }
        })
    }
}

fn notification(send: &Send) -> Result<Notification, Failure> {
    let message = Message {
        format: &send.format,
        payload: send.payload.as_ref(),
        headers: &send.headers,
        properties: &send.property,
    };
    message.notification()
}

fn rfc3339(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "it is no date with time and zone; write it as 2026-12-24T18:00:00Z".to_owned())
}

pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    pair(text, ':').ok_or_else(|| "no colon; write it as 'apns-priority: 5'".to_owned())
}

pub(crate) fn property(text: &str) -> Result<(String, String), String> {
    pair(text, '=').ok_or_else(|| "no equals sign; write it as name=value".to_owned())
}

fn pair(text: &str, separator: char) -> Option<(String, String)> {
    let (name, value) = text.split_once(separator)?;
    // A property's value may begin with spaces; a header's does not.
    let value = if separator == ':' { value.trim() } else { value };
    Some((name.trim().to_owned(), value.to_owned()))
}
