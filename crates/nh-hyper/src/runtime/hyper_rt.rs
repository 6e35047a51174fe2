//! What hyper needs of a runtime for HTTP/2.

use super::{BoxFuture, Erased};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Runs hyper's tasks.
#[derive(Clone)]
pub(crate) struct Executor(pub(crate) Arc<dyn Erased>);

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Executor {
    fn execute(&self, task: F) {
        self.0.spawn(Box::pin(task));
    }
}

/// Tells hyper the time.
#[derive(Clone)]
pub(crate) struct Timer(pub(crate) Arc<dyn Erased>);

impl hyper::rt::Timer for Timer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Sleep(Mutex::new(self.0.sleep(duration))))
    }
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.0.instant()))
    }
    fn now(&self) -> Instant {
        self.0.instant()
    }
}

/// hyper wants `Sync`; a mutex that is only used through `get_mut` gives it.
struct Sleep(Mutex<BoxFuture<()>>);

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll(cx)
    }
}

impl hyper::rt::Sleep for Sleep {}
