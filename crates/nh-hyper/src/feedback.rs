//! The handles that push services have called dead.

mod feedback_error;
mod follower;

pub use feedback_error::FeedbackError;

use crate::client::Client;
use crate::runtime::BoxFuture;
use follower::{Follower, News};
use futures_lite::{Stream, StreamExt};
use nh_core::{DeadHandle, FeedbackPosition};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The container is looked at once in this time, unless set: the service does not say how often it writes.
const EVERY: Duration = Duration::from_secs(60);

impl Client {
    /// Reads all feedback of the hub that there is now, from a position on. Needs a hub of the Standard tier.
    ///
    /// ```
    /// use nh_hyper::FeedbackPosition;
    /// # use nh_emulator::Rejection;
    /// # use nh_hyper::{Notification, PnsHandle, Platform, Registration};
    /// # demo::run!(|client, emulator| {
    /// # client.create_registration(Registration::new(PnsHandle::apple("00AB")?).with_tags(["mine"])?).await?;
    /// # emulator.reject(emulator.hub(), &Platform::Apple, "00AB", Some(Rejection::ExpiredChannel))?;
    /// # client.send(Notification::apple("{}")?, "mine").await?;
    /// let mut feedback = client.read_feedback(FeedbackPosition::START);
    /// while let Some(dead) = feedback.next().await {
    ///     let dead = dead?;
    ///     println!("{:?}: {}", dead.feedback.platform, dead.remedy());
    /// #   assert_eq!(dead.feedback.pns_handle.as_deref(), Some("00AB"));
    /// }
    /// let kept = feedback.position().to_string();   // keep it, and go on there the next time
    ///
    /// let mut later = client.read_feedback(kept.parse()?);
    /// assert!(later.next().await.is_none());
    /// # });
    /// ```
    #[doc(alias = "dead_handles")]
    pub fn read_feedback(&self, from: FeedbackPosition) -> DeadHandles {
        DeadHandles::new(self, from, None)
    }

    /// Reads the feedback of the hub from a position on, and goes on when there is more: it looks every minute, or as
    /// [`every`](DeadHandles::every) says. It ends never.
    ///
    /// ```
    /// use nh_hyper::FeedbackPosition;
    /// # use nh_emulator::Rejection;
    /// # use nh_hyper::{Notification, PnsHandle, Platform, Registration};
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// # client.create_registration(Registration::new(PnsHandle::apple("00AB")?).with_tags(["mine"])?).await?;
    /// # emulator.reject(emulator.hub(), &Platform::Apple, "00AB", Some(Rejection::ExpiredChannel))?;
    /// # client.send(Notification::apple("{}")?, "mine").await?;
    /// let mut feedback = client.follow_feedback(FeedbackPosition::START).every(Duration::from_secs(300));
    /// while let Some(dead) = feedback.next().await {
    ///     match dead {
    ///         Ok(dead) => println!("{}", dead.remedy()),
    ///         Err(error) if error.is_lasting() => return Err(error.into()),
    ///         Err(error) => eprintln!("{error}"),       // it goes on
    ///     }
    /// #   break;
    /// }
    /// # });
    /// ```
    pub fn follow_feedback(&self, from: FeedbackPosition) -> DeadHandles {
        DeadHandles::new(self, from, Some(EVERY))
    }
}

/// The handles that push services have called dead: a `Stream`. [`Client::read_feedback`] and [`Client::follow_feedback`] return it.
///
/// It asks the hub for the container of its feedback, lists the blobs, and reads of each what is new. When the signature of the container
/// ends, or storage refuses it, it asks for a new one.
///
/// **After an error it goes on.** A document that cannot be read is left out, and a blob that cannot be asked for is asked for again in
/// the next round; all else comes out. If nothing can be asked for, each call tries again, when it follows after its pause:
/// stop at an error that [stays](FeedbackError::is_lasting).
///
/// A handle may come out more than once: the hub reports it with each notification that it was in. If a program is killed, what came
/// out after the position that it kept comes out again.
///
/// At most 1 MiB of a blob is in memory at a time, and the documents in it. A page of the list has 1000 blobs.
#[must_use = "it asks for nothing before it is awaited"]
pub struct DeadHandles {
    /// `None` while it is on its way.
    follower: Option<Box<Follower>>,
    on_its_way: Option<BoxFuture<Advanced>>,
    news: VecDeque<News>,
    position: FeedbackPosition,
}

/// A follower that has gone on, and what it tells: `None` at the end.
type Advanced = (Box<Follower>, Option<Vec<News>>);

impl DeadHandles {
    fn new(client: &Client, from: FeedbackPosition, every: Option<Duration>) -> DeadHandles {
        DeadHandles {
            follower: Some(Box::new(Follower::new(client.clone(), from.clone(), every))),
            on_its_way: None,
            news: VecDeque::new(),
            position: from,
        }
    }

    /// Sets how often the container is looked at, if the feedback is followed: every minute unless set. Call it before the first item is
    /// wanted. Each look is one request, and one more for each blob that has grown.
    pub fn every(mut self, pause: Duration) -> DeadHandles {
        if let Some(follower) = &mut self.follower {
            follower.set_pause(pause);
        }
        self
    }

    /// Returns the next dead handle. Returns `None` at the end of what there is now; feedback that is followed has no end. Can be dropped
    /// at any time; nothing is lost.
    ///
    /// # Errors
    /// Fails if the container, a blob or a document cannot be read: see [`FeedbackError`]. The next call goes on.
    pub async fn next(&mut self) -> Option<Result<DeadHandle, FeedbackError>> {
        StreamExt::next(self).await
    }

    /// Returns where the reading stands: all that has come out is before it. Keep it when you have done what is to be done about the last
    /// handle.
    pub fn position(&self) -> &FeedbackPosition {
        &self.position
    }

    fn told(&mut self, news: News) -> Option<Result<DeadHandle, FeedbackError>> {
        match news {
            News::Claimed(position) => {
                self.position = position;
                None
            }
            News::Read { blob, position, read } => {
                self.position.set(&*blob, position);
                Some(read)
            }
            News::Failed(error) => Some(Err(error)),
            News::Gone(blobs) => {
                self.position.retain(|blob| !blobs.contains(blob));
                None
            }
        }
    }
}

impl Stream for DeadHandles {
    type Item = Result<DeadHandle, FeedbackError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            while let Some(news) = this.news.pop_front() {
                if let Some(item) = this.told(news) {
                    return Poll::Ready(Some(item));
                }
            }
            if let Some(mut follower) = this.follower.take() {
                this.on_its_way = Some(Box::pin(async move {
                    let news = follower.advance().await;
                    (follower, news)
                }));
            }
            let Some(on_its_way) = &mut this.on_its_way else { return Poll::Ready(None) };
            let (follower, news) = ready!(on_its_way.as_mut().poll(cx));
            this.on_its_way = None;
            match news {
                Some(news) => {
                    this.follower = Some(follower);
                    this.news.extend(news);
                }
                // The end. What has come in since is read from the position on.
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for DeadHandles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadHandles").field("position", &self.position).finish_non_exhaustive()
    }
}
