//! Runs targets over the files in `corpus/`: one directory for each, with the target's name.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

/// A target: a parser, and what must hold of all that it reads.
pub type Target = fn(&[u8]);

/// The directory of this workspace's fuzz targets, as seen from a crate in `crates/`.
pub fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// Runs each target over its files. A failure names the file.
pub fn run(targets: &[(&str, Target)]) {
    for (name, target) in targets {
        let directory = home().join("corpus").join(name);
        let entries = fs::read_dir(&directory).unwrap_or_else(|why| panic!("{}: {why}", directory.display()));
        let files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        assert!(files.len() >= 2, "{}: too few files", directory.display());
        for file in files {
            let bytes = fs::read(&file).expect("a file that can be read");
            let run = panic::catch_unwind(AssertUnwindSafe(|| target(&bytes)));
            assert!(run.is_ok(), "the target {name} fails for {}", file.display());
        }
    }
}
