use super::End;
use crate::runtime::BoxFuture;
use std::future::Future;
use std::io;
use std::sync::Arc;

/// Keeps what became of each part of a bulk run, so that a run that was killed can go on. [`FileJournal`](super::FileJournal) is one.
/// Write your own to keep it in a database.
///
/// A journal belongs to one run: one notification, one hub, one list of recipients. A run calls [`open`](Journal::open) once. Then, for
/// each part, it calls [`recorded`](Journal::recorded), if an earlier run may have come so far. To send a part it calls
/// [`begin`](Journal::begin), sends, and calls [`end`](Journal::end). It may begin a part again after [`End::NotSent`].
///
/// **What `begin` records must be safe when `begin` returns**, also from a kill and from a power failure. If it were lost, a further run
/// would send the part a second time. If what `end` records is lost, the part is of unknown fate; no worse happens.
///
/// This one keeps everything in memory:
///
/// ```
/// use nh_hyper::bulk::{End, Journal, Opened, Recorded, RunIdentity};
/// use nh_hyper::{Notification, SendAll};
/// use std::collections::BTreeMap;
/// use std::io;
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Clone, Default)]
/// struct InMemory(Arc<Mutex<(Option<RunIdentity>, BTreeMap<u64, Recorded>)>>);
///
/// impl Journal for InMemory {
///     async fn open(&self, run: &RunIdentity) -> io::Result<Opened> {
///         let mut kept = self.0.lock().unwrap();
///         let run = kept.0.get_or_insert_with(|| run.clone()).clone();
///         Ok(Opened { run, last_part: kept.1.keys().next_back().copied().unwrap_or(0) })
///     }
///     async fn recorded(&self, part: u64) -> io::Result<Option<Recorded>> {
///         Ok(self.0.lock().unwrap().1.get(&part).cloned())
///     }
///     async fn begin(&self, part: u64, digest: [u8; 16]) -> io::Result<()> {
///         self.0.lock().unwrap().1.insert(part, Recorded { digest, end: None });
///         Ok(())
///     }
///     async fn end(&self, part: u64, digest: [u8; 16], end: &End) -> io::Result<()> {
///         self.0.lock().unwrap().1.insert(part, Recorded { digest, end: Some(end.clone()) });
///         Ok(())
///     }
/// }
///
/// # demo::run!(|client, emulator| {
/// let journal = InMemory::default();
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let run = client.bulk(SendAll::to_devices(hello)).journal(journal.clone()).run(["ab12", "cd34"]).finish().await?;
/// assert!(matches!(journal.recorded(1).await?.unwrap().end, Some(End::Sent { .. })));
/// # });
/// ```
pub trait Journal: Send + Sync + 'static {
    /// Takes note of the run that begins, if the journal is new. Returns the run that it belongs to, and the highest number of a part
    /// that is recorded.
    ///
    /// # Errors
    /// Fails if the journal cannot be read or written.
    fn open(&self, run: &RunIdentity) -> impl Future<Output = io::Result<Opened>> + Send;

    /// Returns the last record of a part.
    ///
    /// # Errors
    /// Fails if the journal cannot be read.
    fn recorded(&self, part: u64) -> impl Future<Output = io::Result<Option<Recorded>>> + Send;

    /// Records that a part is about to be sent. The record must be safe when this returns.
    ///
    /// # Errors
    /// Fails if the journal cannot be written. The part is not sent then, and the run ends.
    fn begin(&self, part: u64, digest: [u8; 16]) -> impl Future<Output = io::Result<()>> + Send;

    /// Records what became of a part. The next part may begin meanwhile. A journal that keeps the order of the calls never holds more
    /// parts without an end than were in flight.
    ///
    /// # Errors
    /// Fails if the journal cannot be written. The run ends then.
    fn end(&self, part: u64, digest: [u8; 16], end: &End) -> impl Future<Output = io::Result<()>> + Send;
}

/// What is known of a run before its first recipient. Two runs with different values do not share a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunIdentity {
    /// Host and name of the hub.
    pub hub: String,
    /// What the recipients are, and how many make a part: `1000 devices`.
    pub recipients: String,
    /// A hash of the notification and its schedule: [`SendAll::content_hash`](nh_core::SendAll::content_hash).
    pub content: String,
}

/// A journal that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The run that it belongs to.
    pub run: RunIdentity,
    /// The highest number of a part that is recorded. 0 if there is none.
    pub last_part: u64,
}

/// The last record of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Of the recipients up to the end of this part: [`SendPart::digest`](nh_core::SendPart::digest).
    pub digest: [u8; 16],
    /// What became of it. `None` if it was begun, and no end is recorded.
    pub end: Option<End>,
}

/// A journal without its type.
pub(super) trait ErasedJournal: Send + Sync {
    fn open(self: Arc<Self>, run: RunIdentity) -> BoxFuture<io::Result<Opened>>;
    fn recorded(self: Arc<Self>, part: u64) -> BoxFuture<io::Result<Option<Recorded>>>;
    fn begin(self: Arc<Self>, part: u64, digest: [u8; 16]) -> BoxFuture<io::Result<()>>;
    fn end(self: Arc<Self>, part: u64, digest: [u8; 16], end: End) -> BoxFuture<io::Result<()>>;
}

impl<J: Journal> ErasedJournal for J {
    fn open(self: Arc<Self>, run: RunIdentity) -> BoxFuture<io::Result<Opened>> {
        Box::pin(async move { Journal::open(&*self, &run).await })
    }
    fn recorded(self: Arc<Self>, part: u64) -> BoxFuture<io::Result<Option<Recorded>>> {
        Box::pin(async move { Journal::recorded(&*self, part).await })
    }
    fn begin(self: Arc<Self>, part: u64, digest: [u8; 16]) -> BoxFuture<io::Result<()>> {
        Box::pin(async move { Journal::begin(&*self, part, digest).await })
    }
    fn end(self: Arc<Self>, part: u64, digest: [u8; 16], end: End) -> BoxFuture<io::Result<()>> {
        Box::pin(async move { Journal::end(&*self, part, digest, &end).await })
    }
}
