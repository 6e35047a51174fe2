//! `cargo bench -p benches --bench sending`
//!
//! Sends over TLS to a server on loopback, with 1 and with 64 in flight, on each runtime. The floor is hyper-util's client with one
//! request that was built before. Both take turns, and the ratio is that of each pair of turns.

use benches::{Bare, Server, client_tls, hub_at, median, ready};
use nh_core::{Hub, Notification, SendNotification};
use nh_hyper::{AsyncStd, Client, Runtime, Smol, Tokio, Transport};
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Pairs of turns for each figure. Odd, so that there is one in the middle.
const TURNS: usize = 21;
const TURN: Duration = Duration::from_millis(150);

/// What both sides of a pair have to do.
trait Sends: Send + Sync + 'static {
    fn send(&self) -> impl Future<Output = Result<()>> + Send;
}

impl<R: Runtime> Sends for Bare<R> {
    async fn send(&self) -> Result<()> {
        Bare::send(self).await
    }
}

struct Ours(Client, SendNotification);

impl Sends for Ours {
    async fn send(&self) -> Result<()> {
        self.0.execute(&self.1).await?;
        Ok(())
    }
}

/// So many sends a second, with so many tasks that send one after the other.
async fn rate<R: Runtime + Clone>(runtime: &R, sends: &Arc<impl Sends>, in_flight: usize) -> Result<f64> {
    let (done, count) = (tokio::sync::mpsc::unbounded_channel::<Result<()>>(), Arc::new(AtomicUsize::new(0)));
    let (sender, mut receiver) = done;
    let began = Instant::now();
    for _ in 0..in_flight {
        let (sends, sender, count) = (sends.clone(), sender.clone(), count.clone());
        runtime.spawn(async move {
            let mut result = Ok(());
            while result.is_ok() && began.elapsed() < TURN {
                result = sends.send().await;
                count.fetch_add(1, Ordering::Relaxed);
            }
            // Nobody waits for it any more if another one has failed.
            let _ = sender.send(result);
        });
    }
    drop(sender);
    while let Some(result) = receiver.recv().await {
        result?;
    }
    Ok(count.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64())
}

async fn compare<R: Runtime + Clone>(name: &str, runtime: R, server: &Server, hub: &Hub) -> Result<()> {
    let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports")?;
    let bare = Arc::new(Bare::new(runtime.clone(), client_tls(server.pem())?, ready(hub, &send)?));
    let builder = Transport::builder_on(runtime.clone()).platform_roots(false);
    let ours = Ours(builder.add_root_pem(server.pem())?.build()?.hub(hub.clone()), send);
    let ours = Arc::new(ours);
    for in_flight in [1, 64] {
        rate(&runtime, &bare, in_flight).await?;
        rate(&runtime, &ours, in_flight).await?;
        let mut figures = Vec::new();
        for turn in 0..TURNS {
            // Whoever comes second finds a warmer machine.
            let (floor, ours) = if turn % 2 == 0 {
                let floor = rate(&runtime, &bare, in_flight).await?;
                (floor, rate(&runtime, &ours, in_flight).await?)
            } else {
                let ours = rate(&runtime, &ours, in_flight).await?;
                (rate(&runtime, &bare, in_flight).await?, ours)
            };
            figures.push((floor, ours));
        }
        let floor = median(figures.iter().map(|(floor, _)| *floor).collect());
        let rate = median(figures.iter().map(|(_, ours)| *ours).collect());
        let ratio = median(figures.iter().map(|(floor, ours)| ours / floor).collect());
        println!(
            "client.execute on {name}, {in_flight} in flight: {rate:.0} a second; floor {floor:.0} a second; ratio {ratio:.2}"
        );
    }
    Ok(())
}

fn main() -> Result<()> {
    let server = Server::new()?;
    let hub = hub_at(&format!("localhost:{}", server.listen()?.port()))?;
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio.block_on(compare("tokio", Tokio, &server, &hub))?;
    smol::block_on(compare("smol", Smol, &server, &hub))?;
    async_std::task::block_on(compare("async-std", AsyncStd, &server, &hub))
}
