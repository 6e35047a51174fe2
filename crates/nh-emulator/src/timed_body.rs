use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, timeout};

/// A request's body that has to be there in time: who sends it byte by byte does not hold its connection for ever.
pub(crate) struct TimedBody {
    /// `None` once its end was seen.
    body: Option<Incoming>,
    deadline: Pin<Box<Sleep>>,
    rest: Rest,
}

/// What nobody has read of a body. A refusal that goes out before it has come closes the connection, and the reset can overtake the
/// refusal: the client would see a broken connection.
#[derive(Clone, Default)]
pub(crate) struct Rest(Arc<Mutex<Option<Incoming>>>);

impl Rest {
    /// So much is read, and no more: nobody sends 8 MB to be refused.
    const BYTES: usize = 64 * 1024;
    const TIME: Duration = Duration::from_millis(500);

    /// Reads what is left, and forgets it.
    pub(crate) async fn drain(self) {
        let Some(mut body) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let read = async {
            let mut left = Rest::BYTES;
            while left > 0
                && let Some(Ok(frame)) = body.frame().await
            {
                left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len()));
            }
        };
        // Whoever has not sent it by then sees what comes of it.
        let _ = timeout(Rest::TIME, read).await;
    }
}

impl TimedBody {
    pub(crate) fn new(body: Incoming, within: Duration, rest: Rest) -> TimedBody {
        TimedBody { body: Some(body), deadline: Box::pin(tokio::time::sleep(within)), rest }
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

impl Body for TimedBody {
    type Data = <Incoming as Body>::Data;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, io::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            if !matches!(frame, Some(Ok(_))) {
                self.body = None;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)));
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), Incoming::size_hint)
    }
}
