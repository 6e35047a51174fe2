//! `nhub emulator --data`: what was acknowledged is there after a kill.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_core::{
    Audience, CancelScheduledNotification, DeleteRegistration, GetInstallation, GetRegistration, Hub,
    Installation, Notification, Operation, Platform, PnsHandle, PutInstallation, Registration,
    ScheduleNotification, SendNotification, ServiceError, UpsertRegistration, bytes::Bytes,
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

const MESSAGE: &str = r#"{"message":{"notification":{"title":"Hello"}}}"#;

struct Nhub {
    process: Child,
    connection_string: String,
    ca: String,
}

impl Nhub {
    fn start(directory: &Path) -> Nhub {
        Nhub::start_as(Command::new(env!("CARGO_BIN_EXE_nhub")), directory)
    }

    /// No file can grow beyond so many kilobytes: as on a disk that is full then.
    #[cfg(unix)]
    fn start_on_a_small_disk(directory: &Path, kilobytes: u32) -> Nhub {
        let mut shell = Command::new("sh");
        // The unit is 512 bytes (POSIX).
        let script = format!("ulimit -f {}; exec \"$0\" \"$@\"", kilobytes * 2);
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_nhub")]);
        Nhub::start_as(shell, directory)
    }

    fn start_as(mut command: Command, directory: &Path) -> Nhub {
        let mut process = command
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

impl Connection {
    fn status(&self) -> serde_json::Value {
        let uri = format!("https://{}/$emulator/status", self.hub.endpoint().authority().unwrap());
        let mut answer = self.agent.get(uri).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
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

#[cfg(unix)]
#[test]
fn on_a_full_disk_what_needs_none_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut nhub = Nhub::start_on_a_small_disk(directory.path(), 4096);
    let connection = nhub.connection();
    // Long tags fill it soon.
    let large = |n: usize| {
        let tags = (0..70).map(|tag| format!("{n}-{tag}-{}", "x".repeat(90)));
        Write::registration(&format!("0-{n}-1")).with_tags(tags).unwrap()
    };
    let mut kept = 0;
    let refusal = loop {
        let write = UpsertRegistration::new(format!("0-{kept}-1"), large(kept));
        match connection.ask(&write.unwrap()).unwrap() {
            Ok(_) => kept += 1,
            Err(refusal) => break refusal,
        }
        assert!(kept < 100_000, "the disk is never full");
    };
    let place = directory.path().join("data");
    let says = refusal.to_string();
    assert!(says.contains("could not be kept") && says.contains(&*place.to_string_lossy()), "{says}");

    // What needs no disk goes on, and what does is refused before it is done.
    let send =
        SendNotification::new(Notification::fcm_v1(MESSAGE).unwrap(), format!("0-0-{}", "x".repeat(90)))
            .unwrap();
    let late = UpsertRegistration::new("9-9-9", Write::registration("9-9-9")).unwrap();
    for _ in 0..2 {
        assert!(connection.ask(&send).unwrap().is_ok());
        assert!(connection.ask(&late).unwrap().is_err());
    }
    assert!(connection.ask(&GetRegistration::new("9-9-9").unwrap()).unwrap().is_err());
    let status = connection.status();
    assert!(status["data"]["problem"].as_str().unwrap().contains("could not be kept"), "{status}");
    assert_eq!(status["deliveries"], 2);

    // What was acknowledged is there on a larger disk.
    nhub.kill();
    let nhub = Nhub::start(directory.path());
    let connection = nhub.connection();
    for n in 0..kept {
        let read = connection.ask(&GetRegistration::new(format!("0-{n}-1")).unwrap()).unwrap();
        assert!(read.is_ok(), "{n} of {kept}");
    }
    assert_eq!(connection.status()["data"]["problem"], serde_json::Value::Null);
}
