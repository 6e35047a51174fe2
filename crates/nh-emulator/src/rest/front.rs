//! What stands before the data plane: the faults that were asked for, and the log.

use super::asked::Asked;
use super::error_answer::ErrorAnswer;
use super::fault::{DroppedConnection, Fault};
use super::reply::Aside;
use super::{data_plane, operation, request_log};
use crate::app::App;
use crate::model::logged_request::LoggedRequest;
use crate::namespace::events::Event;
use crate::namespace::namespace::Namespace;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Frame;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use time::UtcOffset;
use time::macros::format_description;
use tokio::sync::oneshot;
use tokio::task::block_in_place;

/// Marks an answer that is not to be sent: the connection ends in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hangup;

/// Answers a request, or does what a fault says.
pub(crate) async fn answer(app: &Arc<App>, asked: Asked, body: Result<Bytes, ErrorAnswer>) -> Response<Body> {
    let namespace = &app.namespace;
    let (began, time) = (Instant::now(), namespace.clock.now());
    let found = operation::find(&asked);
    let known = found.as_ref().ok();
    let hub = known.map(|found| found.hub_name.clone()).filter(|hub| !hub.is_empty());
    let operation = known.map(|found| found.operation.name);
    let confidential = known.is_some_and(|found| found.operation.is_confidential);
    let keeps = known.is_some_and(|found| found.operation.keeps);
    let changes_devices = known.is_some_and(|found| found.operation.changes_devices);
    let row = known.map(|found| found.row);
    let fault = app.strike(operation, hub.as_deref().unwrap_or_default());
    if let Some(delay) = fault.as_ref().and_then(|fault| fault.delay_ms) {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let request_body = body.as_ref().map(|body| request_log::body(body, confidential)).unwrap_or_default();
    let carry = || {
        let answer = found.and_then(|found| {
            let answer = || data_plane::answer(namespace, &asked, &found, body);
            if found.operation.takes_long { block_in_place(answer) } else { answer() }
        });
        answer.unwrap_or_else(ErrorAnswer::into_response)
    };
    // No answer tells of what a crash could take back. A send has been delivered whatever becomes of its dead devices.
    let settled = async |response: Response<Body>| match keeps {
        true => match namespace.data.settled().await {
            Ok(()) => response,
            Err(refusal) => ErrorAnswer::from(refusal).into_response(),
        },
        false => response,
    };
    let mut aside = None;
    let dropped = fault.as_ref().and_then(|fault| fault.connection);
    let response = match (&fault, dropped) {
        (_, Some(DroppedConnection::DroppedBefore)) => None,
        (_, Some(DroppedConnection::DroppedAfter)) => {
            aside = settled(carry()).await.extensions_mut().remove::<Aside>();
            None
        }
        (Some(Fault { status: Some(status), retry_after, .. }), _) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let answer = ErrorAnswer::new(status, "The emulator was told to answer so");
            Some(ErrorAnswer { retry_after: *retry_after, ..answer }.into_response())
        }
        _ => Some(settled(carry()).await),
    };
    let (status, response_headers, content) = match response {
        None => (None, HeaderMap::new(), Bytes::new()),
        Some(response) => {
            let (mut head, body) = response.into_parts();
            aside = head.extensions.remove::<Aside>();
            if let Some(date) = moved_date(namespace) {
                head.headers.insert(header::DATE, date);
            }
            let content = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            (Some(head.status), head.headers, content)
        }
    };
    if changes_devices && status.is_none_or(|status| status.is_success()) {
        namespace.events.tell(Event::Devices);
    }
    let took = began.elapsed();
    app.counts.answered(row, status.map(|status| status.as_u16()), took);
    let (send, hints) = aside.map(|Aside { send, hints }| (send, hints)).unzip();
    let logged = LoggedRequest {
        id: 0,
        time,
        method: asked.method.to_string(),
        path: asked.path_and_query,
        hub,
        operation: operation.map(str::to_owned),
        status: status.map(|status| status.as_u16()),
        microseconds: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        send,
        hints: hints.unwrap_or_default(),
        fault: fault.as_ref().map(Fault::id),
        request_headers: request_log::headers(&asked.headers),
        request_body,
        response_headers: request_log::headers(&response_headers),
        response_body: request_log::body(&content, confidential),
    };
    app.log(logged);
    let mut answer = Response::new(Body::empty());
    let Some(status) = status else {
        answer.extensions_mut().insert(Hangup);
        return answer;
    };
    *answer.status_mut() = status;
    *answer.headers_mut() = response_headers;
    if fault.is_some_and(|fault| fault.truncate) {
        // An empty one is said to have a byte.
        let length = HeaderValue::from(content.len().max(1));
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
        let half = content.slice(..content.len() / 2);
        *answer.body_mut() = Body::new(Truncated::new(half));
    } else {
        *answer.body_mut() = Body::from(content);
    }
    answer
}

/// The service's clock as its answers tell it. hyper writes the system's.
fn moved_date(namespace: &Namespace) -> Option<HeaderValue> {
    if namespace.clock.offset().is_zero() {
        return None;
    }
    // RFC 9110, 5.6.7.
    let date = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    HeaderValue::try_from(namespace.clock.now().to_offset(UtcOffset::UTC).format(date).ok()?).ok()
}

/// A body that breaks off once its part is on its way: on an error, the connection throws away what is not.
struct Truncated {
    part: Option<Bytes>,
    written: oneshot::Receiver<()>,
    paused: bool,
}

impl Truncated {
    fn new(part: Bytes) -> Truncated {
        let (signal, written) = oneshot::channel();
        Truncated {
            part: Some(Bytes::from_owner(WatchedPart { part, _signal: signal })),
            written,
            paused: false,
        }
    }
}

/// Whoever writes the part drops it, and the signal with it.
struct WatchedPart {
    part: Bytes,
    _signal: oneshot::Sender<()>,
}

impl AsRef<[u8]> for WatchedPart {
    fn as_ref(&self) -> &[u8] {
        &self.part
    }
}

impl hyper::body::Body for Truncated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        // HTTP/1.1 may copy the part, and writes what it has when a body has nothing more for now.
        if !std::mem::replace(&mut self.paused, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if Pin::new(&mut self.written).poll(context).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("truncated on demand"))))
    }
}
