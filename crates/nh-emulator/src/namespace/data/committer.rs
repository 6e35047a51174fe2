use super::change::Change;
use super::database::Database;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::Notify;

/// A thread that commits what it is handed: whatever has come by the end of one transaction is the next.
pub(super) struct Committer {
    queue: Arc<CommitQueue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct CommitQueue {
    state: Mutex<QueueState>,
    /// Something was handed over, or settled.
    changed: Condvar,
    settled: Notify,
    place: String,
}

#[derive(Default)]
struct QueueState {
    waiting: Vec<Change>,
    /// How often something was handed over, and how much of that is committed.
    handed_over: u64,
    committed: u64,
    /// Why nothing more will be committed.
    broken: Option<String>,
    closed: bool,
}

impl Committer {
    pub(super) fn start(database: Database, place: String) -> io::Result<Committer> {
        let queue = Arc::new(CommitQueue {
            state: Mutex::default(),
            changed: Condvar::new(),
            settled: Notify::new(),
            place,
        });
        let work = queue.clone();
        let thread = std::thread::Builder::new()
            .name("nh-emulator-data".to_owned())
            .spawn(move || work.run(database))?;
        Ok(Committer { queue, thread: Mutex::new(Some(thread)) })
    }

    pub(super) fn hand_over(&self, changes: impl IntoIterator<Item = Change>) {
        let mut changes = changes.into_iter().peekable();
        if changes.peek().is_none() {
            return;
        }
        let mut state = self.queue.state();
        state.handed_over += 1;
        if state.broken.is_none() && !state.closed {
            state.waiting.extend(changes);
        }
        self.queue.changed.notify_all();
    }

    pub(super) async fn settled(&self) -> Result<(), String> {
        let ticket = self.queue.state().handed_over;
        loop {
            // Listening comes before looking, so that nothing is missed between.
            let mut settled = std::pin::pin!(self.queue.settled.notified());
            settled.as_mut().enable();
            if let Some(known) = self.queue.is_settled(&self.queue.state(), ticket) {
                return known;
            }
            settled.await;
        }
    }

    pub(super) fn settle(&self) -> Result<(), String> {
        let mut state = self.queue.state();
        let ticket = state.handed_over;
        loop {
            if let Some(known) = self.queue.is_settled(&state, ticket) {
                return known;
            }
            state = self.queue.wait(state);
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.queue.place
    }

    /// Why nothing more is committed.
    pub(super) fn problem(&self) -> Option<String> {
        let state = self.queue.state();
        state.broken.as_ref().map(|why| self.queue.explained(why))
    }

    pub(super) fn close(&self) {
        self.queue.state().closed = true;
        self.queue.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the thread has been printed, and told to whoever waited.
            let _ = thread.join();
        }
    }
}

impl CommitQueue {
    fn run(&self, mut database: Database) {
        let _end = EndOfThread(self);
        loop {
            let (changes, ticket) = {
                let mut state = self.state();
                while state.waiting.is_empty() && !state.closed {
                    state = self.wait(state);
                }
                if state.waiting.is_empty() {
                    return;
                }
                (std::mem::take(&mut state.waiting), state.handed_over)
            };
            match database.commit(changes) {
                Ok(()) => self.state().committed = ticket,
                Err(why) => {
                    self.state().broken = Some(why.to_string());
                    return;
                }
            }
            self.tell();
        }
    }

    /// The thread has come to its end: whoever waits for it learns so.
    fn end(&self) {
        self.state().broken.get_or_insert_with(|| "the emulator is ending".to_owned());
        self.tell();
    }

    fn tell(&self) {
        self.changed.notify_all();
        self.settled.notify_waiters();
    }

    fn is_settled(&self, state: &QueueState, ticket: u64) -> Option<Result<(), String>> {
        if state.committed >= ticket {
            return Some(Ok(()));
        }
        Some(Err(self.explained(state.broken.as_ref()?)))
    }

    fn explained(&self, why: &str) -> String {
        format!(
            "The change could not be kept in {}: {why}. The emulator keeps nothing more until it is restarted; \
             what it acknowledged before is there",
            self.place
        )
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, QueueState>) -> MutexGuard<'a, QueueState> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Also when the thread panics.
struct EndOfThread<'a>(&'a CommitQueue);

impl Drop for EndOfThread<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committer").field("place", &self.queue.place).finish_non_exhaustive()
    }
}
