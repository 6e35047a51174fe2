//! Interim answers (1xx) of HTTP/1.1. hyper reads over any number of them: an endless flood would never end.

use crate::error::BoxError;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// So many interim answers to one request are read over. Servers send one or two.
const MOST: u32 = 100;

#[derive(Default)]
struct Seen {
    count: u32,
    waker: Option<Waker>,
}

/// Ends when there are too many interim answers to this request.
pub(crate) fn too_many(request: &mut Request<Full<Bytes>>) -> impl Future<Output = BoxError> + Send + use<> {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let counted = seen.clone();
    hyper::ext::on_informational(request, move |_| {
        let mut seen = counted.lock().unwrap_or_else(PoisonError::into_inner);
        seen.count = seen.count.saturating_add(1);
        if seen.count > MOST {
            seen.waker.take().into_iter().for_each(Waker::wake);
        }
    });
    poll_fn(move |cx| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.count > MOST {
            return Poll::Ready(format!("it sent more than {MOST} interim answers (1xx)").into());
        }
        seen.waker = Some(cx.waker().clone());
        Poll::Pending
    })
}
