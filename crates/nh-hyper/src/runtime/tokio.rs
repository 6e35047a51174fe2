use super::Runtime;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// tokio. Calls are made within its runtime, with I/O and time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tokio;

impl Runtime for Tokio {
    type Stream = TokioIo<TcpStream>;

    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        let stream = TcpStream::connect((host, port)).await?;
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
