//! A strict reader of both text formats of Prometheus. It shares nothing with what writes them. What is not in the formats' documents
//! makes it panic.
//!
//! [OpenMetrics 1.0](https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md),
//! [0.0.4](https://prometheus.io/docs/instrumenting/exposition_formats/).

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    OpenMetrics,
    Text,
}

/// The labels of a sample, by name.
pub(crate) type Labels = BTreeMap<String, String>;

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
    pub(crate) unit: Option<String>,
    /// With the name that each has.
    pub(crate) samples: Vec<(String, Labels, f64)>,
}

/// The families by name, in this format.
pub(crate) fn read(text: &str, format: Format) -> BTreeMap<String, Family> {
    let lines = match format {
        Format::OpenMetrics => text.strip_suffix("# EOF\n").expect("it ends with # EOF"),
        Format::Text => text,
    };
    assert!(lines.ends_with('\n') && !lines.contains(['\r', '\t']), "{lines}");
    let mut families = BTreeMap::<String, Family>::new();
    let mut current = String::new();
    let mut seen = BTreeSet::new();
    for line in lines.trim_end_matches('\n').split('\n') {
        let Some(comment) = line.strip_prefix("# ") else {
            let (name, labels, value) = sample(line);
            let family = families.get_mut(&current).expect("a family comes before its samples");
            belongs(&name, &labels, value, &current, family, format);
            assert!(seen.insert((name.clone(), labels.clone())), "{line} is there twice");
            family.samples.push((name, labels, value));
            continue;
        };
        let [word, name, rest] = comment.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        is_name(name, true);
        if word == "HELP" {
            assert!(!families.contains_key(name), "{name} is described twice");
            name.clone_into(&mut current);
        }
        assert_eq!(name, current, "{line}");
        let family = families.entry(name.to_owned()).or_default();
        assert!(family.samples.is_empty(), "{line} comes after samples");
        match word {
            "HELP" => {
                assert!(!rest.is_empty() && !rest.contains(['\\', '"']), "{line}");
                rest.clone_into(&mut family.help);
            }
            "TYPE" => {
                let known: &[&str] = match format {
                    Format::OpenMetrics => &["counter", "gauge", "histogram", "info"],
                    Format::Text => &["counter", "gauge", "histogram"],
                };
                assert!(known.contains(&rest), "{line}");
                rest.clone_into(&mut family.kind);
            }
            "UNIT" if format == Format::OpenMetrics => {
                assert!(name.ends_with(&format!("_{rest}")), "{line}");
                family.unit = Some(rest.to_owned());
            }
            _ => panic!("{line}"),
        }
    }
    for (name, family) in &families {
        assert!(!family.kind.is_empty(), "{name} has no type");
        if family.kind == "histogram" {
            are_buckets(family);
        }
    }
    families
}

/// `name{label="value"} 1.5`
fn sample(line: &str) -> (String, Labels, f64) {
    let end = line.find(['{', ' ']).expect(line);
    let (name, mut rest) = line.split_at(end);
    is_name(name, true);
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            is_name(label, false);
            let (value, after) = quoted(after, line);
            assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => {
                    rest = after.strip_prefix('}').expect(line);
                    break;
                }
            }
        }
    }
    let value = rest.strip_prefix(' ').expect(line);
    assert!(value.bytes().all(|byte| byte.is_ascii_digit() || b".+-e".contains(&byte)), "{line}");
    (name.to_owned(), labels, value.parse().expect(line))
}

/// The text up to the quote that ends it, and what comes after.
fn quoted<'a>(text: &'a str, line: &str) -> (String, &'a str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    loop {
        match chars.next().expect(line) {
            (at, '"') => return (value, &text[at + 1..]),
            (_, '\\') => value.push(match chars.next().expect(line).1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => panic!("{line}"),
            }),
            (_, plain) => value.push(plain),
        }
    }
}

fn is_name(name: &str, of_metric: bool) {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || (of_metric && c == ':');
    assert!(name.chars().all(good) && !name.starts_with(|c: char| c.is_ascii_digit()), "{name}");
    assert!(!name.is_empty() && !name.starts_with("__"), "{name}");
}

fn belongs(name: &str, labels: &Labels, value: f64, family: &str, of: &Family, format: Format) {
    let suffix = name.strip_prefix(family).unwrap_or_else(|| panic!("{name} is under {family}"));
    let fits = match (of.kind.as_str(), format) {
        ("counter", Format::OpenMetrics) => suffix == "_total" && value >= 0.0,
        ("counter", Format::Text) => suffix.is_empty() && value >= 0.0,
        ("info", _) => suffix == "_info" && value == 1.0,
        ("gauge", _) => suffix.is_empty(),
        ("histogram", _) => match suffix {
            "_bucket" => labels.contains_key("le"),
            "_sum" | "_count" => !labels.contains_key("le"),
            _ => false,
        },
        _ => false,
    };
    assert!(fits, "{name} is no sample of the {} {family}", of.kind);
}

/// Each counts all that are in the one before, and the last one counts all.
fn are_buckets(family: &Family) {
    let of =
        |suffix: &str| family.samples.iter().filter(|(name, ..)| name.ends_with(suffix)).collect::<Vec<_>>();
    let (buckets, counts, sums) = (of("_bucket"), of("_count"), of("_sum"));
    assert_eq!(counts.len(), sums.len());
    for (_, labels, count) in &counts {
        let own = buckets.iter().filter(|(_, of, _)| {
            let mut of = of.clone();
            of.remove("le");
            of == *labels
        });
        let own: Vec<_> = own.map(|(_, labels, count)| (bound(&labels["le"]), *count)).collect();
        assert!(own.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{own:?}");
        assert_eq!(own.last(), Some(&(f64::INFINITY, *count)));
    }
}

fn bound(text: &str) -> f64 {
    if text == "+Inf" { f64::INFINITY } else { text.parse().unwrap() }
}
