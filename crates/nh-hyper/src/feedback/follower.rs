use super::FeedbackError;
use crate::client::Client;
use crate::error::Error;
use nh_core::nh_outcome::ParseError;
use nh_core::time::OffsetDateTime;
use nh_core::{
    Blob, BlobContainer, BlobPart, DeadHandle, FeedbackPosition, FeedbackReader, GetBlob, ListBlobs,
    Operation, ServiceError,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::vec;

/// So much of a blob is read at a time.
const PART: usize = 1024 * 1024;

/// So many blobs are listed at a time.
const PAGE: u32 = 1000;

/// A signature that ends within this time is renewed.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// What the reading tells.
pub(super) enum News {
    /// This is the position of this hub now.
    Claimed(FeedbackPosition),
    /// A document, and the place in its blob after it.
    Read {
        blob: Arc<str>,
        position: u64,
        read: Result<DeadHandle, FeedbackError>,
    },
    Failed(FeedbackError),
    /// The container has these blobs no longer.
    Gone(BTreeSet<String>),
}

/// Reads the container in rounds: the list, page by page, and of each blob what is new.
pub(super) struct Follower {
    client: Client,
    /// The pause between two rounds; `None` if there is one only.
    every: Option<Duration>,
    is_claimed: bool,
    /// It was given the position of another hub.
    has_ended: bool,
    /// All up to here has been told.
    position: FeedbackPosition,
    container: Option<BlobContainer>,
    /// When the hub was last asked for the container.
    asked: Option<Instant>,
    round: Round,
    /// What earlier rounds have found of each blob.
    known: BTreeMap<String, Known>,
}

/// How far a round is.
struct Round {
    begins_with_a_pause: bool,
    /// Asks for the page after `blobs`; `None` after the last.
    next: Option<ListBlobs>,
    blobs: vec::IntoIter<Blob>,
    listed: BTreeSet<String>,
    reading: Option<Reading>,
}

/// A blob that is being read.
struct Reading {
    blob: Arc<str>,
    /// As the list says.
    size: u64,
    reader: FeedbackReader,
}

struct Known {
    size: u64,
    /// What stands at its end and has no end of its own, if that has not been told.
    cut_off: Option<ParseError>,
}

impl Round {
    fn new(begins_with_a_pause: bool) -> Round {
        let next = Some(ListBlobs::new().top(PAGE));
        let (blobs, listed) = (Vec::new().into_iter(), BTreeSet::new());
        Round { begins_with_a_pause, next, blobs, listed, reading: None }
    }
}

impl Follower {
    pub(super) fn new(client: Client, from: FeedbackPosition, every: Option<Duration>) -> Follower {
        Follower {
            client,
            every,
            is_claimed: false,
            has_ended: false,
            position: from,
            container: None,
            asked: None,
            round: Round::new(false),
            known: BTreeMap::new(),
        }
    }

    pub(super) fn set_pause(&mut self, pause: Duration) {
        self.every = self.every.map(|_| pause);
    }

    /// Goes on until there is something to tell; `None` at the end.
    pub(super) async fn advance(&mut self) -> Option<Vec<News>> {
        while !self.has_ended {
            match self.step().await {
                Ok(Some(news)) if news.is_empty() => {}
                Ok(news) => return news,
                Err(error) => {
                    // What has been read is not read again, so a round can begin anew at any place.
                    if error.blob_name().is_none() {
                        self.round = Round::new(self.every.is_some());
                    }
                    return Some(vec![News::Failed(error)]);
                }
            }
        }
        None
    }

    async fn step(&mut self) -> Result<Option<Vec<News>>, FeedbackError> {
        if let (true, Some(pause)) = (self.round.begins_with_a_pause, self.every) {
            self.client.transport().runtime().sleep(pause).await;
        }
        self.round.begins_with_a_pause = false;
        if !self.is_claimed {
            let claimed = self.position.claim(self.client.target());
            self.has_ended = claimed.is_err();
            claimed.map_err(|why| FeedbackError::position(why.into()))?;
            self.is_claimed = true;
            return Ok(Some(vec![News::Claimed(self.position.clone())]));
        }
        if let Some(reading) = self.round.reading.take() {
            return self.read_on(reading).await.map(Some);
        }
        if let Some(blob) = self.round.blobs.next() {
            return Ok(Some(self.begin(blob)));
        }
        if let Some(list) = self.round.next.take() {
            let page = self.ask(&list, FeedbackError::list).await?;
            self.round.listed.extend(page.items.iter().map(|blob| blob.name.clone()));
            (self.round.blobs, self.round.next) = (page.items.into_iter(), page.next);
            return Ok(Some(Vec::new()));
        }
        let listed = std::mem::take(&mut self.round.listed);
        self.known.retain(|blob, _| listed.contains(blob));
        let gone = self.position.blobs().filter(|blob| !listed.contains(*blob));
        let gone: BTreeSet<String> = gone.map(str::to_owned).collect();
        self.position.retain(|blob| listed.contains(blob));
        let news = if gone.is_empty() { Vec::new() } else { vec![News::Gone(gone)] };
        if self.every.is_none() && news.is_empty() {
            return Ok(None);
        }
        match self.every {
            Some(_) => self.round = Round::new(true),
            // The end comes with the next step.
            None => self.round.listed = listed,
        }
        Ok(Some(news))
    }

    /// Looks whether there is something new in a blob.
    fn begin(&mut self, blob: Blob) -> Vec<News> {
        let Blob { name, size, .. } = blob;
        if let Some(known) = self.known.get_mut(&name).filter(|known| known.size == size) {
            // A whole round long nothing was written after it.
            let cut_off = known.cut_off.take();
            return cut_off
                .map(|error| News::Failed(FeedbackError::document(&name, error)))
                .into_iter()
                .collect();
        }
        // One that is shorter than before was written anew.
        let from = Some(self.position.of(&name)).filter(|position| *position <= size).unwrap_or(0);
        if from < size {
            self.round.reading = Some(Reading { blob: name.into(), size, reader: FeedbackReader::new(from) });
        }
        Vec::new()
    }

    async fn read_on(&mut self, mut reading: Reading) -> Result<Vec<News>, FeedbackError> {
        let blob = reading.blob.clone();
        let failed = |error| FeedbackError::blob(&blob, error);
        let most = self.client.transport().max_response_size().min(PART) as u64;
        let get = GetBlob::new(&*blob).map_err(|why| failed(why.into()))?;
        let get = get.from(reading.reader.end()).at_most(most);
        let part = match self.ask(&get, failed).await {
            Ok(part) => part,
            // Deleted since it was listed.
            Err(error) if error.as_request().is_some_and(Error::is_not_found) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let BlobPart { content, .. } = part;
        let mut news = Vec::new();
        for (read, position) in reading.reader.push(&content) {
            self.position.set(&*blob, position);
            let read = read.map(DeadHandle::of).map_err(|error| FeedbackError::document(&blob, error));
            news.push(News::Read { blob: blob.clone(), position, read });
        }
        if !content.is_empty() && reading.reader.end() < reading.size {
            self.round.reading = Some(reading);
            return Ok(news);
        }
        let size = reading.reader.end();
        let cut_off = reading.reader.finish();
        // If this is the only round, nobody waits for the rest.
        let (told, cut_off) = if self.every.is_none() { (cut_off, None) } else { (None, cut_off) };
        news.extend(told.map(|error| News::Failed(FeedbackError::document(&blob, error))));
        self.known.insert(blob.to_string(), Known { size, cut_off });
        Ok(news)
    }

    /// Asks the container. If it refuses the signature, the hub is asked for a new one, once.
    async fn ask<O: Operation<BlobContainer>>(
        &mut self,
        operation: &O,
        failed: impl Fn(Error) -> FeedbackError,
    ) -> Result<O::Output, FeedbackError> {
        let transport = self.client.transport().clone();
        let is_new = self.renew_if_it_ends().await?;
        let container = self.container().await?;
        let answer = transport.execute(&container, operation).await;
        match answer {
            Err(error) if !is_new && is_refused(&error) => {
                self.container = None;
                let container = self.container().await?;
                transport.execute(&container, operation).await.map_err(failed)
            }
            answer => answer.map_err(failed),
        }
    }

    /// Drops a container whose signature is about to end. Returns true if the one that is used now is new.
    async fn renew_if_it_ends(&mut self) -> Result<bool, FeedbackError> {
        let runtime = self.client.transport().runtime().clone();
        let end = self.container.as_ref().and_then(BlobContainer::expiration_time);
        let ends = end.is_some_and(|end| end <= OffsetDateTime::from(runtime.now()) + MARGIN);
        // If the clocks differ, a new one seems to end as well.
        let now = runtime.instant();
        let is_old = self.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= MARGIN);
        if ends && is_old {
            self.container = None;
        }
        let is_new = self.container.is_none();
        self.container().await?;
        Ok(is_new)
    }

    async fn container(&mut self) -> Result<BlobContainer, FeedbackError> {
        if let Some(container) = &self.container {
            return Ok(container.clone());
        }
        let uri = self.client.get_feedback_container().await.map_err(FeedbackError::container)?;
        let container = BlobContainer::new(&uri).map_err(|why| FeedbackError::container(why.into()))?;
        self.asked = Some(self.client.transport().runtime().instant());
        Ok(self.container.insert(container).clone())
    }
}

/// Has the signature ended, or does it match no longer? The keys of the storage may have been changed.
fn is_refused(error: &Error) -> bool {
    error.as_service().is_some_and(|answer: &ServiceError| answer.is_unauthorized() || answer.is_forbidden())
}
