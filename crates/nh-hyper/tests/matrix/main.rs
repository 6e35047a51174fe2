//! Every fault, for three operations, on every runtime, alone and with 64 calls at once: what the caller is told, and what the
//! server did. The outcome is the table in `docs/fault_matrix.md`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod cell;
mod certificates;
mod clock;
mod faults;
mod http2;
mod operation;
mod server;
mod table;

use cell::Cell;
use faults::FAULTS;
use nh_hyper::{AsyncStd, Runtime, Smol, Tokio};
use operation::{OPERATIONS, Operation};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How many calls are made at once.
const AT_ONCE: [usize; 2] = [1, 64];

/// What came of so many calls.
#[derive(Debug)]
struct Played {
    fault: &'static str,
    operation: Operation,
    at_once: usize,
    cell: Cell,
}

async fn play_all(runtime: impl Runtime + Clone, played: mpsc::Sender<Played>) {
    for fault in FAULTS {
        for operation in OPERATIONS {
            for at_once in AT_ONCE {
                let cell = cell::play(runtime.clone(), fault, operation, at_once).await;
                played.send(Played { fault: fault.name, operation, at_once, cell }).unwrap();
            }
        }
    }
}

/// Everything that is played on one runtime, in order. Begins at once.
fn on(
    runtime: &'static str,
    run: impl FnOnce(mpsc::Sender<Played>) + Send + 'static,
) -> impl FnOnce() -> Vec<Played> {
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || run(send));
    move || {
        let mut all = Vec::new();
        loop {
            // No cell takes long. One that waits for something that does not come would wait forever.
            match receive.recv_timeout(Duration::from_secs(120)) {
                Ok(played) => all.push(played),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    panic!("{runtime}: nothing comes after {:?}", all.last())
                }
            }
        }
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        all
    }
}

#[test]
fn the_table_says_what_happens() {
    let tokio = on("tokio", |played| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play_all(Tokio, played));
    });
    let smol = on("smol", |played| smol::block_on(play_all(Smol, played)));
    let async_std = on("async-std", |played| async_std::task::block_on(play_all(AsyncStd, played)));
    let played = tokio();
    for (runtime, others) in [("smol", smol()), ("async-std", async_std())] {
        for (one, other) in played.iter().zip(&others) {
            let Played { fault, operation, at_once, cell } = one;
            assert_eq!(
                *cell, other.cell,
                "{fault}, {operation:?}, {at_once} at once: tokio on the left, {runtime} on the right"
            );
        }
        assert_eq!(played.len(), others.len(), "{runtime}");
    }

    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fault_matrix.md");
    let found = table::table(&played);
    if std::env::var_os("NH_WRITE_MATRIX").is_some() {
        std::fs::write(file, &found).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap();
    for (committed, found) in committed.lines().zip(found.lines()) {
        assert_eq!(committed, found, "the table is not what was found; NH_WRITE_MATRIX=1 makes it anew");
    }
    assert_eq!(committed.lines().count(), found.lines().count(), "NH_WRITE_MATRIX=1 makes the table anew");
}
