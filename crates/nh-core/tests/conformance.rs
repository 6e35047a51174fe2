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
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

type Check = fn(&Case) -> Verdict;

const FILES: [(&str, Check); 3] =
    [("requests.jsonl", request::check), ("responses.jsonl", answer::check), ("sas.jsonl", sas::check)];

/// Hostile input must be answered in bounded time. All others take milliseconds.
const LONGEST: Duration = Duration::from_secs(20);

/// How the cases of one operation went.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    not_yet: usize,
}

#[derive(Default)]
struct Report {
    counts: BTreeMap<String, Count>,
    failures: Vec<String>,
}

#[test]
#[ignore = "needs NH_CONFORMANCE=DIR"]
fn conformance() {
    let given = std::env::var("NH_CONFORMANCE").expect("NH_CONFORMANCE names the directory with the cases");
    let complete = std::env::var("NH_CONFORMANCE_COMPLETE").is_ok_and(|value| value == "1");
    let dir = directory(&given);

    let mut report = Report::default();
    for (file, check) in FILES {
        let text = std::fs::read_to_string(dir.join(file))
            .unwrap_or_else(|error| panic!("{file} in {given}: {error}"));
        report.run(file, &text, check);
    }
    // Past the test harness, which shows only what a failed test prints.
    std::io::stdout().write_all(report.text().as_bytes()).expect("standard output takes the report");

    let not_yet = report.sum(|count| count.not_yet);
    assert!(report.failures.is_empty(), "{} cases failed", report.failures.len());
    assert!(!complete || not_yet == 0, "{not_yet} cases are of operations that do not exist yet");
}

impl Report {
    fn run(&mut self, file: &str, text: &str, check: Check) {
        let mut names = BTreeSet::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}: {error}: {line}"));
            let case = Case::new(value);
            assert!(names.insert(case.name().to_owned()), "{file} has the case {} twice", case.name());
            let operation = format!("{} {}", file.trim_end_matches(".jsonl"), case.operation());
            let count = self.counts.entry(operation).or_default();
            match verdict(&case, check) {
                Verdict::Passed => count.passed += 1,
                Verdict::NotYet => count.not_yet += 1,
                Verdict::Failed(difference) => {
                    count.failed += 1;
                    self.failures.push(format!(
                        "{file} {}: {}",
                        case.name(),
                        difference.replace('\n', "\\n")
                    ));
                }
            }
        }
        assert!(!names.is_empty(), "{file} has no case");
    }

    fn sum(&self, of: fn(&Count) -> usize) -> usize {
        self.counts.values().map(of).sum()
    }

    fn text(&self) -> String {
        let mut text = String::from("\n");
        let mut line = |operation: &str, numbers: &[usize]| {
            let columns: String = numbers.iter().map(|number| format!(" {number:>7}")).collect();
            writeln!(text, "{operation:<44}{columns}").expect("a string takes text");
        };
        line("passed and failed", &[]);
        for (operation, count) in self.counts.iter().filter(|(_, count)| count.passed + count.failed > 0) {
            line(operation, &[count.passed, count.failed]);
        }
        line("all", &[self.sum(|count| count.passed), self.sum(|count| count.failed)]);
        line("of operations that do not exist yet", &[]);
        for (operation, count) in self.counts.iter().filter(|(_, count)| count.not_yet > 0) {
            line(operation, &[count.not_yet]);
        }
        line("all", &[self.sum(|count| count.not_yet)]);
        for failure in &self.failures {
            writeln!(text, "FAILED {failure}").expect("a string takes text");
        }
        text
    }
}

fn verdict(case: &Case, check: Check) -> Verdict {
    let started = Instant::now();
    let verdict = catch_unwind(AssertUnwindSafe(|| check(case)))
        .unwrap_or_else(|panic| Verdict::Failed(format!("panicked: {}", message(&*panic))));
    match started.elapsed() {
        took if took > LONGEST => Verdict::Failed(format!("took {took:?}")),
        _ => verdict,
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no text)")
}

/// Tests run in the package's directory; a relative path is meant from where the command was given, at the top.
fn directory(given: &str) -> PathBuf {
    let path = PathBuf::from(given);
    if path.is_absolute() || path.exists() {
        return path;
    }
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

#[test]
fn what_became_of_the_cases_is_told() {
    let check: Check = |case| match case.name() {
        "a" => Verdict::Passed,
        "b" => Verdict::Failed("it differs".into()),
        "c" => Verdict::NotYet,
        _ => panic!("at the disco"),
    };
    let case = |name: &str, op: &str| format!("{{\"case\": \"{name}\", \"call\": {{\"op\": \"{op}\"}}}}\n");
    let cases = [case("a", "send"), case("b", "send"), case("c", "fly"), case("d", "send")].concat();
    let mut report = Report::default();
    report.run("own.jsonl", &cases, check);
    assert_eq!(report.failures, ["own.jsonl b: it differs", "own.jsonl d: panicked: at the disco"]);
    let text = report.text();
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    for line in
        [["own", "send", "1", "2"].as_slice(), &["all", "1", "2"], &["own", "fly", "1"], &["all", "1"]]
    {
        assert!(words.iter().any(|words| words == line), "{line:?} is not in {text}");
    }
}

#[test]
#[should_panic(expected = "twice")]
fn a_name_is_one_case() {
    Report::default().run("own.jsonl", "{\"case\": \"a\"}\n{\"case\": \"a\"}", |_| Verdict::Passed);
}
