//! What outlives the process: hubs and what they hold, the namespace's keys, and the sends that wait.
//!
//! A change is handed over while what it changes is locked, so that changes come in their order. A thread of its own takes
//! whatever has come and commits it in one transaction. No answer leaves before all that was handed over until then is
//! committed, so that nobody is told what a crash could take back.

mod cautious;
mod store;
mod writer;

use crate::hub::Hub;
use crate::packed::{Reader, Writer as Packer};
use crate::reply::Refusal;
use crate::sas::Rule;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::Store;
use time::OffsetDateTime;
use writer::Writer;

/// The form of what is kept; another form gets another number.
const FORM: u64 = 2;

/// Keeps changes in a directory, or nowhere.
#[derive(Clone, Default)]
pub(crate) struct Data(Option<Arc<Kept>>);

struct Kept {
    writer: Writer,
    next_hub: AtomicU32,
}

/// What was kept.
#[derive(Default)]
pub(crate) struct Restored {
    pub(crate) rule: Option<Rule>,
    pub(crate) hubs: Vec<Hub>,
    pub(crate) scheduled: Vec<(String, Scheduled)>,
}

/// Something that is to be kept, or no longer.
#[derive(Debug)]
pub(crate) enum Change {
    /// The namespace's.
    Rule(Box<[u8]>),
    /// With a hub goes what it holds.
    Hub {
        number: u32,
        hub: Option<Box<[u8]>>,
    },
    Registration {
        hub: u32,
        slot: u32,
        registration: Option<Box<[u8]>>,
    },
    Installation {
        hub: u32,
        id: Box<str>,
        document: Option<Box<str>>,
    },
    /// The id of a registration that is not used again, or is forgotten.
    Gone {
        hub: u32,
        id: Box<str>,
        gone: bool,
    },
    Scheduled {
        id: String,
        send: Option<Box<[u8]>>,
    },
}

/// A send that waits for its time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scheduled {
    pub(crate) hub: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Data {
    /// Opens a directory, and reads what is kept there.
    ///
    /// # Errors
    /// A directory that cannot be used, is in use, or holds what is damaged or another program's: it is left as it is.
    pub(crate) fn open(directory: &Path) -> io::Result<(Data, Restored)> {
        let (store, restored) = Store::open(directory)?;
        let next_hub = restored.hubs.last().map_or(0, |(number, _)| number + 1).into();
        let place = directory.display().to_string();
        let data = Data(Some(Arc::new(Kept { writer: Writer::start(store, place)?, next_hub })));
        for (number, hub) in &restored.hubs {
            hub.keep_on(&data, *number);
        }
        let hubs = restored.hubs.into_iter().map(|(_, hub)| hub).collect();
        Ok((data, Restored { rule: restored.rule, hubs, scheduled: restored.scheduled }))
    }

    /// The number of a hub that is new; `None` where nothing is kept.
    pub(crate) fn new_hub(&self) -> Option<u32> {
        Some(self.0.as_ref()?.next_hub.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands over what changes together.
    pub(crate) fn keep(&self, changes: impl IntoIterator<Item = Change>) {
        if let Some(kept) = &self.0 {
            kept.writer.hand_over(changes);
        }
    }

    pub(crate) fn keep_rule(&self, rule: &Rule) {
        let mut to = Packer::default();
        to.number(FORM);
        to.text(&rule.key);
        to.text(&rule.secondary_key);
        self.keep([Change::Rule(to.end())]);
    }

    pub(crate) fn keep_scheduled(&self, id: &str, send: &Scheduled) {
        if self.0.is_some() {
            self.keep([Change::Scheduled { id: id.to_owned(), send: Some(send.packed()) }]);
        }
    }

    pub(crate) fn forget_scheduled(&self, id: &str) {
        self.keep([Change::Scheduled { id: id.to_owned(), send: None }]);
    }

    /// Waits until what has been handed over is committed.
    ///
    /// # Errors
    /// 500: it could not be.
    pub(crate) async fn settled(&self) -> Result<(), Refusal> {
        let Some(kept) = &self.0 else { return Ok(()) };
        let settled = kept.writer.settled().await;
        settled.map_err(|why| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why))
    }

    /// The same for a thread that may wait.
    ///
    /// # Errors
    /// It could not be committed.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let Some(kept) = &self.0 else { return Ok(()) };
        kept.writer.settle().map_err(io::Error::other)
    }

    /// Commits what has been handed over and lets go of the directory.
    pub(crate) fn close(&self) {
        if let Some(kept) = &self.0 {
            kept.writer.close();
        }
    }
}

impl Change {
    pub(crate) fn hub(number: u32, name: &str, entry: &str) -> Change {
        let mut to = Packer::default();
        to.number(FORM);
        to.text(name);
        to.text(entry);
        Change::Hub { number, hub: Some(to.end()) }
    }
}

impl Scheduled {
    fn packed(&self) -> Box<[u8]> {
        let mut to = Packer::default();
        to.number(FORM);
        to.text(&self.hub);
        to.number(u64::try_from(self.at.unix_timestamp()).unwrap_or_default());
        to.number(self.at.nanosecond().into());
        // What signs the request is no business of what is kept.
        let headers: Vec<_> =
            self.headers.iter().filter(|(name, _)| *name != header::AUTHORIZATION).collect();
        to.number(headers.len() as u64);
        for (name, value) in headers {
            to.text(name.as_str());
            to.bytes(value.as_bytes());
        }
        to.bytes(&self.body);
        to.end()
    }

    fn read(bytes: &[u8]) -> Option<Scheduled> {
        let mut from = Reader::new(bytes);
        if from.number()? != FORM {
            return None;
        }
        let hub = from.text()?.to_owned();
        let at = OffsetDateTime::from_unix_timestamp(i64::try_from(from.number()?).ok()?).ok()?;
        let at = at.replace_nanosecond(u32::try_from(from.number()?).ok()?).ok()?;
        let headers = from.list(|from| {
            let name = HeaderName::try_from(from.text()?).ok()?;
            Some((name, HeaderValue::from_bytes(from.bytes()?).ok()?))
        })?;
        let body = Bytes::copy_from_slice(from.bytes()?);
        Some(Scheduled { hub, at, headers: headers.into_iter().collect(), body })
    }
}

/// The keys of the namespace's rule.
fn read_rule(bytes: &[u8]) -> Option<io::Result<Rule>> {
    let mut from = Reader::new(bytes);
    if from.number()? != FORM {
        return None;
    }
    let (key, secondary_key) = (from.text()?.to_owned(), from.text()?.to_owned());
    Some(Rule::root().map(|rule| Rule { key, secondary_key, ..rule }))
}

#[cfg(test)]
mod tests;
