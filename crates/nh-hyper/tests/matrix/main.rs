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

/// The calls that are made at once.
const AT_ONCE: [usize; 2] = [1, 64];

/// A fault's name, an operation, how many calls at once, and what came of it.
type Played = (&'static str, Operation, usize, Cell);

/// Everything that is played on one runtime, in order.
async fn play_all(runtime: impl Runtime + Clone, played: mpsc::Sender<Played>) {
    let only = std::env::var("NH_MATRIX_ONLY").unwrap_or_default();
    for fault in FAULTS.iter().filter(|fault| fault.name.contains(&only)) {
        for operation in OPERATIONS {
            for at_once in AT_ONCE {
                let began = std::time::Instant::now();
                let cell = cell::play(runtime.clone(), fault, operation, at_once).await;
                eprintln!("{:?} {} {operation:?} {at_once}", began.elapsed(), fault.name);
                played.send((fault.name, operation, at_once, cell)).unwrap();
            }
        }
    }
}

/// Waits until it is over on each runtime.
fn on(name: &'static str, run: impl FnOnce(mpsc::Sender<Played>) + Send + 'static) -> (&'static str, Vec<Played>) {
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || run(send));
    let mut all: Vec<Played> = Vec::new();
    loop {
        match receive.recv_timeout(Duration::from_secs(60)) {
            Ok(played) => all.push(played),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                panic!("{name}: nothing goes on after {:?}", all.last())
            }
        }
    }
    thread.join().unwrap();
    (name, all)
}

#[test]
fn the_table_says_what_happens() {
    let began = std::time::Instant::now();
    let tokio = on("tokio", |played| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play_all(Tokio, played));
    });
    eprintln!("{:?}", began.elapsed());
    let smol = on("smol", |played| smol::block_on(play_all(Smol, played)));
    eprintln!("{:?}", began.elapsed());
    let async_std = on("async-std", |played| async_std::task::block_on(play_all(AsyncStd, played)));
    eprintln!("{:?}", began.elapsed());
    for (name, others) in [&smol, &async_std] {
        for (one, other) in tokio.1.iter().zip(others) {
            assert_eq!(one, other, "tokio and {name} differ");
        }
    }
    print!("{}", table::table(&tokio.1));
}
