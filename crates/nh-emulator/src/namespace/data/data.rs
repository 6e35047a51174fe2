use super::change::Change;
use super::committer::Committer;
use super::database::Database;
use super::kept::{Kept, KeptSend};
use crate::model::refusal::{Reason, Refusal};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Keeps changes in a directory, or nowhere.
#[derive(Clone, Default)]
pub(crate) struct Data(Option<Arc<Keeper>>);

struct Keeper {
    committer: Committer,
    next_hub: AtomicU32,
}

impl Data {
    /// Opens a directory, and reads what is kept there.
    ///
    /// # Errors
    /// A directory that cannot be used, is in use, or holds what is damaged or another program's: it is left as it is.
    pub(crate) fn open(directory: &Path) -> io::Result<(Data, Kept)> {
        let (database, kept) = Database::open(directory)?;
        let next_hub = kept.hubs.last().map_or(0, |(number, _)| number + 1).into();
        let place = directory.display().to_string();
        let committer = Committer::start(database, place)?;
        Ok((Data(Some(Arc::new(Keeper { committer, next_hub }))), kept))
    }

    #[cfg(test)]
    pub(super) fn over(committer: Committer) -> Data {
        Data(Some(Arc::new(Keeper { committer, next_hub: 0.into() })))
    }

    /// The number of a hub that is new; `None` where nothing is kept.
    pub(crate) fn new_hub(&self) -> Option<u32> {
        Some(self.0.as_ref()?.next_hub.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands over what changes together.
    pub(crate) fn keep(&self, changes: impl IntoIterator<Item = Change>) {
        if let Some(keeper) = &self.0 {
            keeper.committer.hand_over(changes);
        }
    }

    pub(crate) fn keep_scheduled(&self, id: &str, send: &KeptSend) {
        if self.0.is_some() {
            self.keep([Change::scheduled(id, send)]);
        }
    }

    pub(crate) fn forget_scheduled(&self, id: &str) {
        self.keep([Change::Scheduled { id: id.to_owned(), send: None }]);
    }

    /// Can more be kept?
    ///
    /// # Errors
    /// No: something could not be committed before.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        match self.problem() {
            Some(why) => Err(Refusal::new(Reason::Broken, why)),
            None => Ok(()),
        }
    }

    /// The directory, if there is one.
    pub(crate) fn place(&self) -> Option<&str> {
        self.0.as_ref().map(|keeper| keeper.committer.place())
    }

    /// Why nothing more is kept.
    pub(crate) fn problem(&self) -> Option<String> {
        self.0.as_ref()?.committer.problem()
    }

    /// Waits until what has been handed over is committed.
    ///
    /// # Errors
    /// It could not be committed.
    pub(crate) async fn settled(&self) -> Result<(), Refusal> {
        let Some(keeper) = &self.0 else { return Ok(()) };
        let settled = keeper.committer.settled().await;
        settled.map_err(|why| Refusal::new(Reason::Broken, why))
    }

    /// The same for a thread that may wait.
    ///
    /// # Errors
    /// It could not be committed.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let Some(keeper) = &self.0 else { return Ok(()) };
        keeper.committer.settle().map_err(io::Error::other)
    }

    /// Commits what has been handed over and lets go of the directory.
    pub(crate) fn close(&self) {
        if let Some(keeper) = &self.0 {
            keeper.committer.close();
        }
    }
}
