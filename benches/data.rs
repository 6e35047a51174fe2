//! `cargo bench -p benches --bench data`
//!
//! A million registrations in a directory: how long they take to be safe there, and to be back after a restart.

use benches::{devices, resident};
use nh_emulator::Emulator;
use std::error::Error;
use std::fs;
use std::time::Instant;

const MANY: usize = 1_000_000;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let directory = tempfile::tempdir()?;
    let start = || Emulator::builder().hub("million").data(directory.path()).start_blocking();
    let emulator = start()?;
    let import = Instant::now();
    emulator.import_registrations("million", devices(MANY, 10))?;
    println!("imported and kept in {:.1} s", import.elapsed().as_secs_f64());
    let end = Instant::now();
    drop(emulator);
    let size: u64 = fs::read_dir(directory.path())?
        .map(|file| Ok(file?.metadata()?.len()))
        .sum::<Result<u64, std::io::Error>>()?;
    println!("ended in {:.1} s, {} MB on disk", end.elapsed().as_secs_f64(), size / 1_000_000);

    let again = Instant::now();
    let emulator = start()?;
    let (now, most) = resident()?;
    println!(
        "there again in {:.1} s: every page checked, {} MB resident ({} MB at most)",
        again.elapsed().as_secs_f64(),
        now / 1_000_000,
        most / 1_000_000
    );
    drop(emulator);
    Ok(())
}
