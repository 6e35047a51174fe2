//! Runs the conformance cases: calls that must give requests, responses that must be read, keys that must give tokens.
//!
//! `NH_CONFORMANCE=DIR cargo test -p nh-core --test conformance -- --include-ignored`
//!
//! The cases stay in DIR, with the rules of comparing them in its README. Cases of operations that this crate does not have
//! yet are counted apart; they fail the run only when `NH_CONFORMANCE_COMPLETE=1`.

#![allow(
    clippy::disallowed_methods,
    reason = "the runner, unlike the crate, reads the environment and files"
)]

#[path = "conformance/mod.rs"]
mod rules;

use rules::case::{Case, Verdict};
use rules::{answer, request, sas};
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

type Check = fn(&Case) -> Verdict;

/// How the cases of one operation went.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    not_yet: usize,
}

#[test]
#[ignore = "needs NH_CONFORMANCE=DIR"]
fn conformance() {
    let given = std::env::var("NH_CONFORMANCE").expect("NH_CONFORMANCE names the directory with the cases");
    let complete = std::env::var("NH_CONFORMANCE_COMPLETE").is_ok_and(|value| value == "1");
    let dir = directory(&given);

    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut failures = Vec::new();
    let files: [(&str, Check); 3] =
        [("requests.jsonl", request::check), ("responses.jsonl", answer::check), ("sas.jsonl", sas::check)];
    for (file, check) in files {
        let text = std::fs::read_to_string(dir.join(file))
            .unwrap_or_else(|error| panic!("{file} in {given}: {error}"));
        let mut seen = 0;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let value: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}: {error}: {line}"));
            let case = Case::new(value);
            seen += 1;
            let count = counts
                .entry(format!("{} {}", file.trim_end_matches(".jsonl"), case.operation()))
                .or_default();
            let verdict = catch_unwind(AssertUnwindSafe(|| check(&case)));
            match verdict.unwrap_or_else(|_| Verdict::Failed("panicked".to_owned())) {
                Verdict::Passed => count.passed += 1,
                Verdict::NotYet => count.not_yet += 1,
                Verdict::Failed(difference) => {
                    count.failed += 1;
                    failures.push(format!("{file} {}: {difference}", case.name()));
                }
            }
        }
        assert!(seen > 0, "{file} has no case");
    }

    println!("{:<44} {:>7} {:>7} {:>8}", "operation", "passed", "failed", "not yet");
    for (operation, count) in &counts {
        println!("{operation:<44} {:>7} {:>7} {:>8}", count.passed, count.failed, count.not_yet);
    }
    let sum = |of: fn(&Count) -> usize| counts.values().map(of).sum::<usize>();
    let not_yet = sum(|count| count.not_yet);
    println!(
        "{:<44} {:>7} {:>7} {:>8}",
        "all",
        sum(|count| count.passed),
        sum(|count| count.failed),
        not_yet
    );
    for failure in &failures {
        println!("FAILED {failure}");
    }
    assert!(failures.is_empty(), "{} cases failed", failures.len());
    assert!(!complete || not_yet == 0, "{not_yet} cases are of operations that do not exist yet");
}

/// Tests run in the package's directory; a relative path is meant from where the command was given, at the top.
fn directory(given: &str) -> PathBuf {
    let path = PathBuf::from(given);
    if path.is_absolute() || path.exists() {
        return path;
    }
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
