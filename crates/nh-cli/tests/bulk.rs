//! A long list of recipients: killed on the way, and run once more.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Fault};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const HANDLES: usize = 20_000;
const IN_FLIGHT: usize = 2;
const PAYLOAD: &str = r#"{"aps":{"alert":"Hello"}}"#;

fn handle(i: usize) -> String {
    format!("{i:064x}")
}

/// A hub, a list of handles, and what is kept of a run.
struct Desk {
    emulator: Emulator,
    directory: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk =
            Desk { emulator: Emulator::start_blocking().unwrap(), directory: tempfile::tempdir().unwrap() };
        let list: String = (1..=HANDLES).map(|i| handle(i) + "\n").collect();
        std::fs::write(desk.path("devices"), list).unwrap();
        std::fs::write(desk.path("ca.pem"), desk.emulator.ca_pem()).unwrap();
        desk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn nhub(&self, payload: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nhub"));
        command.current_dir(self.directory.path());
        command.args([
            "send",
            "apple",
            payload,
            "--devices",
            "devices",
            "--journal",
            "journal",
            "--report",
            "report",
        ]);
        command.args(["--json", "--ca", "ca.pem", "--in-flight", &IN_FLIGHT.to_string()]).args(more);
        command.env("NOTIFICATIONHUBS_CONNECTION_STRING", self.emulator.connection_string());
        command.env("NOTIFICATION_HUB_NAME", self.emulator.hub());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, more: &[&str]) -> Output {
        self.nhub(PAYLOAD, more).output().unwrap()
    }

    /// Begins a run, and lets it go on until so many requests have come to their end.
    fn run_until(&self, parts: usize) -> Child {
        let mut child = self.nhub(PAYLOAD, &[]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let parts =
            lines.map_while(Result::ok).filter(|line| line.contains(r#""event":"part""#)).take(parts).count();
        assert!(parts > 0, "{:?}", child.wait_with_output());
        child
    }

    /// How the report says that each handle ended.
    fn report(&self) -> Vec<String> {
        let mut ends = vec![String::new(); HANDLES];
        for line in std::fs::read_to_string(self.path("report")).unwrap().lines() {
            let range: serde_json::Value = serde_json::from_str(line).unwrap();
            let first = range["first_line"].as_u64().unwrap() as usize;
            let last = range["last_line"].as_u64().map_or(HANDLES, |last| last as usize);
            for end in &mut ends[first - 1..last] {
                assert!(end.is_empty(), "two ends for one line: {line}");
                *end = range["end"].as_str().unwrap().to_owned();
            }
        }
        ends
    }

    /// How often each handle got something.
    fn delivered(&self) -> Vec<usize> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for delivery in self.emulator.inbox() {
            *counts.entry(delivery.pns_handle.clone()).or_default() += 1;
        }
        (1..=HANDLES).map(|i| counts.get(&handle(i)).copied().unwrap_or(0)).collect()
    }
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn summary(output: &Output) -> serde_json::Value {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(summary["event"], "summary");
    summary
}

#[test]
fn killed_three_times_nobody_gets_it_twice() {
    let desk = Desk::new();
    // So that there is always something in flight at a kill.
    desk.emulator.add_fault(Fault::delayed(Duration::from_millis(30))).unwrap();
    for _ in 0..3 {
        let mut child = desk.run_until(3);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!desk.path("report").exists());
    }
    let output = desk.run(&[]);
    let ends = desk.report();
    let delivered = desk.delivered();
    let count = |end: &str| ends.iter().filter(|it| *it == end).count();
    let unknown = count("unknown");
    assert_eq!(count("sent") + unknown, HANDLES);
    assert!(unknown <= 3 * IN_FLIGHT * 1000, "{unknown} are unknown");
    for (end, times) in ends.iter().zip(&delivered) {
        assert!(if end == "sent" { *times == 1 } else { *times <= 1 }, "{end}: {times}");
    }
    let told = summary(&output);
    assert_eq!((&told["sent"], &told["unknown"]), (&(HANDLES - unknown).into(), &unknown.into()));
    assert!(told["earlier"].as_u64().unwrap() >= 9000);
    assert_eq!(output.status.code(), Some(if unknown > 0 { 3 } else { 0 }), "{}", stderr(&output));

    // Another list, another notification: nothing is sent, and the report stays.
    let report = std::fs::read(desk.path("report")).unwrap();
    let other = desk.nhub(r#"{"aps":{"alert":"Other"}}"#, &[]).output().unwrap();
    assert!(
        other.status.code() == Some(2) && stderr(&other).contains("belongs to another run"),
        "{}",
        stderr(&other)
    );
    assert!(
        report == std::fs::read(desk.path("report")).unwrap() && !desk.path("report.unfinished").exists()
    );

    // Who asks may send to them twice.
    let output = desk.run(&["--repeat-unknown"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(desk.report().iter().all(|end| end == "sent"));
    for (end, times) in ends.iter().zip(desk.delivered()) {
        assert!(if end == "sent" { times == 1 } else { times == 1 || times == 2 }, "{end}: {times}");
    }
}

#[test]
fn told_to_end_it_ends_in_order() {
    let desk = Desk::new();
    desk.emulator.add_fault(Fault::delayed(Duration::from_millis(30))).unwrap();
    let child = desk.run_until(2);
    let second = desk.run(&[]);
    assert!(
        second.status.code() == Some(2) && stderr(&second).contains("another run uses it"),
        "{}",
        stderr(&second)
    );
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let output = child.wait_with_output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("ended by a signal: nothing was sent after line ") && said.contains("goes on there"),
        "{said}"
    );
    let sent = desk.report().iter().filter(|end| *end == "sent").count();
    assert!((2000..HANDLES).contains(&sent) && desk.report()[sent..].iter().all(|end| end == "not_sent"));
    assert_eq!(desk.delivered().iter().sum::<usize>(), sent);

    let output = desk.run(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        desk.delivered().iter().all(|times| *times == 1) && desk.report().iter().all(|end| end == "sent")
    );
}

#[test]
fn a_damaged_journal_is_named() {
    let desk = Desk::new();
    std::fs::copy(desk.path("devices"), desk.path("journal")).unwrap();
    let output = desk.run(&[]);
    let said = stderr(&output);
    assert!(
        output.status.code() == Some(2) && said.contains("--journal journal: it is no journal"),
        "{said}"
    );
    assert_eq!(desk.emulator.served().requests, 0);
    assert!(Path::new(&desk.path("journal")).metadata().unwrap().len() > 1_000_000);
}
