//! Instructions of our work for each of its floor's, counted by valgrind in the same run. A count does not depend on what else the
//! machine does.
//!
//! `cargo test -p benches --test counts -- --include-ignored --nocapture` prints all of them.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// Each piece of work, how often it is done, and what it may cost: a twentieth more than it does, or less. Without instructions for SHA-256,
/// which valgrind does not have, a token is almost all hash.
const WORK: [(&str, u64, f64); 8] = [
    ("send, prepared", 10_000, 1.31),
    ("send, one-shot", 10_000, 2.0),
    ("token, fresh", 3_000, 1.21),
    ("batch of 1000, of handles", 20, 0.25),
    ("outcome of 10, read", 500, 1.2),
    ("details, read", 500, 1.28),
    ("error, read", 2_000, 0.98),
    ("feed of 1000 registrations, read", 4, 1.41),
];

/// A send over TLS in memory, beside the bare client. The server is in the same process, so its instructions are in both.
const SENDS: [(&str, f64); 2] = [("1", 1.03), ("64", 1.05)];

fn release(bins: &[&str]) -> Vec<PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "-q", "-p", "benches", "--message-format", "json"]);
    command.args(bins.iter().flat_map(|bin| ["--bin", bin]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = String::from_utf8(output.stdout).unwrap();
    let messages = built.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let programs: Vec<_> = messages
        .filter_map(|message| {
            Some((message["target"]["name"].as_str()?.to_owned(), message["executable"].as_str()?.into()))
        })
        .collect();
    let of =
        |bin: &&str| programs.iter().find(|(name, _)| name == *bin).map(|(_, path)| PathBuf::clone(path));
    bins.iter().map(|bin| of(bin).unwrap()).collect()
}

/// The instructions of a program from its start to its end.
fn instructions(program: &PathBuf, arguments: &[&str]) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .expect("valgrind is installed");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let collected = text.lines().find_map(|line| line.split("Collected : ").nth(1));
    collected.unwrap().trim().parse().unwrap()
}

/// The instructions of one piece of work: what `more` cost beyond `few`, so that start and end do not count.
fn of_one(few: u64, more: u64, count: impl Fn(&str) -> u64) -> f64 {
    let [a, b] = [few, more].map(|times| count(&times.to_string()));
    b.checked_sub(a).unwrap() as f64 / (more - few) as f64
}

/// Both at the same time.
fn both(names: [&str; 2], count: impl Fn(&str) -> f64 + Sync) -> [f64; 2] {
    thread::scope(|threads| {
        let counting = names.map(|name| threads.spawn(|| count(name)));
        counting.map(|counting| counting.join().unwrap())
    })
}

#[test]
#[ignore = "needs valgrind, and builds in release"]
fn our_work_costs_little_more_than_its_floor() {
    let [program, sends] = &release(&["instructions", "sends"])[..] else { panic!("two programs") };
    let work = WORK.map(|(what, times, most)| {
        let [floor, ours] = both(["floor", "ours"], |who| {
            of_one(times / 2, times, |times| instructions(program, &[what, who, times]))
        });
        (what.to_owned(), floor, ours, most)
    });
    let sends = SENDS.map(|(in_flight, most)| {
        let [floor, ours] = both(["bare", "client"], |who| {
            of_one(1000, 3000, |times| instructions(sends, &[who, times, in_flight]))
        });
        (format!("send, {in_flight} in flight"), floor, ours, most)
    });
    let mut too_much = Vec::new();
    for (what, floor, ours, most) in work.into_iter().chain(sends) {
        let ratio = ours / floor;
        println!("{what}: {ours:.0} instructions; floor {floor:.0}; ratio {ratio:.3}, at most {most}");
        if ratio > most {
            too_much.push(format!("{what}: {ratio:.3}, more than {most}"));
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
}
