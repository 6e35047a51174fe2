//! What nh-core does for a program, each beside its floor.

use crate::{HandMade, Pair, Signature, documents, hub_at};
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

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=";

/// All of them.
///
/// # Errors
/// Fails if one of them cannot be made.
pub fn all() -> Result<Vec<Pair>> {
    let parts = [requests()?, batches()?, readings()];
    Ok(parts.into_iter().flatten().collect())
}

/// Sends and their tokens. The floor of a send clones the parts of one. That of a token is a pre-keyed HMAC and base64.
///
/// # Errors
/// Fails if the send is not legal.
pub fn requests() -> Result<Vec<Pair>> {
    let (hub, now) =
        (hub_at("contoso.servicebus.windows.net")?, UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let hello = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
    let send = SendNotification::new(&hello, "sports")?;
    let parts = HandMade::of(&hub.request(&send, now)?);
    let (again, same_hub) = (parts.clone(), hub.clone());
    let key = SharedAccessKey::new("Full", KEY)?;
    let signature = Signature::new(KEY, "https%3A%2F%2Fcontoso.servicebus.windows.net%2Fnews");
    Ok(vec![
        Pair::new(
            "send, prepared",
            move || black_box(&parts).request(),
            move || hub.request(black_box(&send), now),
        ),
        Pair::new(
            "send, one-shot",
            move || black_box(&again).request(),
            move || {
                let send = SendNotification::new(hello.clone(), black_box("sports"))?;
                same_hub.request(&send, now)
            },
        ),
        Pair::new(
            "token, fresh",
            move || signature.sign(black_box(b"1700003600")),
            move || {
                key.token(black_box("https://contoso.servicebus.windows.net/news"), black_box(1_700_003_600))
            },
        ),
    ])
}

/// The body of a direct send to 1000 devices. The floor is serde_json, which writes the array of their handles into a buffer that has
/// room for it.
///
/// # Errors
/// Fails if a handle is not legal.
pub fn batches() -> Result<Vec<Pair>> {
    let handles: Vec<String> = (0..1000).map(|n| format!("fN{n:020}:APA91b{n:0134}")).collect();
    let devices = handles.iter().map(DeviceHandle::new).collect::<std::result::Result<Vec<_>, _>>()?;
    let hello =
        Notification::from(Notification::fcm_v1(r#"{"message":{"notification":{"title":"Hello"}}}"#)?);
    let length = serde_json::to_vec(&handles)?.len();
    let floor = |handles: Vec<String>| {
        move || {
            let mut array = Vec::with_capacity(length);
            serde_json::to_writer(&mut array, black_box(&handles)).map(|()| array)
        }
    };
    let (same, texts) = (hello.clone(), handles.clone());
    Ok(vec![
        Pair::new("batch of 1000, of handles", floor(handles.clone()), move || {
            SendDirectBatch::new(&hello, black_box(&devices))
        }),
        // Each text is checked, and copied once before it is written.
        Pair::new("batch of 1000, of texts", floor(handles), move || {
            SendDirectBatch::new(&same, black_box(&texts))
        }),
    ])
}

/// Documents. The floor is quick-xml's namespace-resolving loop over the same bytes, which looks at each event and keeps nothing.
pub fn readings() -> Vec<Pair> {
    fn of<T>(name: &str, document: String, read: fn(&Bytes) -> T) -> Pair
    where
        T: 'static,
    {
        let document = Bytes::from(document);
        let again = document.clone();
        Pair::new(name, move || documents::read_events(black_box(&document)), move || read(black_box(&again)))
    }
    vec![
        of("outcome of 10, read", documents::outcome(10), |document| NotificationOutcome::parse(document)),
        of("details, read", documents::details(), |document| NotificationDetails::parse(document)),
        of("feed of 1000 registrations, read", documents::feed(1000), |document| {
            ListRegistrations::new().response(Response::new(document.clone()))
        }),
        of("error, read", documents::error(), |document| ErrorDocument::parse(document)),
    ]
}
