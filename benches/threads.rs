//! `cargo bench -p benches --bench threads`
//!
//! Several threads build sends with one hub. The figure is processor time for each request, so it does not matter how many processors
//! there are. The floor is as many threads that clone the parts of one request. It counts the same references, so it shares what our
//! threads share but for the token. Linux only.

use benches::{HandMade, hub_at, median};
use nh_core::{Notification, SendNotification};
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::SystemTime;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 15;
const REQUESTS: usize = 200_000;

/// The processor time that this thread has had, in nanoseconds.
fn processor_time() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

/// Nanoseconds for each request, with so many threads.
fn cost(threads: usize, build: impl Fn() + Sync) -> Result<f64> {
    let start = Barrier::new(threads);
    let total = std::thread::scope(|scope| {
        let work = || {
            start.wait();
            let before = processor_time()?;
            (0..REQUESTS).for_each(|_| build());
            Ok::<f64, Box<dyn Error + Send + Sync>>(processor_time()? - before)
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread panicked")?).sum::<Result<f64>>()
    })?;
    Ok(total / (threads * REQUESTS) as f64)
}

fn main() -> Result<()> {
    let (hub, now) = (hub_at("contoso.servicebus.windows.net")?, SystemTime::now());
    let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports")?;
    let floor = HandMade::of(&hub.request(&send, now)?);
    for threads in [1, 2, 8] {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(cost(threads, || drop(black_box(floor.request())))?);
            ours.push(cost(threads, || drop(black_box(hub.request(black_box(&send), now))))?);
        }
        let (ours, bare) = (median(ours), median(bare));
        println!(
            "prepared send, threads on one hub: {threads}: {ours:.0} ns of CPU; floor {bare:.0} ns of CPU; ratio {:.2}",
            ours / bare
        );
    }
    Ok(())
}
