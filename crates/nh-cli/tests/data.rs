//! `nhub emulator --data`: what was acknowledged is there after a kill.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_core::{
    Audience, CancelScheduledNotification, DeleteRegistration, GetInstallation, GetRegistration, Hub,
    Installation, Notification, Operation, Platform, PnsHandle, PutInstallation, Registration,
    ScheduleNotification, ServiceError, UpsertRegistration, bytes::Bytes,
};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

const CONNECTIONS: usize = 8;
const WRITES: usize = 10_000;

struct Nhub {
    process: Child,
    connection_string: String,
    ca: String,
}

impl Nhub {
    fn start(directory: &Path) -> Nhub {
        let mut process = Command::new(env!("CARGO_BIN_EXE_nhub"))
            .args(["emulator", "--json", "--data"])
            .arg(directory.join("data"))
            // What is killed leaves its files behind.
            .env("TMPDIR", directory)
            .env_remove("NOTIFICATION_HUB_NAME")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let ca = fs::read_to_string(text("ca_file")).unwrap();
        Nhub { process, connection_string: text("connection_string"), ca }
    }

    /// `SIGKILL` on Unix.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn connection(&self) -> Connection {
        let authority = Certificate::from_pem(self.ca.as_bytes()).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
        let hub = Hub::from_connection_string(&self.connection_string, "demo-hub").unwrap();
        Connection { agent: config.new_agent(), hub }
    }

    fn key(&self) -> &str {
        self.connection_string.split_once("SharedAccessKey=").unwrap().1
    }
}

impl Drop for Nhub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Connection {
    agent: ureq::Agent,
    hub: Hub,
}

impl Connection {
    /// `None`: there was no answer.
    fn ask<O: Operation>(&self, operation: &O) -> Option<Result<O::Output, ServiceError>> {
        let request = self.hub.request(operation, SystemTime::now()).unwrap().map(|body| body.to_vec());
        let (head, mut body) = self.agent.run(request).ok()?.into_parts();
        let body = Bytes::from(body.read_to_vec().ok()?);
        Some(operation.response(ureq::http::Response::from_parts(head, body)))
    }
}

#[derive(Clone, Debug)]
enum Write {
    Registration(String),
    Installation(String),
    Removal(String),
}

impl Write {
    /// Of five writes of a connection three make a registration, one an installation, and one takes the first back.
    fn of(connection: usize, number: usize) -> Write {
        let id = |number: usize| format!("{connection}-{number}-1");
        match number % 5 {
            0..=2 => Write::Registration(id(number)),
            3 => Write::Installation(id(number)),
            _ => Write::Removal(id(number - 4)),
        }
    }

    fn registration(id: &str) -> Registration {
        let handle = PnsHandle::fcm_v1(format!("token-of-{id}")).unwrap();
        Registration::new(handle).with_tags(["all", &format!("only-{id}")]).unwrap()
    }

    /// Is it acknowledged? `None` when the connection is gone.
    fn carry_out(&self, connection: &Connection) -> Option<()> {
        match self {
            Write::Registration(id) => {
                let put = UpsertRegistration::new(id, Write::registration(id)).unwrap();
                connection.ask(&put)?.map(drop)
            }
            Write::Installation(id) => {
                let device = Installation::new(id.as_str(), Platform::Apple, "00FC").unwrap();
                connection.ask(&PutInstallation::new(device.with_tags(["all"]).unwrap()))?.map(drop)
            }
            Write::Removal(id) => connection.ask(&DeleteRegistration::new(id).unwrap())?.map(drop),
        }
        .unwrap();
        Some(())
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut nhub = Nhub::start(directory.path());
    let key = nhub.key().to_owned();
    let first = nhub.connection();
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let notification = Notification::apple(r#"{"aps":{"alert":"Tomorrow"}}"#).unwrap();
    let schedule = ScheduleNotification::new(notification, Audience::tag("all").unwrap(), tomorrow).unwrap();
    let scheduled = first.ask(&schedule).unwrap().unwrap().notification_id.unwrap();

    let (acknowledge, acknowledged) = mpsc::channel();
    let connections: Vec<_> = (0..CONNECTIONS).map(|_| nhub.connection()).collect();
    let mut done = Vec::new();
    let in_flight: Vec<Write> = std::thread::scope(|scope| {
        let writers = (0..).zip(&connections).map(|(number, connection)| {
            let acknowledge = acknowledge.clone();
            scope.spawn(move || {
                let all = (0..WRITES / CONNECTIONS).map(|n| Write::of(number, n));
                for write in all {
                    if write.carry_out(connection).is_none() {
                        return Some(write);
                    }
                    acknowledge.send(write).unwrap();
                }
                None
            })
        });
        let writers: Vec<_> = writers.collect();
        drop(acknowledge);
        while let Ok(write) = acknowledged.recv() {
            done.push(write);
            if done.len() == WRITES / 2 {
                nhub.kill();
            }
        }
        writers.into_iter().filter_map(|writer| writer.join().unwrap()).collect()
    });
    assert!(done.len() < WRITES && !in_flight.is_empty(), "it was killed in the middle");

    let nhub = Nhub::start(directory.path());
    assert_eq!(nhub.key(), key);
    let connection = nhub.connection();
    let id = |write: &Write| match write {
        Write::Removal(id) => Some(id.clone()),
        _ => None,
    };
    let removed: BTreeSet<_> = done.iter().filter_map(id).collect();
    let unknown: BTreeSet<_> = in_flight.iter().filter_map(id).collect();
    for write in &done {
        match write {
            Write::Registration(id) if unknown.contains(id) => {}
            Write::Registration(id) => {
                let found = connection.ask(&GetRegistration::new(id).unwrap()).unwrap();
                if removed.contains(id) {
                    assert!(found.unwrap_err().is_not_found(), "{id} was removed");
                } else {
                    let found = found.unwrap();
                    let expected = Write::registration(id);
                    assert_eq!((found.handle(), found.tags()), (expected.handle(), expected.tags()));
                }
            }
            Write::Installation(id) => {
                let found = connection.ask(&GetInstallation::new(id).unwrap()).unwrap().unwrap();
                assert_eq!(found.id(), id);
            }
            Write::Removal(_) => {}
        }
    }
    let cancel = CancelScheduledNotification::new(scheduled).unwrap();
    connection.ask(&cancel).unwrap().expect("it goes on waiting");
}

#[test]
fn a_directory_is_one_emulators() {
    let directory = tempfile::tempdir().unwrap();
    let _nhub = Nhub::start(directory.path());
    let data = directory.path().join("data");
    let second =
        Command::new(env!("CARGO_BIN_EXE_nhub")).args(["emulator", "--data"]).arg(&data).output().unwrap();
    let says = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(says.contains("in use by another emulator") && says.contains(&*data.to_string_lossy()), "{says}");
}
