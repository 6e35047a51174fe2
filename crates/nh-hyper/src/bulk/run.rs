use super::flight::{Flight, Landed, News};
use super::journal::{ErasedJournal, Opened, Recorded, RunIdentity};
use super::{Account, BulkError, BulkSend, End, PartEnd};
use crate::call_options::CallOptions;
use crate::client::Client;
use crate::error::Error;
use crate::measure;
use crate::runtime::{BoxFuture, Erased};
use futures_lite::{Stream, StreamExt};
use nh_core::retry::{Fate, Pace, RetryPolicy, Turn};
use nh_core::{SendAll, SendPart, Target};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// If the first parts are all refused, something is wrong that all have in common, such as the payload.
const FIRST_REFUSALS: u32 = 3;

type Parts<'a> = Pin<Box<dyn Stream<Item = io::Result<SendPart>> + Send + 'a>>;

/// A bulk run: a `Stream` of the parts that have come to their end, in any order. It sends only while it is awaited. If it gives an
/// error, it has ended.
///
/// ```
/// use nh_hyper::bulk::End;
/// use nh_hyper::{Notification, SendAll};
///
/// # demo::run!(|client, emulator| {
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let handles: Vec<String> = (0..2500).map(|i| format!("{i:064x}")).collect();
///
/// let mut run = client.bulk(SendAll::to_devices(hello)).run(&handles);
/// while let Some(part) = run.next().await {
///     let part = part?;
///     match part.end() {
///         Some(End::Sent { notification_id, .. }) => println!("{:?}: {notification_id:?}", part.places()),
///         other => println!("{:?}: {other:?}", part.places()),
///     }
/// }
/// assert!(run.account().is_complete());
/// # });
/// ```
///
/// If the run is dropped, requests in flight are still carried to their end by tasks of the runtime, and the journal tells of them.
/// Better [stop](BulkRun::stop) it, and await its end.
#[must_use = "this sends nothing until it is awaited"]
pub struct BulkRun<'a> {
    client: Client,
    runtime: Arc<dyn Erased>,
    journal: Option<Arc<dyn ErasedJournal>>,
    repeat_unknown: bool,
    /// So many parts were made.
    made: u64,
    pace: Pace,
    identity: RunIdentity,
    /// `None` at its end.
    parts: Option<Parts<'a>>,
    opening: Option<BoxFuture<io::Result<Opened>>>,
    /// The highest number of a part that the journal knows.
    last_recorded: u64,
    /// The part that is asked for in the journal.
    looking: Option<(SendPart, BoxFuture<io::Result<Option<Recorded>>>)>,
    /// What goes out next.
    next: Option<Waiting>,
    /// Those that were certainly not sent, to be tried again.
    again: VecDeque<Waiting>,
    news: (UnboundedSender<News>, UnboundedReceiver<News>),
    /// How many parts are on their way: in flight, or to be recorded.
    on_their_way: usize,
    timer: Option<BoxFuture<()>>,
    account: Account,
    refusals: u32,
    last_place: u64,
    last_error: Option<Error>,
    is_stopped: bool,
    error: Option<BulkError>,
}

/// A part that is to be sent.
struct Waiting {
    part: SendPart,
    /// How the last try ended.
    last_try: Option<End>,
}

/// What becomes of a part that was made.
enum Supply {
    /// There is one to send.
    Ready,
    /// It is at its end already.
    Ended(PartEnd),
    /// There are no more.
    Exhausted,
}

impl<'a> BulkRun<'a> {
    pub(super) fn new(bulk: BulkSend, parts: impl FnOnce(SendAll) -> Parts<'a>) -> BulkRun<'a> {
        let BulkSend { client, sends, in_flight, journal, repeat_unknown } = bulk;
        // The pace must see each refusal, so no attempt is hidden in another.
        let client = client.with_options(CallOptions::new().retry(RetryPolicy::NEVER));
        let runtime = client.transport().runtime().clone();
        let hub = client.target();
        let authority = hub.address().authority().map_or("", |authority| authority.as_str());
        let identity = RunIdentity {
            hub: format!("{authority}/{hub}"),
            recipients: format!("{} {}", sends.part_size(), sends.unit()),
            content: sends.content_hash(),
        };
        BulkRun {
            pace: Pace::new(in_flight, runtime.instant()),
            runtime,
            client,
            opening: journal.clone().map(|journal| journal.open(identity.clone())),
            identity,
            journal,
            repeat_unknown,
            made: 0,
            parts: Some(parts(sends)),
            last_recorded: 0,
            looking: None,
            next: None,
            again: VecDeque::new(),
            news: unbounded_channel(),
            on_their_way: 0,
            timer: None,
            account: Account::default(),
            refusals: 0,
            last_place: 0,
            last_error: None,
            is_stopped: false,
            error: None,
        }
    }

    /// Returns the next part that has come to its end, or `None` after the last. Can be dropped at any time; nothing is lost.
    pub async fn next(&mut self) -> Option<Result<PartEnd, BulkError>> {
        StreamExt::next(self).await
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// Fails if the run ends before the end of the list: see [`BulkError`]. [`account`](BulkRun::account) still tells what was done.
    pub async fn finish(&mut self) -> Result<Account, BulkError> {
        while let Some(part) = self.next().await {
            part?;
        }
        Ok(self.account)
    }

    /// Makes no further requests. Await the run until it gives `None`: those in flight come to their end. Parts that wait for another
    /// try end as [`End::NotSent`].
    ///
    /// ```
    /// use nh_hyper::{Notification, SendAll};
    ///
    /// # demo::run!(|client, emulator| {
    /// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    /// let mut run = client.bulk(SendAll::to_devices(hello)).run(std::iter::repeat("ab12")); // without end
    /// run.next().await.expect("there is one")?;
    /// run.stop();
    /// let account = run.finish().await?;
    /// assert!(account.sent >= 1000 && account.not_sent == 0);
    /// # });
    /// ```
    pub fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// Returns how many recipients have ended in which way so far.
    pub fn account(&self) -> Account {
        self.account
    }

    /// Returns the place of the last recipient that has come to an end or is on its way. Nothing was sent to those after it.
    pub fn last_place(&self) -> u64 {
        self.last_place
    }

    /// Returns how many requests are in flight.
    pub fn in_flight(&self) -> u32 {
        self.pace.in_flight()
    }

    /// Returns how long nothing goes out, because the service throttles or no request comes through. Zero if nothing holds it back.
    pub fn held_back(&self) -> Duration {
        self.pace.wait(self.runtime.instant())
    }

    /// Returns why the latest request failed that was not sent or is of unknown fate.
    pub fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<PartEnd, BulkError>>> {
        loop {
            if let Poll::Ready(Some(news)) = self.news.1.poll_recv(cx) {
                match news {
                    News::Sent(began) => self.pace.after(None, began, self.runtime.instant()),
                    News::Landed(landed) => {
                        if let Some(end) = self.land(landed) {
                            return Poll::Ready(Some(Ok(end)));
                        }
                    }
                }
                continue;
            }
            if self.is_stopped || self.error.is_some() {
                return self.poll_end();
            }
            match self.poll_supply(cx) {
                Poll::Ready(Ok(Supply::Ready)) => match self.turn() {
                    Turn::Go => self.go(),
                    Turn::Wait(wait) => {
                        let timer = self.timer.insert(self.runtime.sleep(wait));
                        ready!(timer.as_mut().poll(cx));
                    }
                    Turn::GiveUp => self.error = Some(BulkError::gave_up(self.last_error.take())),
                    _ => return Poll::Pending,
                },
                Poll::Ready(Ok(Supply::Ended(end))) => return Poll::Ready(Some(Ok(self.ended(end)))),
                Poll::Ready(Ok(Supply::Exhausted)) => return self.poll_end(),
                Poll::Ready(Err(why)) => self.error = Some(why),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// What is left to do when no more are sent.
    fn poll_end(&mut self) -> Poll<Option<Result<PartEnd, BulkError>>> {
        if self.on_their_way > 0 {
            return Poll::Pending;
        }
        // What was never tried belongs to the rest of the list.
        let tried = self.again.pop_front().or(self.next.take_if(|next| next.last_try.is_some()));
        if let Some(Waiting { part, last_try }) = tried {
            return Poll::Ready(Some(Ok(self.ended(end_of(part, last_try, false)))));
        }
        self.is_stopped = true;
        Poll::Ready(self.error.take().map(Err))
    }

    fn turn(&mut self) -> Turn {
        // Another call over this transport may have met the throttle.
        match self.client.transport().held_back(self.client.target().address()) {
            Some(wait) => Turn::Wait(wait),
            None => self.pace.turn(self.runtime.instant()),
        }
    }

    fn go(&mut self) {
        let Some(Waiting { part, .. }) = self.next.take() else { return };
        self.last_place = self.last_place.max(*part.places().end());
        self.account.requests += 1;
        self.on_their_way += 1;
        let flight = Flight::new(part, self.runtime.instant(), self.news.0.clone());
        self.runtime.spawn(Box::pin(flight.fly(self.client.clone(), self.journal.clone())));
    }

    /// Takes note of a part that has come back. `None` if it goes out again.
    fn land(&mut self, landed: Box<Landed>) -> Option<PartEnd> {
        let Landed { part, began, end, fate, error, journal } = *landed;
        self.on_their_way -= 1;
        if let Some(began) = began {
            self.pace.after(fate, began, self.runtime.instant());
        }
        if let Some(why) = journal {
            self.error.get_or_insert(BulkError::journal(why));
        }
        match (&end, error) {
            (End::Sent { .. }, _) => self.refusals = 0,
            (_, Some(error)) if error.is_of_all() => {
                self.error.get_or_insert(BulkError::refused(error));
            }
            (End::Refused { .. }, Some(error)) => {
                self.refusals += 1;
                if self.account.sent == 0 && self.refusals >= FIRST_REFUSALS {
                    self.error.get_or_insert(BulkError::refused(error));
                }
            }
            (_, error) => self.last_error = error.or(self.last_error.take()),
        }
        if matches!(fate, Some(Fate::NotDone { .. })) && self.error.is_none() {
            self.again.push_back(Waiting { part, last_try: Some(end) });
            return None;
        }
        let end = end_of(part, Some(end), false);
        Some(self.ended(end))
    }

    fn ended(&mut self, end: PartEnd) -> PartEnd {
        self.last_place = self.last_place.max(*end.places.end());
        let before = self.account;
        self.account.add(&end);
        measure::bulk(&before, &self.account);
        end
    }

    /// Sees that there is a part to send next.
    fn poll_supply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Supply, BulkError>> {
        if let Some(opening) = &mut self.opening {
            let opened = ready!(opening.as_mut().poll(cx));
            self.opening = None;
            self.opened(opened.map_err(BulkError::journal)?)?;
        }
        loop {
            if self.next.is_none() {
                self.next = self.again.pop_front();
            }
            if self.next.is_some() {
                return Poll::Ready(Ok(Supply::Ready));
            }
            if let Some((_, recorded)) = &mut self.looking {
                let recorded = ready!(recorded.as_mut().poll(cx)).map_err(BulkError::journal)?;
                if let Some((part, _)) = self.looking.take()
                    && let Some(end) = self.found(part, recorded)?
                {
                    return Poll::Ready(Ok(Supply::Ended(end)));
                }
                continue;
            }
            let Some(parts) = &mut self.parts else {
                // Parts on their way may come back to be tried again.
                return match self.on_their_way {
                    0 => Poll::Ready(Ok(Supply::Exhausted)),
                    _ => Poll::Pending,
                };
            };
            let part = ready!(parts.as_mut().poll_next(cx)).transpose().map_err(BulkError::input)?;
            match &part {
                Some(part) => self.made = part.number(),
                None => self.parts = None,
            }
            if self.parts.is_none() && self.made < self.last_recorded {
                let problem =
                    format!("it had at least {} parts, and now has {}", self.last_recorded, self.made);
                return Poll::Ready(Err(BulkError::other_list(problem)));
            }
            match (part, &self.journal) {
                (None, _) => {}
                (Some(part), _) if part.send().is_none() => {
                    return Poll::Ready(Ok(Supply::Ended(end_of(part, None, false))));
                }
                (Some(part), Some(journal)) if part.number() <= self.last_recorded => {
                    let recorded = journal.clone().recorded(part.number());
                    self.looking = Some((part, recorded));
                }
                (Some(part), _) => self.next = Some(Waiting { part, last_try: None }),
            }
        }
    }

    fn opened(&mut self, opened: Opened) -> Result<(), BulkError> {
        let (earlier, now) = (opened.run, self.identity.clone());
        for (what, earlier, now) in [
            ("hub", earlier.hub, now.hub),
            ("kind of recipients", earlier.recipients, now.recipients),
            ("hash of the notification", earlier.content, now.content),
        ] {
            if earlier != now {
                return Err(BulkError::other_run(what, earlier, now));
            }
        }
        self.last_recorded = opened.last_part;
        Ok(())
    }

    /// What the journal says of a part. `None` if it is to be sent.
    fn found(&mut self, part: SendPart, recorded: Option<Recorded>) -> Result<Option<PartEnd>, BulkError> {
        let Some(Recorded { digest, end }) = recorded else {
            self.next = Some(Waiting { part, last_try: None });
            return Ok(None);
        };
        if digest != part.digest() {
            let (first, last) = (part.places().start().to_string(), part.places().end().to_string());
            let problem = format!("the recipients at the places {first} to {last}, or before, are others");
            return Err(BulkError::other_list(problem));
        }
        let reason = || "the run ended while this part was in flight".to_owned();
        let end = end.unwrap_or_else(|| End::Unknown { reason: reason() });
        let is_sent_again = match end {
            End::NotSent { .. } => true,
            End::Unknown { .. } => self.repeat_unknown,
            End::Sent { .. } | End::Refused { .. } => false,
        };
        if is_sent_again {
            self.next = Some(Waiting { part, last_try: None });
            return Ok(None);
        }
        Ok(Some(end_of(part, Some(end), true)))
    }
}

fn end_of(part: SendPart, end: Option<End>, is_earlier: bool) -> PartEnd {
    PartEnd {
        number: part.number(),
        places: part.places(),
        recipients: part.recipients(),
        refused: part.into_refused(),
        end,
        is_earlier,
    }
}

impl Stream for BulkRun<'_> {
    type Item = Result<PartEnd, BulkError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_part(cx)
    }
}

impl fmt::Debug for BulkRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkRun")
            .field("account", &self.account)
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
