//! A runtime without its type, so that hyper, TLS and the client are compiled once.

use super::Runtime;
use crate::interim::Cut;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant, SystemTime};

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(crate) trait Erased: Send + Sync {
    fn connect(self: Arc<Self>, host: String, port: u16) -> BoxFuture<io::Result<BoxIo>>;
    fn spawn(&self, task: BoxFuture<()>);
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;
    fn now(&self) -> SystemTime;
    fn instant(&self) -> Instant;
}

impl<R: Runtime> Erased for R {
    fn connect(self: Arc<Self>, host: String, port: u16) -> BoxFuture<io::Result<BoxIo>> {
        Box::pin(async move { Ok(BoxIo::new(Runtime::connect(&*self, &host, port).await?)) })
    }
    fn spawn(&self, task: BoxFuture<()>) {
        Runtime::spawn(self, task);
    }
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(Runtime::sleep(self, duration))
    }
    fn now(&self) -> SystemTime {
        Runtime::now(self)
    }
    fn instant(&self) -> Instant {
        Runtime::instant(self)
    }
}

trait Io: Read + Write + Unpin + Send {}
impl<T: Read + Write + Unpin + Send> Io for T {}

/// The one type of connection.
pub(crate) struct BoxIo {
    io: Box<dyn Io>,
    cut: Cut,
}

impl BoxIo {
    pub(crate) fn new(io: impl Read + Write + Unpin + Send + 'static) -> BoxIo {
        BoxIo { io: Box::new(io), cut: Cut::default() }
    }

    /// Reads what is there: nothing at the end.
    pub(crate) async fn read<'a>(&mut self, bytes: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let count = poll_fn(|cx| {
            let mut buf = ReadBuf::new(bytes);
            ready!(Pin::new(&mut self.io).poll_read(cx, buf.unfilled()))?;
            Poll::Ready(io::Result::Ok(buf.filled().len()))
        });
        let count = count.await?;
        bytes.get(..count).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    pub(crate) async fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        let mut buf = ReadBuf::new(bytes);
        loop {
            let left = buf.unfilled().remaining();
            if left == 0 {
                return Ok(());
            }
            poll_fn(|cx| Pin::new(&mut self.io).poll_read(cx, buf.unfilled())).await?;
            if buf.unfilled().remaining() == left {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    pub(crate) async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match poll_fn(|cx| Pin::new(&mut self.io).poll_write(cx, bytes)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => bytes = bytes.get(count..).ok_or(io::ErrorKind::WriteZero)?,
            }
        }
        poll_fn(|cx| Pin::new(&mut self.io).poll_flush(cx)).await
    }
}

impl Read for BoxIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.cut.check()?;
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for BoxIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}

impl Connection for BoxIo {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.cut.clone())
    }
}
