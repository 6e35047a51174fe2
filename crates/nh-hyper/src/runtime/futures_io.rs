use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::ReadBuf;

/// A stream that implements the traits of `futures-io`, made fit for hyper. It can be the [`Stream`](super::Runtime::Stream) of a
/// runtime of your own. It needs no tokio runtime.
///
/// A stream that always has something to read lets other tasks run after 32 reads, as tokio's streams do.
///
/// ```
/// use nh_hyper::FuturesIo;
///
/// fn is_a_stream(_: &(impl hyper::rt::Read + hyper::rt::Write + Unpin + Send)) {}
/// is_a_stream(&FuturesIo::new(futures_lite::io::Cursor::new(Vec::new())));
/// ```
#[derive(Debug)]
pub struct FuturesIo<T>(TokioIo<Bridge<T>>);

impl<T> FuturesIo<T> {
    /// Makes `stream` fit for hyper.
    pub fn new(stream: T) -> FuturesIo<T> {
        FuturesIo(TokioIo::new(Bridge { stream, reads: 0 }))
    }
}

impl<T: AsyncRead + Unpin> Read for FuturesIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> Write for FuturesIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Between `futures-io` and tokio's I/O traits, from which hyper-util knows the way to hyper's without `unsafe` here.
#[derive(Debug)]
struct Bridge<T> {
    stream: T,
    /// So many reads in a row had something.
    reads: u32,
}

/// After so many, other tasks have their turn.
const READS: u32 = 32;

impl<T: AsyncRead + Unpin> tokio::io::AsyncRead for Bridge<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.reads == READS {
            self.reads = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf.initialize_unfilled()) else {
            self.reads = 0;
            return Poll::Pending;
        };
        self.reads += 1;
        buf.advance(read?);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> tokio::io::AsyncWrite for Bridge<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, poll_once};
    use std::future::poll_fn;

    #[test]
    fn an_endless_stream_lets_others_run() {
        let mut stream = FuturesIo::new(futures_lite::io::repeat(7));
        let mut read_all = Box::pin(poll_fn(|cx| {
            for reads in 0..1000 {
                let mut bytes = [0; 8];
                let mut buf = hyper::rt::ReadBuf::new(&mut bytes);
                match Pin::new(&mut stream).poll_read(cx, buf.unfilled()) {
                    Poll::Ready(result) => result.unwrap(),
                    Poll::Pending => return Poll::Ready(reads),
                }
            }
            Poll::Ready(1000)
        }));
        assert_eq!(block_on(poll_once(&mut read_all)), Some(READS));
    }
}
