//! Where records wait for the thread that writes them. Each change of threads costs more than a record, so there are few of them.

use super::lines::Line;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// A line to be written.
pub(super) struct Entry {
    pub(super) line: Line,
    pub(super) must_be_safe: bool,
    pub(super) written: oneshot::Sender<io::Result<()>>,
}

#[derive(Default)]
pub(super) struct Desk {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

#[derive(Default)]
struct Waiting {
    entries: Vec<Entry>,
    /// The thread sleeps until there are so many. 0 if it does not sleep.
    wakes_at: usize,
    is_closed: bool,
}

impl Desk {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the thread an entry. If the thread has ended, the entry is dropped, and with it the sender that says so.
    pub(super) fn put(&self, entry: Entry) {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return;
        }
        waiting.entries.push(entry);
        if waiting.entries.len() == waiting.wakes_at {
            self.news.notify_one();
        }
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
        self.news.notify_one();
    }

    /// Waits for entries: for the first as long as it takes, and from then on so long for so many. None if nothing more comes.
    pub(super) fn take(&self, usual: usize, patience: Duration) -> Vec<Entry> {
        let mut waiting = self.waiting();
        waiting.wakes_at = 1;
        let mut waiting = self
            .news
            .wait_while(waiting, |waiting| waiting.entries.is_empty() && !waiting.is_closed)
            .unwrap_or_else(PoisonError::into_inner);
        waiting.wakes_at = usual;
        let (mut waiting, _) = self
            .news
            .wait_timeout_while(waiting, patience, |waiting| {
                waiting.entries.len() < usual && !waiting.is_closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        waiting.wakes_at = 0;
        std::mem::take(&mut waiting.entries)
    }
}

/// Closes the desk when the thread ends, also by a panic: so nobody waits for it.
pub(super) struct Closes(pub(super) Arc<Desk>);

impl Drop for Closes {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.is_closed = true;
        waiting.entries.clear();
    }
}
