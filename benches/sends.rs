//! `cargo run --release -p benches --bin sends -- (bare|client) SENDS IN_FLIGHT`
//!
//! So many sends over TLS in memory, on one thread: work for a counter of instructions.

use benches::{Bare, Memory, Server, client_tls, hub_at, ready};
use nh_core::{Notification, SendNotification};
use nh_hyper::Transport;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [who, sends, in_flight] = arguments.as_slice() else {
        return Err("say who, how many, how many at once".into());
    };
    let (sends, in_flight) = (sends.parse::<usize>()?, in_flight.parse()?);
    let server = Server::new()?;
    let hub = hub_at("localhost:1")?;
    let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports")?;
    let left = Arc::new(AtomicUsize::new(sends));
    let mut workers = JoinSet::new();
    match who.as_str() {
        "bare" => {
            let request = ready(&hub, &send)?;
            let bare = Arc::new(Bare::new(Memory(server.clone()), client_tls(server.pem())?, request));
            for _ in 0..in_flight {
                let (bare, left) = (bare.clone(), left.clone());
                workers.spawn(async move {
                    while take(&left) {
                        bare.send().await?;
                    }
                    Result::Ok(())
                });
            }
        }
        _ => {
            let builder = Transport::builder_on(Memory(server.clone())).platform_roots(false);
            let client = builder.add_root_pem(server.pem())?.build()?.hub(hub);
            let send = Arc::new(send);
            for _ in 0..in_flight {
                let (client, left, send) = (client.clone(), left.clone(), send.clone());
                workers.spawn(async move {
                    while take(&left) {
                        client.execute(&*send).await?;
                    }
                    Result::Ok(())
                });
            }
        }
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

/// Is there one left to send?
fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
