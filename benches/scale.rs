//! `cargo run --release -p benches --bin scale`: three minutes.
//!
//! Bulk runs against an emulator that throttles: how much of what it would take goes out, from one process and from four that do not
//! know of each other? `benches/SCALE.md` says what follows.

use nh_core::{Hub, Notification, SendAll};
use nh_emulator::{Emulator, Fault};
use nh_hyper::Transport;
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SENDS_PER_MINUTE: u32 = 600;
const RUN: Duration = Duration::from_secs(150);
/// A minute begins with the first send, so three begin while this runs.
const MINUTES: u64 = 3;
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// Sends to users without end until the time is over. Returns how many requests were taken and how many were refused.
async fn process(emulator_ca: String, connection_string: String, hub: String) -> Result<(u64, u64)> {
    let transport = Transport::builder().platform_roots(false).add_root_pem(emulator_ca)?.build()?;
    let client = transport.hub(Hub::from_connection_string(&connection_string, hub)?);
    let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    let start = Instant::now();
    let mut run = client.bulk(SendAll::to_users(hello)).run((0_u64..).map(|user| user.to_string()));
    let (mut taken, mut requests) = (0, 0);
    while let Some(part) = run.next().await {
        part?;
        if start.elapsed() < RUN {
            taken += 1;
            requests = run.account().requests - u64::from(run.in_flight());
        } else {
            run.stop();
        }
    }
    Ok((taken, requests - taken))
}

async fn simulate(processes: u64) -> Result<()> {
    let emulator = Emulator::builder().throttle(SENDS_PER_MINUTE).start_blocking()?;
    emulator.add_fault(Fault::delayed(ROUND_TRIP))?;
    let mut runs = JoinSet::new();
    for _ in 0..processes {
        let text = emulator.connection_string().to_owned();
        runs.spawn(process(emulator.ca_pem().to_owned(), text, emulator.hub().to_owned()));
    }
    let (mut taken, mut refused) = (0, 0);
    while let Some(run) = runs.join_next().await {
        let run = run??;
        (taken, refused) = (taken + run.0, refused + run.1);
    }
    let bound = MINUTES * u64::from(SENDS_PER_MINUTE);
    println!(
        "processes: {processes}: {taken} of {bound} requests that the emulator would take, {:.0} %; refused {refused}, {:.1} %",
        100.0 * taken as f64 / bound as f64,
        100.0 * refused as f64 / (taken + refused) as f64
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let (one, four) = tokio::join!(simulate(1), simulate(4));
    one.and(four)
}
