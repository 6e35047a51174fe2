use super::happy_eyeballs::{self, DELAY};
use super::{FuturesIo, Runtime};
use smol::net::TcpStream;
use std::future::Future;
use std::io;
use std::time::Duration;

/// smol, with its global executor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Smol;

impl Runtime for Smol {
    type Stream = FuturesIo<TcpStream>;

    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        let addresses = smol::net::resolve((host, port)).await?;
        let delay = || self.sleep(DELAY);
        let stream = happy_eyeballs::connect(addresses, TcpStream::connect, delay).await?;
        stream.set_nodelay(true)?;
        Ok(FuturesIo::new(stream))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let timer = smol::Timer::after(duration);
        async move {
            timer.await;
        }
    }
}
