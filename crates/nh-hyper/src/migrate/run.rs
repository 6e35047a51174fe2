use super::moving;
use super::{End, Moved, Subject, Totals};
use crate::client::Client;
use crate::error::Error;
use crate::items::Items;
use crate::runtime::BoxFuture;
use futures_lite::{Stream, StreamExt};
use nh_core::{Platform, Registration, Target};
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A run of a migration: a `Stream` of what became of each legacy registration and installation, in any order. It works only
/// while it is awaited. If it gives an error, it has ended.
///
/// The error is one that every other would meet, too: the key has no right, the hub is not there, there is no network, or the
/// list cannot be read. What one registration alone meets is [`End::Failed`].
///
/// It can be dropped at any time. What it was working on is done or not done; the next run finds out.
#[must_use = "this does nothing until it is awaited"]
pub struct MigrationRun {
    client: Client,
    in_flight: usize,
    left: u64,
    plan: bool,
    /// `None` at the end of the list.
    list: Option<Items<Registration>>,
    /// How many times the list was begun.
    looks: u32,
    /// How many were new in this look, and in the one before.
    found: (u64, u64),
    /// What was looked at, as hashes: the list may give a registration twice, and an installation has several registrations. Two ids
    /// with one hash are as good as never there. If they are, the next run takes the second, as its hashes are others.
    seen: HashSet<u64>,
    hashes: RandomState,
    /// Those that wait because another of the same token is in flight: else both would make a successor.
    waiting: VecDeque<Waiting>,
    flights: Vec<Flight>,
    totals: Totals,
    is_stopped: bool,
    error: Option<Error>,
}

/// What is to be worked on.
enum Waiting {
    Registration(Box<Registration>),
    Installation(String),
}

struct Flight {
    subject: Subject,
    /// The token, if it is a registration.
    token: Option<String>,
    moving: BoxFuture<End>,
}

impl Waiting {
    fn token(&self) -> Option<&str> {
        match self {
            Waiting::Registration(old) => old.handle().parts().next().map(|(_, token)| token),
            Waiting::Installation(_) => None,
        }
    }
}

impl MigrationRun {
    pub(super) fn new(client: Client, in_flight: usize, limit: u64, plan: bool) -> MigrationRun {
        MigrationRun {
            list: Some(client.list_registrations()),
            client,
            in_flight,
            left: limit,
            plan,
            looks: 1,
            found: (0, u64::MAX),
            seen: HashSet::new(),
            hashes: RandomState::new(),
            waiting: VecDeque::new(),
            flights: Vec::new(),
            totals: Totals::default(),
            is_stopped: false,
            error: None,
        }
    }

    /// Returns what became of the next one, or `None` after the last.
    ///
    /// # Errors
    /// Fails with what ends the run: see [`MigrationRun`].
    pub async fn next(&mut self) -> Option<Result<Moved, Error>> {
        StreamExt::next(self).await
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// Fails if the run ends before the end of the list: see [`MigrationRun`]. [`totals`](MigrationRun::totals) still tells what was
    /// done.
    pub async fn finish(&mut self) -> Result<Totals, Error> {
        while let Some(moved) = self.next().await {
            moved?;
        }
        Ok(self.totals)
    }

    /// Begins no further ones. Await the run until it gives `None`: those in flight come to their end.
    pub fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// Returns how many ended in which way so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Returns how many are worked on.
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Returns how long nothing goes out, because the service throttles. Zero if nothing holds it back.
    pub fn held_back(&self) -> Duration {
        self.client.transport().held_back(self.client.target().address()).unwrap_or_default()
    }

    /// Returns true if the last look through the list found nothing new. Ask it at the end. It is false if the run was stopped,
    /// came to its [limit](super::GcmMigration::limit), or if apps register for the legacy protocol as fast as the run works. A plan
    /// looks once.
    pub fn is_complete(&self) -> bool {
        let (found, _) = self.found;
        self.list.is_none() && !self.is_stopped && (self.plan || found == 0)
    }

    fn poll_moved(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Moved, Error>>> {
        loop {
            if let Some(moved) = self.poll_flights(cx) {
                return Poll::Ready(Some(Ok(moved)));
            }
            if self.is_stopped || self.error.is_some() {
                return self.poll_end();
            }
            if self.flights.len() >= self.in_flight {
                return Poll::Pending;
            }
            if let Some(next) = self.take_waiting() {
                self.go(next);
                continue;
            }
            // Many of one token do not fill the memory.
            if self.waiting.len() >= self.in_flight {
                return Poll::Pending;
            }
            if self.list.is_some() {
                ready!(self.poll_list(cx));
            } else if !self.flights.is_empty() {
                return Poll::Pending;
            } else if !self.look_again() {
                return Poll::Ready(None);
            }
        }
    }

    /// Reads the list until there is one to work on, or until its end.
    fn poll_list(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let waiting = self.waiting.len();
        while self.waiting.len() == waiting
            && let Some(list) = &mut self.list
        {
            match ready!(list.poll_next(cx)) {
                Some(Ok(registration)) => self.note(registration),
                Some(Err(error)) => {
                    self.error = Some(error);
                    break;
                }
                None => self.list = None,
            }
        }
        Poll::Ready(())
    }

    /// What comes to its end. The others are polled, too: each asks to be woken.
    fn poll_flights(&mut self, cx: &mut Context<'_>) -> Option<Moved> {
        let ready = self.flights.iter_mut().enumerate().find_map(|(place, flight)| {
            match flight.moving.as_mut().poll(cx) {
                Poll::Ready(end) => Some((place, end)),
                Poll::Pending => None,
            }
        });
        let (place, end) = ready?;
        let Flight { subject, .. } = self.flights.swap_remove(place);
        match end {
            End::Failed(error) if is_of_all(&error) => {
                self.error.get_or_insert(error);
                self.poll_flights(cx)
            }
            end => {
                self.totals.add(&end);
                Some(Moved { subject, end })
            }
        }
    }

    fn poll_end(&mut self) -> Poll<Option<Result<Moved, Error>>> {
        if !self.flights.is_empty() {
            return Poll::Pending;
        }
        self.is_stopped = true;
        Poll::Ready(self.error.take().map(Err))
    }

    /// Looks at a registration of the list.
    fn note(&mut self, registration: Registration) {
        if self.looks == 1 {
            self.totals.listed += 1;
        }
        if *registration.platform() != Platform::Gcm {
            return;
        }
        let next = match (registration.installation_id(), registration.id()) {
            (Some(id), _) => Waiting::Installation(id.to_owned()),
            (None, Some(_)) => Waiting::Registration(Box::new(registration)),
            // The service has none without an id.
            (None, None) => return,
        };
        if !self.seen.insert(self.hashes.hash_one(subject(&next))) {
            return;
        }
        self.found.0 += 1;
        self.waiting.push_back(next);
    }

    fn take_waiting(&mut self) -> Option<Waiting> {
        let flights = &self.flights;
        let is_free = |token: Option<&str>| {
            token.is_none() || flights.iter().all(|flight| flight.token.as_deref() != token)
        };
        let place = self.waiting.iter().position(|waiting| is_free(waiting.token()))?;
        self.waiting.remove(place)
    }

    fn go(&mut self, next: Waiting) {
        if self.left == 0 {
            self.is_stopped = true;
            return;
        }
        self.left -= 1;
        let (client, plan, subject) = (self.client.clone(), self.plan, subject(&next));
        let token = next.token().map(str::to_owned);
        let moving: BoxFuture<End> = match (next, &subject) {
            (Waiting::Registration(old), _) if plan => Box::pin(moving::plan_registration(client, *old)),
            (Waiting::Installation(id), _) => Box::pin(moving::installation(client, id, plan)),
            (Waiting::Registration(_), Subject::Registration(id) | Subject::Installation(id)) => {
                Box::pin(moving::registration(client, id.clone()))
            }
        };
        self.flights.push(Flight { subject, token, moving });
    }

    /// Pages may shift while registrations come and go, so the list is read until there is nothing new in it. Apps may register for
    /// the legacy protocol in the meantime: if a look finds no fewer than the one before, it was the last.
    fn look_again(&mut self) -> bool {
        let (found, before) = self.found;
        if self.plan || found == 0 || found >= before {
            return false;
        }
        self.found = (0, found);
        self.looks += 1;
        self.list = Some(self.client.list_registrations());
        true
    }
}

fn subject(waiting: &Waiting) -> Subject {
    match waiting {
        Waiting::Registration(old) => Subject::Registration(old.id().unwrap_or_default().to_owned()),
        Waiting::Installation(id) => Subject::Installation(id.clone()),
    }
}

/// Would every other meet the same? The key, the hub or the network is wrong, not a registration.
fn is_of_all(error: &Error) -> bool {
    let by_service = |error: &nh_core::ServiceError| {
        error.is_unauthorized() || error.is_forbidden() || error.is_not_found() || error.is_throttled()
    };
    error.is_lasting() || error.is_connect() || error.as_service().is_some_and(by_service)
}

impl Stream for MigrationRun {
    type Item = Result<Moved, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_moved(cx)
    }
}

impl fmt::Debug for MigrationRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationRun")
            .field("totals", &self.totals)
            .field("in_flight", &self.flights.len())
            .finish_non_exhaustive()
    }
}
