//! Everything that differs between runtimes.

#[cfg(feature = "async-std")]
mod async_std;
mod erased;
#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]
mod happy_eyeballs;
#[cfg(feature = "http2")]
mod hyper_rt;
#[cfg(feature = "smol")]
mod smol;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "async-std")]
pub use async_std::AsyncStd;
pub(crate) use erased::{BoxFuture, BoxIo, Erased};
#[cfg(feature = "futures-io")]
pub use futures_io::FuturesIo;
#[cfg(feature = "http2")]
pub(crate) use hyper_rt::{Executor, Timer};
#[cfg(feature = "smol")]
pub use smol::Smol;
#[cfg(feature = "tokio")]
pub use tokio::Tokio;

use std::future::Future;
use std::io;
use std::time::{Duration, Instant, SystemTime};

/// What a [`Transport`](crate::Transport) needs of an async runtime: connections, tasks, timers and the time.
///
/// This one runs on tokio. Its wall clock is a quarter of an hour fast:
///
/// ```
/// use nh_hyper::{Runtime, Tokio, Transport};
/// use std::time::{Duration, SystemTime};
///
/// struct Fast;
///
/// impl Runtime for Fast {
///     type Stream = <Tokio as Runtime>::Stream;
///     async fn connect(&self, host: &str, port: u16) -> std::io::Result<Self::Stream> {
///         Tokio.connect(host, port).await
///     }
///     fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
///         Tokio.spawn(task);
///     }
///     fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
///         Tokio.sleep(duration)
///     }
///     fn now(&self) -> SystemTime {
///         SystemTime::now() + Duration::from_secs(15 * 60)
///     }
/// }
///
/// let transport = Transport::builder_on(Fast).platform_roots(false).build()?;
/// # Ok::<(), nh_hyper::Error>(())
/// ```
pub trait Runtime: Send + Sync + 'static {
    /// A TCP connection.
    type Stream: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static;

    /// Opens a connection to a host: a name or an address. An IPv6 address has no brackets. Tries all addresses of a name.
    fn connect(&self, host: &str, port: u16) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Runs a task to its end. Nobody waits for it.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

    /// Ends after `duration`, counted from the first poll or from the call.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static;

    /// The wall clock, for signing.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// The monotonic clock, for deadlines and the pool.
    fn instant(&self) -> Instant {
        Instant::now()
    }
}
