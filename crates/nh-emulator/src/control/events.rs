//! Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use crate::event::Event;
use crate::service::Service;
use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use hyper::body::Frame;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// A comment after so long shows both sides that the other is there.
const QUIET: Duration = Duration::from_secs(15);

/// `GET /$emulator/events`
pub(super) async fn events(State(service): State<Arc<Service>>) -> Response<Body> {
    let watch = Watch { next: Box::pin(next(service.events.watch(), true)) };
    let mut response = Response::new(Body::new(watch));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The next piece of text, if the emulator still runs, and who waits for the one after.
type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Receiver<Event>)>> + Send>>;

struct Watch {
    next: Next,
}

impl hyper::body::Body for Watch {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(ready!(self.next.as_mut().poll(context)).map(|(text, watch)| {
            self.next = Box::pin(next(watch, false));
            Ok(Frame::data(text))
        }))
    }
}

async fn next(mut watch: Receiver<Event>, first: bool) -> Option<(Bytes, Receiver<Event>)> {
    if first {
        return Some((Bytes::from_static(b": here\n\n"), watch));
    }
    let text = match tokio::time::timeout(QUIET, watch.recv()).await {
        Err(_) => ": still here\n\n".to_owned(),
        Ok(Ok(event)) => written(&event),
        // Who has missed something looks at everything anew.
        Ok(Err(RecvError::Lagged(_))) => written(&Event::Reset),
        Ok(Err(RecvError::Closed)) => return None,
    };
    Some((text.into(), watch))
}

fn written(event: &Event) -> String {
    let (name, data) = match event {
        Event::Delivery(received) => ("delivery", json(received)),
        Event::Request(request) => ("request", json(request)),
        Event::Devices => ("devices", "{}".to_owned()),
        Event::Inbox => ("inbox", "{}".to_owned()),
        Event::Clock => ("clock", "{}".to_owned()),
        Event::Reset => ("reset", "{}".to_owned()),
    };
    format!("event: {name}\ndata: {data}\n\n")
}

fn json<T: Serialize>(value: &Arc<T>) -> String {
    serde_json::to_string(&**value).expect("texts, numbers and times are JSON")
}
