//! `cargo run --release -p benches --bin instructions -- WORK (floor|ours) TIMES`
//!
//! Does one piece of work, or its floor, so many times: work for a counter of instructions. `benches/counts.rs` counts them.

use benches::{HandMade, Signature, documents, hub_at};
use nh_core::bytes::Bytes;
use nh_core::http::Response;
use nh_core::nh_outcome::ErrorDocument;
use nh_core::{
    DeviceHandle, ListRegistrations, Notification, NotificationDetails, NotificationOutcome, Operation,
    SendDirectBatch, SendNotification, SharedAccessKey,
};
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Work = Box<dyn FnMut()>;

const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, who, times] = arguments.as_slice() else { return Err("say what, who, how often".into()) };
    let [floor, ours] = work(what)?;
    let mut work = if who == "floor" { floor } else { ours };
    (0..times.parse::<usize>()?).for_each(|_| work());
    Ok(())
}

/// The floor, and our work.
fn work(name: &str) -> Result<[Work; 2]> {
    Ok(match name {
        "prepared" | "one-shot" => {
            let (hub, now) =
                (hub_at("contoso.servicebus.windows.net")?, UNIX_EPOCH + Duration::from_secs(1_700_000_000));
            let hello = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
            let prepared = SendNotification::new(&hello, "sports")?;
            let floor = HandMade::of(&hub.request(&prepared, now)?);
            let ours: Work = if name == "prepared" {
                Box::new(move || drop(black_box(hub.request(black_box(&prepared), now))))
            } else {
                Box::new(move || {
                    let send = SendNotification::new(hello.clone(), black_box("sports"));
                    drop(black_box(send.map(|send| hub.request(&send, now))));
                })
            };
            [Box::new(move || drop(black_box(black_box(&floor).request()))), ours]
        }
        "token" => {
            let key = SharedAccessKey::new("Full", KEY)?;
            let floor = Signature::new(KEY, "https%3A%2F%2Fcontoso.servicebus.windows.net%2Fnews");
            let uri = "https://contoso.servicebus.windows.net/news";
            [
                Box::new(move || {
                    black_box(floor.sign(black_box(b"1700003600")));
                }),
                Box::new(move || drop(black_box(key.token(black_box(uri), black_box(1_700_003_600))))),
            ]
        }
        "batch" => {
            let handles: Vec<String> = (0..1000).map(|n| format!("fN{n:020}:APA91b{n:0134}")).collect();
            let devices =
                handles.iter().map(DeviceHandle::new).collect::<std::result::Result<Vec<_>, _>>()?;
            let hello = Notification::from(Notification::fcm_v1(r#"{"message":{}}"#)?);
            let length = serde_json::to_vec(&handles)?.len();
            [
                Box::new(move || {
                    let mut array = Vec::with_capacity(length);
                    let _ = black_box(serde_json::to_writer(&mut array, black_box(&handles)));
                    black_box(array);
                }),
                Box::new(move || drop(black_box(SendDirectBatch::new(&hello, black_box(&devices))))),
            ]
        }
        "outcome" => reading(documents::outcome(10), |document| drop(NotificationOutcome::parse(document))),
        "details" => reading(documents::details(), |document| drop(NotificationDetails::parse(document))),
        "error" => reading(documents::error(), |document| drop(ErrorDocument::parse(document))),
        "feed" => reading(documents::feed(1000), |document| {
            drop(ListRegistrations::new().response(Response::new(document.clone())));
        }),
        other => return Err(format!("nobody knows the work {other}").into()),
    })
}

fn reading(document: String, read: fn(&Bytes)) -> [Work; 2] {
    let (document, again) = (Bytes::from(document.clone()), Bytes::from(document));
    [
        Box::new(move || documents::read_events(black_box(&document))),
        Box::new(move || read(black_box(&again))),
    ]
}
