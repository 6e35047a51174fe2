//! `cargo bench -p benches --bench request_building`
//!
//! Each figure stands beside its floor, measured in the same run; the ratio is what counts.

use benches::{HandMade, Signature};
use criterion::Criterion;
use nh_core::{Audience, Hub, Notification, SendNotification, SharedAccessKey};
use std::hint::black_box;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";
const URI: &str = "https://contoso.servicebus.windows.net/news";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn hub() -> Hub {
    let text = format!(
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey={KEY}"
    );
    Hub::from_connection_string(&text, "news").expect("a legal connection string")
}

fn notification() -> Notification {
    Notification::apple(r#"{"aps":{"alert":"Hello"}}"#).expect("a legal notification").into()
}

fn tag(text: &str) -> Audience {
    Audience::tag(text).expect("a legal tag")
}

fn sends(c: &mut Criterion) {
    let (hub, notification, now) = (hub(), notification(), now());
    let prepared = SendNotification::new(notification.clone(), tag("sports")).expect("a legal send");
    let floor = HandMade::of(&hub.request(&prepared, now).expect("a legal request"));

    let mut group = c.benchmark_group("send");
    group.bench_function("floor: hand-made request", |b| b.iter(|| black_box(&floor).request()));
    group.bench_function("prepared", |b| b.iter(|| hub.request(black_box(&prepared), now)));
    group.bench_function("one-shot", |b| {
        b.iter(|| {
            let send =
                SendNotification::new(notification.clone(), tag(black_box("sports"))).expect("a legal send");
            hub.request(&send, now)
        })
    });
    group.finish();
}

fn tokens(c: &mut Criterion) {
    let key = SharedAccessKey::new("Full", KEY).expect("a legal key");
    let floor = Signature::new(KEY, "https%3A%2F%2Fcontoso.servicebus.windows.net%2Fnews");

    let mut group = c.benchmark_group("token");
    group.bench_function("floor: HMAC and base64", |b| b.iter(|| floor.sign(black_box(b"1700003600"))));
    group.bench_function("fresh", |b| b.iter(|| key.token(black_box(URI), black_box(1_700_003_600))));
    group.finish();
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    benches::beside_floors(|c| {
        sends(c);
        tokens(c);
    })
}
