use futures_io::{AsyncRead, AsyncWrite};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::ReadBuf;

/// Lends hyper a stream that speaks the traits of `futures-io`.
pub type FuturesIo<T> = TokioIo<Bridge<T>>;

/// Between `futures-io` and tokio's I/O traits, from which hyper-util knows the way to hyper's. Only traits: no tokio
/// runtime takes part.
#[derive(Debug)]
pub struct Bridge<T>(T);

impl<T> Bridge<T> {
    /// Lends `stream` to hyper.
    pub fn lend(stream: T) -> FuturesIo<T> {
        TokioIo::new(Bridge(stream))
    }
}

impl<T: AsyncRead + Unpin> tokio::io::AsyncRead for Bridge<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.0).poll_read(cx, buf.initialize_unfilled()))?;
        buf.advance(read);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> tokio::io::AsyncWrite for Bridge<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
