//! `cargo bench -p benches --bench expressions`
//!
//! Tag expressions parsed, printed and evaluated. The floors do only what cannot be left out: copy each tag into the header value that
//! holds it, copy the text, and compare each tag with each of the device.

use criterion::Criterion;
use nh_core::TagExpression;
use nh_core::http::HeaderValue;
use std::hint::black_box;

/// The tags of a device.
const DEVICE: [&str; 4] = ["all", "location_Boston", "follows_Cardinals", "sports"];

fn expressions(c: &mut Criterion) {
    let users: Vec<String> = (0..20).map(|n| format!("$UserId:{{user-{n}}}")).collect();
    for (name, text) in [
        ("expression of 1 tag", "follows_RedSox"),
        (
            "expression of 4 tags and all operators",
            "(follows_RedSox || follows_Cardinals) && location_Boston && !quiet",
        ),
        ("expression of 20 users", &users.join(" || ")),
    ] {
        let expression = TagExpression::parse(text).expect("a legal expression");
        let tags: Vec<&str> = expression.tags().map(|tag| tag.as_str()).collect();
        // A device without any of the tags: all are compared.
        let compare =
            |device: &[&str]| tags.iter().any(|tag| device.iter().any(|held| held.eq_ignore_ascii_case(tag)));

        let mut group = c.benchmark_group(name);
        group.bench_function("floor: the tags copied", |b| {
            b.iter(|| {
                let tags = black_box(&tags).iter();
                tags.map(|tag| HeaderValue::from_str(tag)).collect::<Vec<_>>()
            })
        });
        group.bench_function("parsed", |b| b.iter(|| TagExpression::parse(black_box(text))));
        group.bench_function("floor: the text copied", |b| b.iter(|| black_box(text).to_owned()));
        group.bench_function("printed", |b| b.iter(|| black_box(&expression).to_string()));
        group.bench_function("floor: the tags compared", |b| b.iter(|| compare(black_box(&DEVICE))));
        group.bench_function("evaluated", |b| b.iter(|| expression.matches(black_box(DEVICE))));
        group.finish();
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    benches::beside_floors(expressions)
}
