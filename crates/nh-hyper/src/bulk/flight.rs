//! One part on its way: recorded as begun, sent, recorded as ended.

use super::End;
use super::journal::ErasedJournal;
use crate::chain::chain;
use crate::client::Client;
use crate::error::Error;
use futures_lite::future::poll_once;
use nh_core::retry::Fate;
use nh_core::{SendPart, ServiceError};
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;

/// What a flight tells the run.
pub(super) enum News {
    /// Its request, which began at this time, was sent, and another may go out. The journal is asked to record the end, before it is
    /// asked to record that another begins: so they are written together, and it never knows of more in flight than there are.
    Sent(Instant),
    /// Its part has come to an end, and the journal has recorded it.
    Landed(Box<Landed>),
}

/// A part that has come to an end.
pub(super) struct Landed {
    pub(super) part: SendPart,
    /// `None` if [`News::Sent`] has told it.
    pub(super) began: Option<Instant>,
    pub(super) end: End,
    /// What is known of the request: `None` if it was sent.
    pub(super) fate: Option<Fate>,
    pub(super) error: Option<Error>,
    /// The journal failed.
    pub(super) journal: Option<io::Error>,
}

/// Tells the run of its end, also if the task that carries it is dropped.
pub(super) struct Flight {
    part: Option<SendPart>,
    began: Option<Instant>,
    news: UnboundedSender<News>,
}

impl Flight {
    pub(super) fn new(part: SendPart, began: Instant, news: UnboundedSender<News>) -> Flight {
        Flight { part: Some(part), began: Some(began), news }
    }

    pub(super) async fn fly(mut self, client: Client, journal: Option<Arc<dyn ErasedJournal>>) {
        let Some(part) = &self.part else { return };
        let Some(send) = part.send() else { return };
        let (number, digest) = (part.number(), part.digest());
        if let Some(journal) = &journal
            && let Err(why) = journal.clone().begin(number, digest).await
        {
            let end = End::NotSent { reason: "the journal cannot be written".to_owned() };
            return self.land(end, Some(Fate::NotDone { retry_after: None }), None, Some(why));
        }
        let sent = client.execute(send).await;
        let (end, fate, error) = match sent {
            Ok(receipt) => {
                let end =
                    End::Sent { notification_id: receipt.notification_id, tracking_id: receipt.tracking_id };
                (end, None, None)
            }
            // The service has taken it, and what else it says is not readable.
            Err(error) if error.as_service().is_some_and(ServiceError::is_unreadable) => {
                let tracking_id = error.tracking_id().map(str::to_owned);
                (End::Sent { notification_id: None, tracking_id }, None, Some(error))
            }
            Err(error) => {
                let reason = in_one_line(&error);
                let end = match error.fate() {
                    Fate::NotDone { .. } => End::NotSent { reason },
                    Fate::Final if error.is_of_all() => End::NotSent { reason },
                    Fate::Final => End::Refused { reason },
                    _ => End::Unknown { reason },
                };
                (end, Some(error.fate()), Some(error))
            }
        };
        let recorded = match journal {
            Some(journal) => {
                let mut recording = journal.end(number, digest, end.clone());
                let recorded = poll_once(&mut recording).await;
                // After a failure nothing goes out before the run knows it.
                if fate.is_none()
                    && let Some(began) = self.began.take()
                {
                    // Nobody waits if the run was dropped.
                    let _ = self.news.send(News::Sent(began));
                }
                match recorded {
                    Some(recorded) => recorded,
                    None => recording.await,
                }
            }
            None => Ok(()),
        };
        self.land(end, fate, error, recorded.err());
    }

    fn land(&mut self, end: End, fate: Option<Fate>, error: Option<Error>, journal: Option<io::Error>) {
        if let Some(part) = self.part.take() {
            let landed = Landed { part, began: self.began.take(), end, fate, error, journal };
            let _ = self.news.send(News::Landed(Box::new(landed)));
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let reason = "the runtime ended while it was in flight".to_owned();
        self.land(End::Unknown { reason }, Some(Fate::Unknown), None, None);
    }
}

/// An error with its causes. No text repeats the text of its cause.
fn in_one_line(error: &Error) -> String {
    let mut texts: Vec<String> = chain(error).map(ToString::to_string).collect();
    if let Some(id) = error.tracking_id().filter(|_| error.as_service().is_none()) {
        texts.push(format!("tracking id {id}"));
    }
    texts.join(": ")
}
