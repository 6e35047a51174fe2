//! `cargo bench -p benches --bench load`
//!
//! The emulator under load. Does a send that finds many dead devices make others wait, and does it cost in proportion to them?
//! How much memory do 100 000 sends of 60 KB take that reach nobody? It ends with an error beyond the limits that stand below.

use benches::{devices, resident};
use nh_core::{Hub, Notification, SendNotification};
use nh_emulator::{Emulator, Rejection};
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A status is answered within this time, at the 99th percentile, while a send goes on.
const PATIENCE: Duration = Duration::from_millis(50);

const SENDS: usize = 100_000;
const MAX_MEGABYTES: u64 = 200;

/// Sends over plain HTTP: what TLS costs is no question here.
fn send(agent: &ureq::Agent, emulator: &Emulator, send: &SendNotification) -> Result<()> {
    let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    let request = hub.request(send, SystemTime::now())?;
    let (mut head, body) = request.into_parts();
    head.uri = head.uri.to_string().replacen("https://", "http://", 1).parse()?;
    agent.run(ureq::http::Request::from_parts(head, body.to_vec()))?;
    Ok(())
}

/// How long a send to so many dead devices takes, and the 99th percentile of the answers to others meanwhile.
fn dead_devices(count: usize) -> Result<(Duration, Duration)> {
    let emulator = Emulator::start_blocking()?;
    emulator.import_registrations(emulator.hub(), devices(count, 1))?;
    for device in emulator.devices() {
        let (hub, platform, handle) = (&device.hub, &device.platform, &device.pns_handle);
        emulator.reject(hub, platform, handle, Some(Rejection::ExpiredChannel))?;
    }
    let has_ended = AtomicBool::new(false);
    let (took, mut waits) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let agent = ureq::Agent::new_with_defaults();
            let status = emulator.page_url() + "status";
            let mut waits = Vec::new();
            while !has_ended.load(Ordering::Relaxed) {
                let start = Instant::now();
                agent.get(&status).call().and_then(|mut answer| answer.body_mut().read_to_string())?;
                waits.push(start.elapsed());
            }
            Ok::<_, ureq::Error>(waits)
        });
        let agent = ureq::Agent::new_with_defaults();
        let native = Notification::fcm_v1(r#"{"message":{"notification":{"title":"Hello"}}}"#);
        let start = Instant::now();
        let sent = (|| send(&agent, &emulator, &SendNotification::new(native?, "all")?))();
        let took = start.elapsed();
        has_ended.store(true, Ordering::Relaxed);
        let waits = watcher.join().map_err(|_| "the watcher panicked")??;
        sent.map(|()| (took, waits))
    })?;
    waits.sort();
    let place = waits.len().saturating_sub(1) * 99 / 100;
    Ok((took, waits.get(place).copied().unwrap_or_default()))
}

fn main() -> Result<()> {
    let emulator = Emulator::start_blocking()?;
    let agent = ureq::Agent::new_with_defaults();
    // Of Baidu no limit is documented but the hub's own.
    let body = format!(r#"{{"title":"{}"}}"#, "x".repeat(60_000));
    let large = SendNotification::new(Notification::baidu(body)?, "nobody")?;
    let (before, _) = resident()?;
    let start = Instant::now();
    for _ in 0..SENDS {
        send(&agent, &emulator, &large)?;
    }
    let (after, most) = resident()?;
    println!(
        "{SENDS} sends of 60 KB to nobody: {} MB more than before, {} MB at most, in {:.0} s",
        after.saturating_sub(before) / 1_000_000,
        most / 1_000_000,
        start.elapsed().as_secs_f64()
    );
    let mut is_good = most / 1_000_000 < MAX_MEGABYTES;
    drop(emulator);

    for count in [10_000, 20_000, 40_000] {
        let (took, wait) = dead_devices(count)?;
        println!(
            "a send to {} dead devices: {took:.0?}, {:.1} us for each; a status meanwhile: {wait:.1?} (p99)",
            count / 2,
            took.as_secs_f64() * 1e6 / (count as f64 / 2.0)
        );
        is_good &= wait < PATIENCE;
    }
    if is_good { Ok(()) } else { Err("the emulator is beyond a limit".into()) }
}
