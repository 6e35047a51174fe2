//! A connection of which the other end has said all that it will say.

use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, Cursor, Read as _};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

pub(crate) struct ScriptedIo {
    said: Cursor<Vec<u8>>,
    left: Left,
}

/// How much of what was said is not read yet.
#[derive(Clone, Default)]
pub(crate) struct Left(Arc<AtomicUsize>);

impl Left {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl ScriptedIo {
    pub(crate) fn new(said: &[u8]) -> (ScriptedIo, Left) {
        let left = Left(Arc::new(said.len().into()));
        (ScriptedIo { said: Cursor::new(said.to_vec()), left: left.clone() }, left)
    }
}

impl Read for ScriptedIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut bytes = vec![0; buf.remaining()];
        let count = self.said.read(&mut bytes)?;
        buf.put_slice(bytes.get(..count).unwrap_or_default());
        self.left.0.fetch_sub(count, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl Write for ScriptedIo {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
