//! Runs benchmarks of criterion, and prints each figure beside its floor.

use criterion::Criterion;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Runs these benchmarks. Then prints what each took in the median, and the ratio to its floor: the benchmark before it in its group
/// whose name begins with `floor: `.
///
/// # Errors
/// Fails if the figures cannot be read.
pub fn beside_floors(benchmarks: impl FnOnce(&mut Criterion)) -> Result<()> {
    let start = SystemTime::now();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion");
    let mut criterion = Criterion::default().output_directory(&directory).configure_from_args();
    benchmarks(&mut criterion);
    criterion.final_summary();
    let mut figures = Vec::new();
    read(&directory, start, &mut figures)?;
    // The order in which they ran.
    figures.sort_by_key(|figure| figure.written);
    let mut floor = None;
    println!();
    for Figure { group, name, median, .. } in figures {
        if name.starts_with("floor: ") {
            floor = Some((group, median));
        } else if let Some((_, floor)) = floor.as_ref().filter(|(of, _)| *of == group) {
            let ratio = median / floor;
            println!("{group}, {name}: {median:.0} ns; floor {floor:.0} ns; ratio {ratio:.2}");
        }
    }
    Ok(())
}

struct Figure {
    written: SystemTime,
    group: String,
    name: String,
    /// In nanoseconds.
    median: f64,
}

/// The figures below this directory that were written since then.
fn read(directory: &Path, since: SystemTime, figures: &mut Vec<Figure>) -> Result<()> {
    // Criterion writes none if it is only asked to list or to test.
    let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
    for entry in entries {
        let path: PathBuf = entry?.path();
        if path.ends_with("new") {
            let (estimates, benchmark) = (path.join("estimates.json"), path.join("benchmark.json"));
            let written = fs::metadata(&estimates)?.modified()?;
            if written >= since {
                let json =
                    |path| Ok::<serde_json::Value, Box<dyn Error>>(serde_json::from_slice(&fs::read(path)?)?);
                let (estimates, benchmark) = (json(estimates)?, json(benchmark)?);
                let text = |name: &str| benchmark[name].as_str().unwrap_or_default().to_owned();
                let median = estimates["median"]["point_estimate"].as_f64().ok_or("there is no median")?;
                figures.push(Figure { written, group: text("group_id"), name: text("function_id"), median });
            }
        } else if path.is_dir() {
            read(&path, since, figures)?;
        }
    }
    Ok(())
}
