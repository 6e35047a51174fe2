//! `cargo run --release -p benches --bin soak [SENDS]`: 200 000 sends unless told otherwise, 64 in flight, while the emulator plays
//! every fault that a server can cause. At the end each notification is accounted for. `NH_WRITE_SOAK=1` writes the account to
//! `benches/SOAK.md`. It ends with an error if one notification is missing, came twice, or came although it was reported as not done,
//! and if memory or descriptors grow.

use benches::resident;
use nh_core::retry::Fate;
use nh_emulator::{Emulator, Fault, NewDevice, NoDelivery, Platform};
use nh_hyper::{Client, Hub, Notification, Transport};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const SENDS: usize = 200_000;
const IN_FLIGHT: usize = 64;

/// So much may memory grow in the second half, in megabytes: the inbox keeps the newest 100 000 deliveries, and is full by then.
const MAX_GROWTH: u64 = 100;

/// Both ends of a connection are in this process. Beside those in use the client keeps as many that are idle.
const MAX_DESCRIPTORS: usize = 2 * 2 * IN_FLIGHT + 64;

/// What goes wrong, and of how many requests one meets it. What makes all calls wait is rare, so that the run ends.
fn faults(sends: usize) -> Vec<(&'static str, Fault)> {
    let rare = (sends as u64 / 5).max(1);
    vec![
        ("429, Retry-After: 1", Fault::status(429).retry_after(1).every(rare)),
        ("403, Retry-After: 1", Fault::status(403).retry_after(1).every(rare + 1)),
        ("503, Retry-After: 0", Fault::status(503).retry_after(0).every(rare + 3)),
        ("400", Fault::status(400).every(997)),
        ("401", Fault::status(401).every(1009)),
        ("403", Fault::status(403).every(1013)),
        ("404", Fault::status(404).every(1019)),
        ("410", Fault::status(410).every(1021)),
        ("500", Fault::status(500).every(1031)),
        ("502", Fault::status(502).every(1033)),
        ("503", Fault::status(503).every(1039)),
        ("504", Fault::status(504).every(1049)),
        ("dropped before the request is carried out", Fault::dropped_before().every(1051)),
        ("dropped after the request is carried out", Fault::dropped_after().every(1061)),
        ("the answer ends early", Fault::truncated().every(1063)),
        ("delayed by 20 ms", Fault::delayed(Duration::from_millis(20)).every(1069)),
    ]
}

/// What a caller was told of its send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Sent,
    NotDone,
    Unknown,
}

async fn send(client: &Client, number: usize) -> Result<Told> {
    let payload = format!(r#"{{"aps":{{"alert":"{number}"}}}}"#);
    Ok(match client.send(Notification::apple(payload)?, "all").await {
        Ok(_) => Told::Sent,
        Err(error) => match error.fate() {
            Fate::NotDone { .. } | Fate::Final => Told::NotDone,
            _ => Told::Unknown,
        },
    })
}

/// Counts how often each notification was delivered, until the emulator ends.
fn count(emulator: &Emulator, sends: usize) -> std::thread::JoinHandle<Result<Vec<u8>>> {
    let mut deliveries = emulator.deliveries();
    std::thread::spawn(move || {
        let mut counts = vec![0u8; sends];
        loop {
            match deliveries.next_blocking() {
                Ok(delivery) => {
                    let number =
                        delivery.payload.trim_matches(|c: char| !c.is_ascii_digit()).parse::<usize>()?;
                    counts[number] = counts[number].saturating_add(1);
                }
                Err(NoDelivery::Ended) => return Ok(counts),
                Err(missed) => return Err(missed.into()),
            }
        }
    })
}

fn descriptors() -> Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

fn megabytes() -> Result<u64> {
    Ok(resident().map_err(|why| why.to_string())?.0 / 1_000_000)
}

#[tokio::main]
async fn main() -> Result<()> {
    let sends = std::env::args().nth(1).map_or(Ok(SENDS), |count| count.parse())?;
    let emulator = Emulator::start().await?;
    emulator.register_device(NewDevice::new(Platform::Apple).tag("all"))?;
    for (_, fault) in faults(sends) {
        emulator.add_fault(fault)?;
    }
    let counts = count(&emulator, sends);
    let transport = Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem())?.build()?;
    let client = transport.hub(Hub::from_connection_string(emulator.connection_string(), emulator.hub())?);

    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, next) = (client.clone(), next.clone());
        workers.spawn(async move {
            let mut told = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= sends {
                    return Ok::<_, Box<dyn Error + Send + Sync>>(told);
                }
                told.push((number, send(&client, number).await?));
            }
        });
    }
    while next.load(Ordering::Relaxed) < sends / 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (memory, files) = (megabytes()?, descriptors()?);
    let mut told = vec![None; sends];
    while let Some(worker) = workers.join_next().await {
        for (number, what) in worker?? {
            told[number] = Some(what);
        }
    }
    let (memory_after, files_after) = (megabytes()?, descriptors()?);
    let requests = emulator.served().requests;
    drop(emulator);
    let counts = counts.join().map_err(|_| "the counter panicked")??;

    let with = |what: Told, times: u8| {
        told.iter().zip(&counts).filter(|(told, count)| **told == Some(what) && **count == times).count()
    };
    let missing = told.iter().filter(|told| told.is_none()).count();
    let twice = counts.iter().filter(|count| **count > 1).count();
    let mut account = String::new();
    writeln!(account, "| told | delivered once | not delivered |\n|---|---|---|")?;
    for (words, what) in [
        ("sent", Told::Sent),
        ("failed, certainly not delivered", Told::NotDone),
        ("failed, may have been delivered", Told::Unknown),
    ] {
        writeln!(account, "| {words} | {} | {} |", with(what, 1), with(what, 0))?;
    }
    writeln!(
        account,
        "\n{sends} sends, {IN_FLIGHT} in flight, {requests} requests. Delivered twice: {twice}. Of no account: {missing}.\n\
         At half of it: {memory} MB and {files} descriptors. At the end: {memory_after} MB and {files_after} descriptors."
    )?;
    print!("{account}");
    if std::env::var_os("NH_WRITE_SOAK").is_some() {
        let faults: String = faults(sends).iter().map(|(name, _)| format!("- {name}\n")).collect();
        let text = format!(
            "# Every notification accounted for\n\n\
             Made by `NH_WRITE_SOAK=1 cargo run --release -p benches --bin soak`: one client of `nh-hyper` with its default settings sends\n\
             through the emulator, which plays these faults all the time:\n\n{faults}\n\
             What a caller was told of each send, and what became of it:\n\n{account}"
        );
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/SOAK.md"), text)?;
    }
    let is_lost = with(Told::Sent, 1) != told.iter().filter(|told| **told == Some(Told::Sent)).count();
    let is_wrong = with(Told::NotDone, 1) > 0;
    if missing > 0 || twice > 0 || is_lost || is_wrong {
        return Err("not every notification is accounted for".into());
    }
    if memory_after > memory + MAX_GROWTH || files_after > MAX_DESCRIPTORS {
        return Err("memory or descriptors grow".into());
    }
    Ok(())
}
