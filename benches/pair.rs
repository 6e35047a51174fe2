//! Work beside its floor: the benchmarks take its time, and a counter counts its instructions.

use criterion::Criterion;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A piece of our work, and what it cannot do without.
pub struct Pair {
    name: String,
    floor: Box<dyn FnMut()>,
    ours: Box<dyn FnMut()>,
}

impl Pair {
    /// Names a pair. What the two return is thrown away.
    pub fn new<A, B>(
        name: impl Into<String>,
        mut floor: impl FnMut() -> A + 'static,
        mut ours: impl FnMut() -> B + 'static,
    ) -> Pair {
        Pair {
            name: name.into(),
            floor: Box::new(move || drop(black_box(floor()))),
            ours: Box::new(move || drop(black_box(ours()))),
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does one of the two so many times.
    pub fn repeat(self, floor: bool, times: usize) {
        let mut work = if floor { self.floor } else { self.ours };
        (0..times).for_each(|_| work());
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Measures these pairs, and prints what each took in the median, beside its floor.
///
/// # Errors
/// Fails if the figures cannot be read.
pub fn measure(pairs: Vec<Pair>) -> Result<()> {
    let start = SystemTime::now();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion");
    let mut criterion = Criterion::default().output_directory(&directory).configure_from_args();
    let mut names = Vec::new();
    for Pair { name, mut floor, mut ours } in pairs {
        let mut group = criterion.benchmark_group(&name);
        group.bench_function("floor", |b| b.iter(&mut floor));
        group.bench_function("ours", |b| b.iter(&mut ours));
        group.finish();
        names.push(name);
    }
    criterion.final_summary();
    println!();
    for name in names {
        let [floor, ours] =
            ["floor", "ours"].map(|who| directory.join(&name).join(who).join("new/estimates.json"));
        if let (Some(floor), Some(ours)) = (median(&floor, start)?, median(&ours, start)?) {
            println!("{name}: {ours:.0} ns; floor {floor:.0} ns; ratio {:.2}", ours / floor);
        }
    }
    Ok(())
}

/// The median in nanoseconds. `None` if it was not measured since then: criterion may be asked to leave some out.
fn median(estimates: &PathBuf, since: SystemTime) -> Result<Option<f64>> {
    let Ok(written) = fs::metadata(estimates).and_then(|file| file.modified()) else { return Ok(None) };
    let estimates: serde_json::Value = serde_json::from_slice(&fs::read(estimates)?)?;
    let median = estimates["median"]["point_estimate"].as_f64().ok_or("there is no median")?;
    Ok((written >= since).then_some(median))
}
