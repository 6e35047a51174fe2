use crate::abreast::Abreast;
use crate::client::Client;
use crate::error::Error;
use futures_lite::{Stream, StreamExt};
use nh_core::{GetNotificationDetails, NotificationDetails};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// So many notifications are watched at once, unless set.
const AT_ONCE: usize = 1000;

/// So many are asked for at once, unless set.
const IN_FLIGHT: usize = 16;

impl Client {
    /// Waits for what becomes of many notifications, for at most `time` in all. Each id comes out once, as soon as its outcome is final.
    /// Each is asked for every ten seconds, as the service advises, like
    /// [`wait_for_notification_details`](Client::wait_for_notification_details) does it for one. The service knows within 30 minutes, or
    /// never.
    ///
    /// ```
    /// # use nh_hyper::Notification;
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// let news = Notification::from(Notification::apple(r#"{"aps":{"alert":"News"}}"#)?);
    /// let mut ids = Vec::new();
    /// for tag in ["sports", "politics"] {
    ///     ids.extend(client.send(&news, tag).await?.notification_id);
    /// }
    /// let mut outcomes = client.outcomes(ids, Duration::from_secs(30 * 60));
    /// while let Some(end) = outcomes.next().await {
    ///     println!("{}: {:?}", end.notification_id, end.details?.state);
    /// }
    /// # });
    /// ```
    #[doc(alias("wait_for_outcomes", "telemetry"))]
    pub fn outcomes<'a, I>(&self, notification_ids: I, time: Duration) -> Outcomes<'a>
    where
        I: IntoIterator<Item: Into<String> + 'a, IntoIter: Send + 'a>,
    {
        Outcomes {
            client: self.clone(),
            ids: Some(Box::new(notification_ids.into_iter().map(Into::into))),
            time,
            began: None,
            watched: Abreast::new(self.transport().runtime().clone(), AT_ONCE),
            turns: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }
}

/// What becomes of many notifications: a `Stream` that gives each of them once, in any order. [`Client::outcomes`] returns it.
///
/// At most 1000 notifications are watched at once, and the others are not taken from the iterator before there is room: so a list of any
/// length needs no more memory than that. When the time is over, each of those that are left is asked for a last time.
///
/// ```
/// # use std::time::Duration;
/// # demo::run!(|client, emulator| {
/// let ids = (1..=2000).map(|i| format!("NH-{i}"));         // nobody has sent these
/// let mut outcomes = client.outcomes(ids, Duration::ZERO).at_once(100).in_flight(4);
/// let mut unknown = 0;
/// while let Some(end) = outcomes.next().await {
///     unknown += u32::from(end.details.is_err_and(|error| error.is_not_found()));
/// }
/// assert_eq!(unknown, 2000);
/// # });
/// ```
///
/// An id that stands twice in the list is watched twice. If the stream is dropped, nothing more is asked.
#[must_use = "it asks for nothing before it is awaited"]
pub struct Outcomes<'a> {
    client: Client,
    /// `None` at their end.
    ids: Option<Box<dyn Iterator<Item = String> + Send + 'a>>,
    time: Duration,
    began: Option<Instant>,
    watched: Abreast<String, Result<NotificationDetails, Error>>,
    turns: Arc<Semaphore>,
}

/// What became of one notification.
#[derive(Debug)]
#[non_exhaustive]
pub struct NotificationEnd {
    /// The id, as it was given.
    pub notification_id: String,
    /// The details. If the time was over before their state was final, they are as they were then.
    ///
    /// # Errors
    /// Like those of [`Client::wait_for_notification_details`]: a 404 says that the service knows nothing of this notification.
    pub details: Result<NotificationDetails, Error>,
}

impl Outcomes<'_> {
    /// Sets how many notifications are watched at once: 1000 unless set. 0 counts as 1.
    pub fn at_once(mut self, most: usize) -> Self {
        self.watched = Abreast::new(self.client.transport().runtime().clone(), most);
        self
    }

    /// Sets how many requests are in flight at most: 16 unless set. 0 counts as 1.
    pub fn in_flight(mut self, most: usize) -> Self {
        self.turns = Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)));
        self
    }

    /// Returns what became of the next notification, or `None` after the last. Can be dropped at any time; nothing is lost.
    pub async fn next(&mut self) -> Option<NotificationEnd> {
        StreamExt::next(self).await
    }

    fn watch(&mut self, id: String) {
        let runtime = self.client.transport().runtime();
        let now = runtime.instant();
        let began = *self.began.get_or_insert(now);
        let left = self.time.saturating_sub(now.saturating_duration_since(began));
        let (client, turns) = (self.client.clone(), self.turns.clone());
        self.watched.start(id.clone(), async move {
            let ask = GetNotificationDetails::new(id)?;
            client.details_when_final(&ask, left, Some(&turns)).await
        });
    }
}

impl Stream for Outcomes<'_> {
    type Item = NotificationEnd;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<NotificationEnd>> {
        let this = &mut *self;
        while let Some(ids) = this.ids.as_mut().filter(|_| this.watched.has_room()) {
            match ids.next() {
                Some(id) => this.watch(id),
                None => this.ids = None,
            }
        }
        let end = ready!(this.watched.poll_next(cx));
        Poll::Ready(end.map(|(notification_id, details)| NotificationEnd {
            notification_id,
            details: details.unwrap_or_else(|| Err(Error::runtime_ended())),
        }))
    }
}

// Nothing in it is pinned.
impl Unpin for Outcomes<'_> {}

impl fmt::Debug for Outcomes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes")
            .field("client", &self.client)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}
