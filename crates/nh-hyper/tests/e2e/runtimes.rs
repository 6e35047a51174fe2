//! The runtimes under test, each watched for a tokio runtime where there should be none.

use nh_hyper::Runtime;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "tokio")]
pub(crate) fn on_tokio<F: Future<Output = ()>>(test: impl FnOnce(Watched<nh_hyper::Tokio>) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(Watched::new(nh_hyper::Tokio)));
}

#[cfg(feature = "smol")]
pub(crate) fn on_smol<F: Future<Output = ()>>(test: impl FnOnce(Watched<nh_hyper::Smol>) -> F) {
    let runtime = Watched::new(nh_hyper::Smol);
    smol::block_on(runtime.watch(test(runtime.clone())));
    assert!(!runtime.has_seen_tokio(), "a tokio runtime is running under smol");
}

#[cfg(feature = "async-std")]
pub(crate) fn on_async_std<F: Future<Output = ()>>(test: impl FnOnce(Watched<nh_hyper::AsyncStd>) -> F) {
    let runtime = Watched::new(nh_hyper::AsyncStd);
    async_std::task::block_on(runtime.watch(test(runtime.clone())));
    assert!(!runtime.has_seen_tokio(), "a tokio runtime is running under async-std");
}

/// A client on whichever runtime is there.
#[cfg(feature = "tokio")]
pub(crate) fn any_builder() -> nh_hyper::TransportBuilder {
    nh_hyper::Transport::builder_on(nh_hyper::Tokio)
}

#[cfg(all(feature = "smol", not(feature = "tokio")))]
pub(crate) fn any_builder() -> nh_hyper::TransportBuilder {
    nh_hyper::Transport::builder_on(nh_hyper::Smol)
}

#[cfg(all(feature = "async-std", not(any(feature = "tokio", feature = "smol"))))]
pub(crate) fn any_builder() -> nh_hyper::TransportBuilder {
    nh_hyper::Transport::builder_on(nh_hyper::AsyncStd)
}

/// Waits for what that client does.
pub(crate) fn block_on_any<F: Future>(future: F) -> F::Output {
    #[cfg(feature = "tokio")]
    return tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
    #[cfg(not(feature = "tokio"))]
    futures_lite::future::block_on(future)
}

/// A runtime, and whether tokio's was there when one of its tasks, connections or timers was polled.
pub(crate) struct Watched<R> {
    inner: Arc<R>,
    tokio: Arc<AtomicBool>,
}

impl<R> Clone for Watched<R> {
    fn clone(&self) -> Self {
        Watched { inner: self.inner.clone(), tokio: self.tokio.clone() }
    }
}

impl<R> Watched<R> {
    fn new(inner: R) -> Watched<R> {
        Watched { inner: Arc::new(inner), tokio: Arc::default() }
    }

    fn watch<F: Future>(&self, future: F) -> Watch<F> {
        Watch { future: Box::pin(future), tokio: self.tokio.clone() }
    }

    #[cfg(any(feature = "smol", feature = "async-std"))]
    fn has_seen_tokio(&self) -> bool {
        self.tokio.load(Ordering::Relaxed)
    }
}

impl<R: Runtime> Runtime for Watched<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        self.watch(self.inner.connect(host, port)).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(self.watch(task));
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        self.watch(self.inner.sleep(duration))
    }
}

struct Watch<F> {
    future: Pin<Box<F>>,
    tokio: Arc<AtomicBool>,
}

impl<F: Future> Future for Watch<F> {
    type Output = F::Output;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if tokio::runtime::Handle::try_current().is_ok() {
            self.tokio.store(true, Ordering::Relaxed);
        }
        self.future.as_mut().poll(cx)
    }
}

/// A runtime whose waits between attempts end at once and are written down; its timeouts never fire.
pub(crate) struct Patient<R> {
    pub(crate) inner: R,
    pub(crate) waits: Arc<std::sync::Mutex<Vec<Duration>>>,
    /// Waits up to this long are waits between attempts.
    pub(crate) longest: Duration,
}

impl<R: Runtime> Runtime for Patient<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        self.inner.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let between = duration <= self.longest;
        if between {
            self.waits.lock().unwrap().push(duration);
        }
        async move {
            if !between {
                std::future::pending::<()>().await;
            }
        }
    }
}
