//! `nhub emulator --data`: what was acknowledged is there after a kill.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_core::{
    Audience, CancelScheduledNotification, DeleteRegistration, GetInstallation, GetRegistration, Hub,
    Installation, Notification, Operation, Platform, PnsHandle, PutInstallation, Registration,
    ScheduleNotification, ServiceError, UpsertRegistration, bytes::Bytes,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

const CONNECTIONS: usize = 4;
const ROUNDS: usize = 20;

struct Nhub {
    process: Child,
    connection_string: String,
    ca: String,
}

impl Nhub {
    fn start(directory: &Path) -> Nhub {
        Nhub::start_as(Nhub::command(directory))
    }

    fn command(directory: &Path) -> Command {
        Nhub::args(Command::new(env!("CARGO_BIN_EXE_nhub")), directory)
    }

    /// No file can grow beyond so many kilobytes: as on a disk that is full then.
    #[cfg(unix)]
    fn start_on_a_small_disk(directory: &Path, kilobytes: u32) -> Nhub {
        let mut shell = Command::new("sh");
        // The unit is 512 bytes (POSIX).
        let script = format!("ulimit -f {}; exec \"$0\" \"$@\"", kilobytes * 2);
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_nhub")]);
        Nhub::start_as(Nhub::args(shell, directory))
    }

    fn args(mut command: Command, directory: &Path) -> Command {
        command
            .args(["emulator", "--json", "--data"])
            .arg(directory.join("data"))
            // What is killed leaves its files behind.
            .env("TMPDIR", directory)
            .env_remove("NOTIFICATION_HUB_NAME")
            .stdin(Stdio::null());
        command
    }

    fn start_as(mut command: Command) -> Nhub {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
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
    fn control(&self, path: &str) -> serde_json::Value {
        let uri = format!("https://{}/$emulator/{path}", self.hub.endpoint().authority().unwrap());
        let mut answer = self.agent.get(uri).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    /// The ids of the sends that wait.
    fn scheduled(&self) -> BTreeSet<String> {
        let waiting = self.control("scheduled");
        let ids = waiting.as_array().unwrap().iter();
        ids.map(|send| send["notification_id"].as_str().unwrap().to_owned()).collect()
    }
}

fn registration(id: &str) -> Registration {
    Registration::new(PnsHandle::fcm_v1(format!("token-of-{id}")).unwrap())
}

/// Writes over a connection of its own, and knows what has to be there.
struct Writer {
    number: usize,
    random: fastrand::Rng,
    /// What has been acknowledged of each id: its version, or that it is gone.
    kept: BTreeMap<String, Option<u32>>,
    scheduled: Vec<String>,
    /// What had no answer: it may be there or not.
    in_flight: Option<(String, Option<u32>)>,
    version: u32,
}

impl Writer {
    fn new(number: usize) -> Writer {
        let random = fastrand::Rng::with_seed(number as u64);
        Writer { number, random, kept: BTreeMap::new(), scheduled: Vec::new(), in_flight: None, version: 0 }
    }

    /// Until the connection is gone.
    fn write(&mut self, connection: &Connection, acknowledge: mpsc::Sender<()>) {
        while self.write_one(connection).is_some() {
            let _ = acknowledge.send(());
        }
    }

    fn write_one(&mut self, connection: &Connection) -> Option<()> {
        self.version += 1;
        let tags = ["all".to_owned(), format!("v{}", self.version)];
        let kind = self.random.u8(..10);
        let of = if kind < 7 { "registration" } else { "installation" };
        let id = format!("{of}-{}-{}", self.number, self.random.u8(..12));
        let removes = kind < 2 && self.kept.get(&id).is_some_and(Option::is_some);
        let state = (!removes).then_some(self.version);
        self.in_flight = Some((id.clone(), state));
        let answer = match kind {
            9 => {
                self.in_flight = None;
                let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
                let notification = Notification::apple(r#"{"aps":{"alert":"Tomorrow"}}"#).unwrap();
                let audience = Audience::tag("all").unwrap();
                let schedule = ScheduleNotification::new(notification, audience, tomorrow).unwrap();
                let receipt = connection.ask(&schedule)?.unwrap();
                self.scheduled.push(receipt.notification_id.unwrap());
                return Some(());
            }
            _ if removes => connection.ask(&DeleteRegistration::new(&id).unwrap())?.map(drop),
            ..7 => {
                let put = UpsertRegistration::new(&id, registration(&id).with_tags(tags).unwrap());
                connection.ask(&put.unwrap())?.map(drop)
            }
            _ => {
                let device = Installation::new(id.as_str(), Platform::Apple, "00FC").unwrap();
                connection.ask(&PutInstallation::new(device.with_tags(tags).unwrap()))?.map(drop)
            }
        };
        answer.unwrap();
        self.kept.extend(self.in_flight.take());
        Some(())
    }

    /// What has been acknowledged is there as it was.
    fn check(&mut self, connection: &Connection, round: usize) {
        if let Some((id, _)) = &self.in_flight {
            self.kept.entry(id.clone()).or_insert(None);
        }
        for (id, kept) in &mut self.kept {
            let tags = if id.starts_with("registration") {
                let read = connection.ask(&GetRegistration::new(id).unwrap()).unwrap();
                read.map(|found| found.tags().iter().map(ToString::to_string).collect::<Vec<_>>())
            } else {
                let read = connection.ask(&GetInstallation::new(id).unwrap()).unwrap();
                read.map(|found| found.tags().iter().map(ToString::to_string).collect())
            };
            let found = match tags {
                Ok(tags) => tags.iter().find_map(|tag| tag.strip_prefix('v')?.parse::<u32>().ok()),
                Err(error) => {
                    assert!(error.is_not_found(), "{error}");
                    None
                }
            };
            let may_be = self.in_flight.as_ref().filter(|(of, _)| of == id).map(|(_, state)| *state);
            assert!(found == *kept || Some(found) == may_be, "round {round}, {id}: {found:?}, not {kept:?}");
            *kept = found;
        }
        self.in_flight = None;
        let waiting = connection.scheduled();
        for id in &self.scheduled {
            assert!(waiting.contains(id), "round {round}: {id} does not wait any more");
        }
    }
}

#[test]
fn what_was_acknowledged_is_there_after_each_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(12);
    let mut writers: Vec<Writer> = (0..CONNECTIONS).map(Writer::new).collect();
    let mut key = None;
    for round in 0..ROUNDS {
        // Some are killed while they start.
        for _ in 0..random.u8(..3) {
            let mut starting = Nhub::command(directory.path()).stdout(Stdio::null()).spawn().unwrap();
            (0..random.u32(..20_000)).for_each(|_| std::thread::yield_now());
            starting.kill().unwrap();
            starting.wait().unwrap();
        }
        let mut nhub = Nhub::start(directory.path());
        assert_eq!(nhub.key(), *key.get_or_insert_with(|| nhub.key().to_owned()));
        let connections: Vec<_> = (0..CONNECTIONS).map(|_| nhub.connection()).collect();
        for (writer, connection) in writers.iter_mut().zip(&connections) {
            writer.check(connection, round);
        }
        let until = random.usize(1..150);
        let (acknowledge, acknowledged) = mpsc::channel();
        std::thread::scope(|scope| {
            for (writer, connection) in writers.iter_mut().zip(&connections) {
                let acknowledge = acknowledge.clone();
                scope.spawn(move || writer.write(connection, acknowledge));
            }
            assert_eq!(acknowledged.iter().take(until).count(), until);
            nhub.kill();
        });
    }
    let nhub = Nhub::start(directory.path());
    let connection = nhub.connection();
    writers.iter_mut().for_each(|writer| writer.check(&connection, ROUNDS));
    assert!(writers.iter().all(|writer| writer.version > 100 && !writer.scheduled.is_empty()));
    let cancel = CancelScheduledNotification::new(&writers[0].scheduled[0]).unwrap();
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
    use nh_core::SendNotification;
    const MESSAGE: &str = r#"{"message":{"notification":{"title":"Hello"}}}"#;
    let directory = tempfile::tempdir().unwrap();
    let mut nhub = Nhub::start_on_a_small_disk(directory.path(), 4096);
    let connection = nhub.connection();
    // Long tags fill it soon.
    let large = |n: usize| {
        let tags = (0..70).map(|tag| format!("{n}-{tag}-{}", "x".repeat(90)));
        registration(&format!("0-{n}-1")).with_tags(tags).unwrap()
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
    let late = UpsertRegistration::new("9-9-9", registration("9-9-9")).unwrap();
    for _ in 0..2 {
        assert!(connection.ask(&send).unwrap().is_ok());
        assert!(connection.ask(&late).unwrap().is_err());
    }
    assert!(connection.ask(&GetRegistration::new("9-9-9").unwrap()).unwrap().is_err());
    let status = connection.control("status");
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
    assert_eq!(connection.control("status")["data"]["problem"], serde_json::Value::Null);
}

/// A file system that is mounted for reading only: the system answers EROFS, also to root. Where a process may not mount, this
/// shows nothing; `nh-emulator/tests/abuse_data.rs` has other directories that cannot be written.
#[cfg(target_os = "linux")]
#[test]
fn on_a_disk_that_is_only_read() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut nhub = Nhub::start(directory.path());
    nhub.kill();
    let store = fs::read(data.join("emulator.redb")).unwrap();
    let empty = tempfile::tempdir().unwrap();
    for place in [&*data, &*empty.path().join("below"), empty.path()] {
        let mounted = if place == data { place } else { empty.path() };
        let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$0\" emulator --data \"$2\"";
        let output = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_nhub")])
            .args([mounted, place])
            .output();
        let Ok(output) = output else { return };
        let says = String::from_utf8_lossy(&output.stderr);
        if ["unshare:", "mount:"].iter().any(|program| says.starts_with(program)) {
            eprintln!("no file system can be mounted here: {says}");
            return;
        }
        assert_eq!(output.status.code(), Some(1), "{says}");
        let expected = format!("{} cannot be used: Read-only file system", place.display());
        assert!(says.contains(&expected) && says.contains("Use another directory"), "{says}");
    }
    assert!(fs::read(data.join("emulator.redb")).unwrap() == store);
}
