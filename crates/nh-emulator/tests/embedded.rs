//! The emulator as part of a Rust program.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod support;

use nh_emulator::{Emulator, NewDevice, NoDelivery, Platform};
use std::collections::BTreeSet;
use support::{ALERT, Caller, MESSAGES};
#[cfg(unix)]
use {
    std::fs,
    std::pin::pin,
    std::process::Command,
    std::sync::mpsc,
    std::task::{Context, Waker},
    std::time::Duration,
};

fn send(caller: &Caller, tags: &str) {
    let headers = [("ServiceBusNotification-Format", "apple"), ("ServiceBusNotification-Tags", tags)];
    assert_eq!(caller.ask("POST", MESSAGES, &headers, ALERT).status, 201);
}

#[test]
fn deliveries_that_were_missed_are_counted() {
    let caller = Caller::new();
    let mut deliveries = caller.emulator.deliveries();
    send(&caller, "sports");
    assert_eq!(deliveries.next_blocking().unwrap().id, 1);
    send(&caller, "sports");
    send(&caller, "sports");
    caller.emulator.clear_inbox();
    send(&caller, "sports");
    assert_eq!(deliveries.next_blocking(), Err(NoDelivery::Missed(2)));
    assert_eq!(deliveries.next_blocking().unwrap().id, 4);
    drop(caller);
    assert_eq!(deliveries.next_blocking(), Err(NoDelivery::Ended));
}

/// A certificate that cannot be read before somebody writes it: the start waits for it, and its caller does not.
#[cfg(unix)]
#[test]
fn starting_does_not_block_the_executor() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("ca.pem");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(directory.path().join("ca-key.pem"), "no key").unwrap();

    let (go_on, told) = mpsc::channel();
    let writer = std::thread::spawn(move || {
        // A start that blocks comes to its end, too, and then is not pending.
        let _ = told.recv_timeout(Duration::from_secs(10));
        fs::write(pipe, "no certificate").unwrap();
    });
    let mut start = pin!(Emulator::builder().tls_directory(directory.path()).start());
    let mut context = Context::from_waker(Waker::noop());
    assert!(start.as_mut().poll(&mut context).is_pending());
    go_on.send(()).unwrap();
    let error = futures_lite::future::block_on(start).unwrap_err();
    assert!(error.to_string().contains("ca-key.pem"), "{error}");
    writer.join().unwrap();
}

#[test]
fn a_send_to_many_devices_reaches_each_once() {
    let caller = Caller::of(Emulator::start_blocking().unwrap());
    for n in 0..600 {
        let phone = NewDevice::new(Platform::FcmV1).pns_handle(format!("phone-{n}")).tag("all");
        caller.emulator.register_device(phone).unwrap();
    }
    let body = r#"{"message":{"notification":{"title":"Hello"}}}"#;
    let headers = [("ServiceBusNotification-Format", "fcmv1"), ("ServiceBusNotification-Tags", "all")];
    assert_eq!(caller.ask("POST", MESSAGES, &headers, body).status, 201);
    let reached: BTreeSet<_> =
        caller.emulator.inbox().into_iter().map(|delivery| delivery.pns_handle).collect();
    assert_eq!((caller.emulator.inbox().len(), reached.len()), (600, 600));
}
