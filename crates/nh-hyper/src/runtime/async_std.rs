use super::happy_eyeballs::{self, DELAY};
use super::{FuturesIo, Runtime};
use async_std::net::{TcpStream, ToSocketAddrs};
use std::future::Future;
use std::io;
use std::time::Duration;

/// async-std. It is discontinued (RUSTSEC-2025-0052). This is for programs that still run on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsyncStd;

impl Runtime for AsyncStd {
    type Stream = FuturesIo<TcpStream>;

    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        let addresses = (host, port).to_socket_addrs().await?;
        let delay = || self.sleep(DELAY);
        let stream = happy_eyeballs::connect(addresses, TcpStream::connect, delay).await?;
        stream.set_nodelay(true)?;
        Ok(FuturesIo::new(stream))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(async_std::task::spawn(task));
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        async_std::task::sleep(duration)
    }
}
