//! `cargo bench -p benches --bench batch`
//!
//! The body of a direct send to 1000 devices. The floor is serde_json, which writes the array of their handles into a buffer that has
//! room for it.

use criterion::Criterion;
use nh_core::{DeviceHandle, Notification, SendDirectBatch};
use std::hint::black_box;

fn batch(c: &mut Criterion) {
    let handles: Vec<String> = (0..1000).map(|n| format!("fN{n:020}:APA91b{n:0134}")).collect();
    let devices: Vec<DeviceHandle> =
        handles.iter().map(|handle| DeviceHandle::new(handle).expect("a legal handle")).collect();
    let hello = r#"{"message":{"notification":{"title":"Hello"}}}"#;
    let hello = Notification::from(Notification::fcm_v1(hello).expect("a legal notification"));
    let length = serde_json::to_vec(&handles).expect("strings are JSON").len();

    let mut group = c.benchmark_group("batch of 1000");
    group.bench_function("floor: serde_json writes the array", |b| {
        b.iter(|| {
            let mut array = Vec::with_capacity(length);
            serde_json::to_writer(&mut array, black_box(&handles)).expect("strings are JSON");
            array
        })
    });
    group.bench_function("of handles", |b| b.iter(|| SendDirectBatch::new(&hello, black_box(&devices))));
    // Each text is checked, and copied once before it is written.
    group.bench_function("of texts", |b| b.iter(|| SendDirectBatch::new(&hello, black_box(&handles))));
    group.finish();
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    benches::beside_floors(batch)
}
