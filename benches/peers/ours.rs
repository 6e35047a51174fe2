//! `peers-ours (send|prepared|signing|bare) (build|send) IN_FLIGHT SECONDS`: ours, as `benches/peers/run` calls each peer.

use benches::{Bare, HandMade, client_tls, ready, resident};
use nh_core::{BuildError, Hub, Notification, SendNotification};
use nh_hyper::{Tokio, Transport};
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const PAYLOAD: &str = r#"{"aps":{"alert":"Hello"}}"#;
const TAG: &str = "sports";
/// A token that is older than this is not used any more.
const RENEWED: Duration = Duration::from_secs(31 * 60);

fn send() -> std::result::Result<SendNotification, BuildError> {
    SendNotification::new(Notification::apple(black_box(PAYLOAD))?, black_box(TAG))
}

/// User and system time of this program, in seconds.
fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split(' ').skip(12).take(2);
    let ticks = fields.map(str::parse::<u64>).sum::<std::result::Result<u64, _>>()?;
    // Linux gives hundredths of a second to programs, whatever it counts itself.
    Ok(ticks as f64 / 100.0)
}

/// Works for half of the time, and then measures the work for all of it.
fn measure(time: Duration, mut work: impl FnMut(Duration) -> Result<u64>) -> Result<()> {
    work(time / 2)?;
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    let count = work(time)?;
    let (seconds, cpu_seconds) = (began.elapsed().as_secs_f64(), cpu_seconds()? - cpu);
    let (_, peak_bytes) = resident()?;
    let line = serde_json::json!({
        "count": count, "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak_bytes
    });
    println!("{line}");
    Ok(())
}

/// Builds one request after the other.
fn builds<T, E>(time: Duration, mut build: impl FnMut() -> std::result::Result<T, E>) -> Result<()>
where
    Box<dyn Error + Send + Sync>: From<E>,
{
    measure(time, |time| {
        let (began, mut count) = (Instant::now(), 0);
        while began.elapsed() < time {
            // Looking at the clock would be a part of what is measured.
            for _ in 0..100 {
                black_box(build()?);
            }
            count += 100;
        }
        Ok(count)
    })
}

/// Sends with so many tasks on one thread.
fn sends<F>(time: Duration, in_flight: usize, send: impl Fn() -> F + Clone + Send + 'static) -> Result<()>
where
    F: Future<Output = Result<()>> + Send,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    measure(time, |time| {
        runtime.block_on(async {
            let (began, mut workers) = (Instant::now(), JoinSet::new());
            for _ in 0..in_flight {
                let send = send.clone();
                workers.spawn(async move {
                    let mut count = 0;
                    while began.elapsed() < time {
                        send().await?;
                        count += 1;
                    }
                    Result::Ok(count)
                });
            }
            let mut count = 0;
            while let Some(worker) = workers.join_next().await {
                count += worker??;
            }
            Ok(count)
        })
    })
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [who, what, in_flight, seconds] = arguments.as_slice() else {
        return Err("say who, what, how many at once, how long".into());
    };
    let (in_flight, time) = (in_flight.parse()?, Duration::from_secs_f64(seconds.parse()?));
    let hub = Hub::from_connection_string(env::var("NOTIFICATIONHUBS_CONNECTION_STRING")?, "news")?;
    let pem = fs::read_to_string(env::var("CA_FILE")?)?;
    let client = Transport::builder().platform_roots(false).add_root_pem(&pem)?.build()?.hub(hub.clone());
    let prepared = send()?;
    match (who.as_str(), what.as_str()) {
        ("send", "build") => builds(time, || hub.request(&send()?, SystemTime::now())),
        ("send", "send") => sends(time, in_flight, move || {
            let client = client.clone();
            async move {
                client.send(Notification::apple(black_box(PAYLOAD))?, black_box(TAG)).await?;
                Ok(())
            }
        }),
        ("prepared", "build") => builds(time, || hub.request(&prepared, SystemTime::now())),
        ("prepared", "send") => {
            let prepared = Arc::new(prepared);
            sends(time, in_flight, move || {
                let (client, prepared) = (client.clone(), prepared.clone());
                async move {
                    client.execute(&*prepared).await?;
                    Ok(())
                }
            })
        }
        ("signing", "build") => {
            let mut now = SystemTime::now();
            builds(time, || {
                now += RENEWED;
                hub.request(&send()?, now)
            })
        }
        ("bare", "build") => {
            let parts = HandMade::of(&hub.request(&prepared, SystemTime::now())?);
            builds(time, || Result::Ok(black_box(&parts).request()))
        }
        ("bare", "send") => {
            let bare = Arc::new(Bare::new(Tokio, client_tls(&pem)?, ready(&hub, &prepared)?));
            sends(time, in_flight, move || {
                let bare = bare.clone();
                async move { bare.send().await }
            })
        }
        _ => Err(format!("nobody does that: {who} {what}").into()),
    }
}
