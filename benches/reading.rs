//! `cargo bench -p benches --bench reading`
//!
//! Each document is read beside its floor, in the same run: quick-xml's namespace-resolving loop over the same bytes, which looks at
//! each event and keeps nothing. The ratio is what counts.

use benches::documents;
use criterion::{Criterion, Throughput};
use nh_core::bytes::Bytes;
use nh_core::http::Response;
use nh_core::nh_outcome::ErrorDocument;
use nh_core::{ListRegistrations, NotificationDetails, NotificationOutcome, Operation};
use std::hint::black_box;

fn beside_floor<T>(c: &mut Criterion, name: &str, document: String, read: impl Fn(&Bytes) -> T) {
    let document = Bytes::from(document);
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Bytes(document.len() as u64));
    group.bench_function("floor: quick-xml resolves namespaces", |b| {
        b.iter(|| documents::read_events(black_box(&document)))
    });
    group.bench_function("read", |b| b.iter(|| read(black_box(&document))));
    group.finish();
}

fn reading(c: &mut Criterion) {
    beside_floor(c, "outcome of 10", documents::outcome(10), |document| {
        NotificationOutcome::parse(document).expect("an outcome")
    });
    beside_floor(c, "details", documents::details(), |document| {
        NotificationDetails::parse(document).expect("details")
    });
    beside_floor(c, "feed of 1000 registrations", documents::feed(1000), |document| {
        ListRegistrations::new().response(Response::new(document.clone())).expect("a feed")
    });
    beside_floor(c, "error", documents::error(), |document| {
        ErrorDocument::parse(document).expect("an error document")
    });
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    benches::beside_floors(reading)
}
