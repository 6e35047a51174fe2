//! `cargo run --release -p benches --bin instructions -- WORK (floor|ours) TIMES`
//!
//! Does one piece of work, or its floor, so many times: work for a counter of instructions. `benches/counts.rs` counts them.

use benches::work;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, who, times] = arguments.as_slice() else { return Err("say what, who, how often".into()) };
    let pair = work::all()?.into_iter().find(|pair| pair.name() == what);
    pair.ok_or("there is no such work")?.repeat(who == "floor", times.parse()?);
    Ok(())
}
