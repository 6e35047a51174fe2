//! Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use crate::app::App;
use crate::namespace::events::Event;
use axum::extract::State;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_lite::stream::{self, Stream, StreamExt as _};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// A comment after so long shows both sides that the other is there.
const QUIET: Duration = Duration::from_secs(15);

/// `GET /$emulator/events`
pub(super) async fn events(
    State(app): State<Arc<App>>,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>> + use<>> {
    let watch = app.namespace.events.watch();
    // The first piece shows that the emulator watches from here on.
    let here = stream::once(Ok(sse::Event::default().comment("here")));
    let events = stream::unfold(watch, async |mut watch| {
        let event = match watch.recv().await {
            Ok(event) => event,
            // Who has missed something looks at everything anew.
            Err(RecvError::Lagged(_)) => Event::Reset,
            Err(RecvError::Closed) => return None,
        };
        if let Event::Ended = event {
            return None;
        }
        Some((Ok(written(&event)), watch))
    });
    Sse::new(here.chain(events)).keep_alive(KeepAlive::new().interval(QUIET).text("still here"))
}

fn written(event: &Event) -> sse::Event {
    let (name, data) = match event {
        Event::Delivery(received) => ("delivery", json(received)),
        Event::Request(request) => ("request", json(request)),
        Event::Devices => ("devices", "{}".to_owned()),
        Event::Scheduled => ("scheduled", "{}".to_owned()),
        Event::Forgotten(id) => ("forgotten", serde_json::json!({ "id": id }).to_string()),
        Event::Inbox => ("inbox", "{}".to_owned()),
        Event::Log => ("log", "{}".to_owned()),
        Event::Faults => ("faults", "{}".to_owned()),
        Event::Clock => ("clock", "{}".to_owned()),
        Event::Reset | Event::Ended => ("reset", "{}".to_owned()),
    };
    sse::Event::default().event(name).data(data)
}

fn json<T: Serialize>(value: &Arc<T>) -> String {
    serde_json::to_string(&**value).expect("texts, numbers and times are JSON")
}
