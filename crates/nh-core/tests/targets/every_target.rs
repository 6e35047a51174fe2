//! Each fuzz target of nh-core and nh-outcome over its own corpus, and that no target is forgotten.

use crate::{corpus, targets};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn each_target_over_its_corpus() {
    corpus::run(targets::TARGETS);
}

/// The names of what is in a directory, without endings.
fn names(directory: &Path) -> BTreeSet<String> {
    let name = |entry: fs::DirEntry| entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
    fs::read_dir(directory).unwrap().map(|entry| name(entry.unwrap())).collect()
}

/// A target is a program, an entry in the manifest, a corpus, and a line in the table of README.md.
#[test]
fn no_target_is_half_there() {
    let programs = names(&corpus::home().join("fuzz_targets"));
    assert_eq!(programs, names(&corpus::home().join("corpus")));
    assert!(targets::TARGETS.iter().all(|(name, _)| programs.contains(*name)));
    let manifest = fs::read_to_string(corpus::home().join("Cargo.toml")).unwrap();
    let readme = fs::read_to_string(corpus::home().join("README.md")).unwrap();
    for name in programs {
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
