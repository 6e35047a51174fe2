//! One cell: so many calls of one operation at once, against one fault, on one runtime.

use crate::certificates;
use crate::clock::Clock;
use crate::faults::{Fault, Network};
use crate::operation::Operation;
use crate::server::{Plays, Server};
use nh_hyper::{Client, Credential, Error, Fate, Hub, Runtime, Transport};
use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

/// What became of one call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcome {
    /// What the caller is told of the request.
    pub(crate) fate: &'static str,
    /// The kind of the error, or `ok`.
    pub(crate) kind: String,
    /// How often the server did it.
    pub(crate) carried_out: usize,
    /// How often it was tried, and how long it took on the clock. `None` if that is left to chance.
    pub(crate) effort: Option<(usize, Duration)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// How many calls had this outcome.
    pub(crate) outcomes: BTreeMap<Outcome, usize>,
    /// What the errors say.
    pub(crate) errors: Vec<String>,
}

impl Outcome {
    fn of(result: &Result<(), Error>, carried_out: usize, effort: Option<(usize, Duration)>) -> Outcome {
        let (fate, kind) = match result {
            Ok(()) => ("done", "ok".to_owned()),
            Err(error) => (fate(error), kind(error)),
        };
        // The longest waits are those of a number that is a little less than the greatest.
        let round = |time: Duration| Duration::from_millis((time.as_secs_f64() * 10.0).round() as u64 * 100);
        Outcome { fate, kind, carried_out, effort: effort.map(|(attempts, time)| (attempts, round(time))) }
    }

    /// What no fault may lead to.
    fn check(&self, operation: Operation) -> Result<(), &'static str> {
        match self.fate {
            "not done" | "final" if self.carried_out > 0 => {
                Err("it was carried out, and the caller is told that it was not")
            }
            "done" if self.carried_out == 0 => {
                Err("it was not carried out, and the caller is told that it was")
            }
            _ if operation == Operation::Send && self.carried_out > 1 => Err("it was sent twice"),
            _ => Ok(()),
        }
    }
}

fn fate(error: &Error) -> &'static str {
    match error.fate() {
        Fate::NotDone { .. } => "not done",
        Fate::Unknown => "unknown",
        _ if error.as_service().is_some_and(|answer| answer.status().is_success()) => "done",
        _ => "final",
    }
}

fn kind(error: &Error) -> String {
    match error.as_service() {
        Some(answer) if answer.is_unreadable() => "unreadable".to_owned(),
        Some(answer) => answer.status().as_str().to_owned(),
        None if error.is_connect() => "no connection".to_owned(),
        None if error.is_timeout() => "timeout".to_owned(),
        None => "broken".to_owned(),
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { fate, kind, carried_out, effort } = self;
        write!(f, "**{fate}** ({kind}); ")?;
        match effort {
            Some((attempts, time)) => {
                write!(f, "{attempts} tried, {carried_out} carried out, {} s", time.as_secs_f64())
            }
            None => write!(f, "{carried_out} carried out"),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = self.outcomes.len() == 1;
        for (i, (outcome, count)) in self.outcomes.iter().enumerate() {
            f.write_str(if i > 0 { "<br>" } else { "" })?;
            if one { write!(f, "{outcome}")? } else { write!(f, "{count} calls: {outcome}")? }
        }
        Ok(())
    }
}

pub(crate) async fn play(
    runtime: impl Runtime + Clone,
    fault: &Fault,
    operation: Operation,
    at_once: usize,
) -> Cell {
    let clock = Clock::new();
    let transport = Transport::builder_on(clock.over(runtime.clone()))
        .platform_roots(false)
        .no_proxy()
        .http2(matches!(fault.network, Network::Server(Plays::Http2(_))))
        .add_root_pem(certificates::trusted_pem())
        .unwrap()
        .build()
        .unwrap();
    let closed = closed();
    let server = match fault.network {
        Network::Server(plays) => Some(Server::new(plays, operation, at_once, clock.clone())),
        _ => None,
    };
    let endpoint = match (&server, fault.network) {
        (Some(server), _) => server.endpoint(),
        (None, Network::NoSuchName) => format!("https://{}.test", "a".repeat(64)),
        _ => format!("https://{}", closed.local_addr().unwrap().as_socket().unwrap()),
    };
    let round = |calls: Range<usize>| {
        let clients = calls.map(|call| {
            let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
            (call, transport.hub(Hub::new(&endpoint, hub(call), credential).unwrap()))
        });
        all_at_once(&runtime, &clock, operation, clients.collect())
    };
    if matches!(fault.network, Network::Server(Plays::CloseReused)) {
        round(clock.calls(at_once)).await;
    }
    let (mut outcomes, mut errors) = (BTreeMap::new(), Vec::new());
    for (call, result, time) in round(clock.calls(at_once)).await {
        let carried_out = server.as_ref().map_or(0, |server| server.carried_out(&hub(call)));
        let effort = (!fault.varies || at_once == 1).then(|| (clock.attempts(call), time));
        let outcome = Outcome::of(&result, carried_out, effort);
        if let Err(why) = outcome.check(operation) {
            panic!("{}, {operation:?}: {why}: {outcome:?} {result:?}", fault.name);
        }
        *outcomes.entry(outcome).or_default() += 1;
        if let Err(error) = result {
            errors.push(sentence(&error, &endpoint));
        }
    }
    errors.sort();
    errors.dedup();
    Cell { outcomes, errors }
}

/// Each call has a hub of its own, by which the server knows it.
fn hub(call: usize) -> String {
    format!("hub{call}")
}

async fn all_at_once(
    runtime: &impl Runtime,
    clock: &Clock,
    operation: Operation,
    clients: Vec<(usize, Client)>,
) -> Vec<(usize, Result<(), Error>, Duration)> {
    let began = clock.now();
    let mut waiting = Vec::new();
    for (call, client) in clients {
        let (done, wait) = tokio::sync::oneshot::channel();
        let clock = clock.clone();
        runtime.spawn(async move {
            let timed = async { (operation.call(&client).await, clock.now()) };
            drop(done.send(clock.call(call, timed).await));
        });
        waiting.push((call, wait));
    }
    let mut results = Vec::new();
    for (call, wait) in waiting {
        let (result, now) = wait.await.unwrap();
        results.push((call, result, now - began));
    }
    results
}

/// An address that is taken, and at which nobody listens.
fn closed() -> socket2::Socket {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket
}

/// What an error says, without what differs from run to run.
fn sentence(error: &Error, endpoint: &str) -> String {
    let mut text = error.to_string().replace(endpoint.split('/').next_back().unwrap(), "HOST");
    if let Some(id) = error.tracking_id() {
        text = text.replace(id, "ID");
    }
    text
}
