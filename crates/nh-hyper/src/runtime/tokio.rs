use super::Runtime;
use super::happy_eyeballs::{self, DELAY};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// tokio. Make calls within its runtime, with I/O and time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokio;

impl Runtime for Tokio {
    type Stream = TokioIo<TcpStream>;

    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        let addresses = tokio::net::lookup_host((host, port)).await?;
        let delay = || tokio::time::sleep(DELAY);
        let stream = happy_eyeballs::connect(addresses, TcpStream::connect, delay).await?;
        stream.set_nodelay(true)?;
        Ok(TokioIo::new(stream))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(task));
    }

    #[expect(
        clippy::manual_async_fn,
        reason = "the timer must not be made before it is polled within the runtime"
    )]
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        async move { tokio::time::sleep(duration).await }
    }
}
