//! One notification to any number of recipients, with an account of each of them.
//!
//! ```
//! use nh_hyper::{Notification, SendAll};
//!
//! # demo::run!(|client, emulator| {
//! let news = Notification::fcm_v1(r#"{"message":{"data":{"news":"1"}}}"#)?;
//! let tokens = (0..2500).map(|i| format!("token-{i}"));       // any iterator or stream, of any length
//!
//! let account = client.bulk(SendAll::to_devices(news)).run(tokens).finish().await?;
//! assert_eq!((account.sent, account.requests), (2500, 3));
//! # });
//! ```
//!
//! # What becomes of each recipient
//!
//! Each ends in one of four ways: see [`End`].
//!
//! - **sent**: the service took the send. The id of the notification is known if the hub's tier gives one.
//! - **refused**: this crate or the service refused it. A second try would be refused, too.
//! - **unknown**: it may have been sent. The connection broke, or the program was killed in between. It is not sent again unless you
//!   [ask for it](BulkSend::repeat_unknown).
//! - **not sent**: it was certainly not sent. A further run sends it.
//!
//! A recipient that stands in the list twice gets one push if both are in the same [part](nh_core::SendPart), and two if not.
//!
//! # Pace
//!
//! A run begins with two requests in flight. Their number rises while the service takes them, up to
//! [`in_flight`](BulkSend::in_flight). When the service throttles, nothing goes out for as long as it asks, and then half as many are in
//! flight: see [`Pace`](nh_core::retry::Pace). All calls over one transport wait together, so other calls are not pushed aside.
//!
//! # Journal
//!
//! With a [`Journal`], a run that was killed goes on where it stopped: give the same recipients in the same order again. What is
//! recorded as sent or refused is skipped. A part that was in flight at the kill is unknown.
//!
//! ```
//! use nh_hyper::bulk::FileJournal;
//! use nh_hyper::{Notification, SendAll};
//!
//! # demo::run!(|client, emulator| {
//! # let directory = tempfile::tempdir()?;
//! # let file = directory.path().join("news.journal");
//! let ids: Vec<String> = (0..50).map(|i| format!("user-{i}")).collect();
//! let news = Notification::from(Notification::apple(r#"{"aps":{"alert":"News"}}"#)?);
//! for _ in 0..2 {
//!     let bulk = client.bulk(SendAll::to_users(&news)).journal(FileJournal::open(&file)?);
//!     let account = bulk.run(&ids).finish().await?;
//!     assert_eq!(account.sent, 50);
//! }
//! assert_eq!(emulator.served().requests, 3); // the second run had nothing left to send
//! # });
//! ```

mod account;
mod bulk_error;
mod file_journal;
mod flight;
mod journal;
mod run;

pub use account::{Account, End, PartEnd};
pub use bulk_error::BulkError;
pub use file_journal::FileJournal;
pub use journal::{Journal, Opened, Recorded, RunIdentity};
pub use run::BulkRun;

use crate::client::Client;
use futures_lite::{Stream, StreamExt, stream};
use journal::ErasedJournal;
use nh_core::{Recipient, SendAll, SendPart};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

impl Client {
    /// Sends one notification to any number of recipients: see [`bulk`](crate::bulk).
    pub fn bulk(&self, sends: SendAll) -> BulkSend {
        BulkSend { client: self.clone(), sends, in_flight: 16, journal: None, repeat_unknown: false }
    }
}

/// Sets up a run that sends one notification to any number of recipients: see [`bulk`](crate::bulk).
#[must_use = "this sends nothing until it runs"]
pub struct BulkSend {
    client: Client,
    sends: SendAll,
    in_flight: u32,
    journal: Option<Arc<dyn ErasedJournal>>,
    repeat_unknown: bool,
}

impl BulkSend {
    /// Sets how many requests are in flight at most: 16 unless set. 0 counts as 1.
    ///
    /// If the program is killed, the recipients of so many requests are unknown.
    pub fn in_flight(mut self, most: u32) -> BulkSend {
        self.in_flight = most;
        self
    }

    /// Records what becomes of each part. A run with a journal of an earlier run goes on with it.
    pub fn journal(mut self, journal: impl Journal) -> BulkSend {
        self.journal = Some(Arc::new(journal));
        self
    }

    /// Sends once more to those whose fate the journal says is unknown: false unless set. **They may get the notification twice.**
    ///
    /// What becomes unknown during this run is not sent again by this run.
    pub fn repeat_unknown(mut self, repeat: bool) -> BulkSend {
        self.repeat_unknown = repeat;
        self
    }

    /// Runs over a list or an iterator of recipients. An item is a text, or a [`Recipient`] with a place of your own.
    ///
    /// Nothing is sent before the run is [awaited](BulkRun).
    pub fn run<'a, I>(self, recipients: I) -> BulkRun<'a>
    where
        I: IntoIterator<Item: Into<Recipient<'a>> + 'a, IntoIter: Send + 'a>,
    {
        self.run_stream(stream::iter(recipients).map(Ok))
    }

    /// Runs over a stream of recipients, such as the rows of a query. If the stream gives an error, the run ends with it. A further
    /// run with the same journal goes on there.
    ///
    /// ```
    /// use futures_lite::stream;
    /// use nh_hyper::{Notification, SendAll};
    ///
    /// # demo::run!(|client, emulator| {
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let rows = stream::iter([Ok("ab12"), Ok("cd34")]);
    /// let account = client.bulk(SendAll::to_devices(hello)).run_stream(rows).finish().await?;
    /// assert_eq!(account.sent, 2);
    /// # });
    /// ```
    pub fn run_stream<'a, S, R>(self, recipients: S) -> BulkRun<'a>
    where
        S: Stream<Item = io::Result<R>> + Send + 'a,
        R: Into<Recipient<'a>> + 'a,
    {
        self.run_parts(|sends| Gathering { sends, recipients: Some(Box::pin(recipients)) })
    }

    /// Runs over parts that are made elsewhere, for example on a thread of your own. `parts` gets the [`SendAll`], and gives the stream of
    /// all its parts, in order.
    ///
    /// ```
    /// use futures_lite::stream;
    /// use nh_hyper::{Notification, SendAll};
    ///
    /// # demo::run!(|client, emulator| {
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let bulk = client.bulk(SendAll::to_devices(hello));
    /// let mut run = bulk.run_parts(|sends| stream::iter(sends.parts(["ab12", "cd34"]).map(Ok)));
    /// assert_eq!(run.finish().await?.sent, 2);
    /// # });
    /// ```
    pub fn run_parts<'a, S>(self, parts: impl FnOnce(SendAll) -> S) -> BulkRun<'a>
    where
        S: Stream<Item = io::Result<SendPart>> + Send + 'a,
    {
        BulkRun::new(self, |sends| Box::pin(parts(sends)))
    }
}

/// Makes parts of recipients.
struct Gathering<'a, R> {
    sends: SendAll,
    /// `None` at their end.
    recipients: Option<Pin<Box<dyn Stream<Item = io::Result<R>> + Send + 'a>>>,
}

impl<'a, R: Into<Recipient<'a>>> Stream for Gathering<'a, R> {
    type Item = io::Result<SendPart>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while let Some(recipients) = &mut this.recipients {
            match ready!(recipients.as_mut().poll_next(cx)) {
                Some(Ok(recipient)) => {
                    if let Some(part) = this.sends.push(recipient) {
                        return Poll::Ready(Some(Ok(part)));
                    }
                }
                // Those that wait belong to a part that nobody knows.
                Some(Err(why)) => return Poll::Ready(Some(Err(why))),
                None => {
                    this.recipients = None;
                    return Poll::Ready(this.sends.finish().map(Ok));
                }
            }
        }
        Poll::Ready(None)
    }
}

impl fmt::Debug for BulkSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkSend")
            .field("client", &self.client)
            .field("sends", &self.sends)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}
