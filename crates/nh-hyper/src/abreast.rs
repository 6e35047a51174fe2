use crate::runtime::Erased;
use futures_lite::future;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Tasks of the runtime that run abreast, at most so many at once. What they give comes out in any order, each under its key. Those that
/// run when this is dropped end with it.
pub(crate) struct Abreast<K, T> {
    runtime: Arc<dyn Erased>,
    most: usize,
    running: usize,
    sender: UnboundedSender<End<K, T>>,
    ends: UnboundedReceiver<End<K, T>>,
}

/// The key of a task, and what it gave: `None` if the runtime dropped it.
type End<K, T> = (K, Option<T>);

impl<K: Send + 'static, T: Send + 'static> Abreast<K, T> {
    pub(crate) fn new(runtime: Arc<dyn Erased>, most: usize) -> Abreast<K, T> {
        let (sender, ends) = unbounded_channel();
        Abreast { runtime, most: most.max(1), running: 0, sender, ends }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.running < self.most
    }

    pub(crate) fn start(&mut self, key: K, task: impl Future<Output = T> + Send + 'static) {
        self.running += 1;
        let mut running = Running { key: Some(key), ends: self.sender.clone() };
        self.runtime.spawn(Box::pin(async move {
            let ends = running.ends.clone();
            let given = future::or(async { Some(task.await) }, async {
                ends.closed().await;
                None
            });
            let given = given.await;
            running.end(given);
        }));
    }

    /// The next task that has ended, or `None` if none runs.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<End<K, T>>> {
        if self.running == 0 {
            return Poll::Ready(None);
        }
        let end = std::task::ready!(self.ends.poll_recv(cx));
        self.running -= 1;
        Poll::Ready(end)
    }
}

/// Tells of its end, also if the task that carries it is dropped.
struct Running<K, T> {
    key: Option<K>,
    ends: UnboundedSender<End<K, T>>,
}

impl<K, T> Running<K, T> {
    fn end(&mut self, given: Option<T>) {
        if let Some(key) = self.key.take() {
            // Nobody waits if all was dropped.
            let _ = self.ends.send((key, given));
        }
    }
}

impl<K, T> Drop for Running<K, T> {
    fn drop(&mut self) {
        self.end(None);
    }
}
