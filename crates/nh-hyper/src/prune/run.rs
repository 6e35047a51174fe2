use super::ABREAST;
use super::plan::{Found, is_gone};
use crate::abreast::Abreast;
use crate::client::Client;
use crate::error::Error;
use futures_lite::{Stream, StreamExt};
use nh_core::{
    DeadHandle, DeleteInstallation, DeleteRegistration, Deletion, GetRegistration, KeptBecause, Prunable,
};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl Client {
    /// Deletes what a plan names: see [`prune`](crate::prune). Nothing is deleted before the stream is awaited. A plan can be run again:
    /// what is gone is gone.
    pub fn prune(&self, deletions: impl IntoIterator<Item = Deletion, IntoIter: Send + 'static>) -> Prune {
        Prune {
            client: self.clone(),
            deletions: Some(Box::new(deletions.into_iter())),
            deleting: Abreast::new(self.transport().runtime().clone(), ABREAST),
            report: PruneReport::default(),
        }
    }

    async fn delete_dead(&self, what: Prunable, dead: DeadHandle) -> Result<Pruned, Error> {
        let deleted = match what {
            Prunable::Installation(id) => {
                match self.look_at_installation(id.clone(), &dead).await? {
                    Found::Deletion(_) => {}
                    Found::Kept(KeptBecause::Gone) => return Ok(Pruned::Gone),
                    Found::Kept(_) => return Ok(Pruned::Kept),
                }
                self.execute(&DeleteInstallation::new(id)?).await
            }
            Prunable::Registration(id) => {
                let registration = match self.execute(&GetRegistration::new(&*id)?).await {
                    Ok(registration) if dead.is_of_registration(&registration) => registration,
                    Ok(_) => return Ok(Pruned::Kept),
                    Err(error) if is_gone(&error) => return Ok(Pruned::Gone),
                    Err(error) => return Err(error),
                };
                let delete = DeleteRegistration::new(id)?.if_match(registration.if_match()?);
                self.execute(&delete).await
            }
        };
        match deleted {
            Ok(()) => Ok(Pruned::Deleted),
            Err(error) if is_gone(&error) => Ok(Pruned::Gone),
            // Somebody has written it since it was looked at.
            Err(error) if error.as_service().is_some_and(nh_core::ServiceError::is_precondition_failed) => {
                Ok(Pruned::Kept)
            }
            Err(error) => Err(error),
        }
    }
}

/// Deletes what a plan names: a `Stream` of the deletions that have come to an end, in any order. [`Client::prune`] returns it. If it is
/// dropped, nothing more is begun.
///
/// ```
/// use nh_hyper::FeedbackPosition;
///
/// # demo::run!(|client, emulator| {
/// let plan = client.plan_prune(FeedbackPosition::START).await?;
/// let mut prune = client.prune(plan.deletions);
/// while let Some(end) = prune.next().await {
///     match end.result {
///         Ok(pruned) => println!("{}: {pruned:?}", end.deletion.what),
///         Err(error) => eprintln!("{}: {error}", end.deletion.what),
///     }
/// }
/// assert_eq!(prune.report().failed, 0);
/// # });
/// ```
#[must_use = "it deletes nothing before it is awaited"]
pub struct Prune {
    client: Client,
    /// `None` at their end.
    deletions: Option<Box<dyn Iterator<Item = Deletion> + Send>>,
    deleting: Abreast<Deletion, Result<Pruned, Error>>,
    report: PruneReport,
}

/// What became of one deletion of a plan.
#[derive(Debug)]
#[non_exhaustive]
pub struct PruneEnd {
    /// The deletion.
    pub deletion: Deletion,
    /// What became of it.
    ///
    /// # Errors
    /// Like those of [`Client::execute`].
    pub result: Result<Pruned, Error>,
}

/// What became of a thing that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pruned {
    /// It was there, and is deleted.
    Deleted,
    /// It was gone already.
    Gone,
    /// It is kept: it has another handle by now, or was written in this moment.
    Kept,
}

/// How many deletions ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PruneReport {
    /// They were there, and are deleted.
    pub deleted: u64,
    /// They were gone already.
    pub gone: u64,
    /// They are kept: they have another handle by now.
    pub kept: u64,
    /// They could not be deleted. A further plan names them again.
    pub failed: u64,
}

impl Prune {
    /// Returns the next deletion that has come to an end, or `None` after the last. Can be dropped at any time; nothing is lost.
    pub async fn next(&mut self) -> Option<PruneEnd> {
        StreamExt::next(self).await
    }

    /// Runs to the end.
    pub async fn finish(&mut self) -> PruneReport {
        while self.next().await.is_some() {}
        self.report
    }

    /// Returns how many have ended in which way so far.
    pub fn report(&self) -> PruneReport {
        self.report
    }
}

impl Stream for Prune {
    type Item = PruneEnd;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PruneEnd>> {
        let this = &mut *self;
        while let Some(deletions) = this.deletions.as_mut().filter(|_| this.deleting.has_room()) {
            let Some(deletion) = deletions.next() else {
                this.deletions = None;
                break;
            };
            let (client, Deletion { what, dead, .. }) = (this.client.clone(), deletion.clone());
            this.deleting.start(deletion, async move { client.delete_dead(what, dead).await });
        }
        let Some((deletion, result)) = ready!(this.deleting.poll_next(cx)) else { return Poll::Ready(None) };
        let result = result.unwrap_or_else(|| Err(Error::runtime_ended()));
        match &result {
            Ok(Pruned::Deleted) => this.report.deleted += 1,
            Ok(Pruned::Gone) => this.report.gone += 1,
            Ok(Pruned::Kept) => this.report.kept += 1,
            Err(_) => this.report.failed += 1,
        }
        Poll::Ready(Some(PruneEnd { deletion, result }))
    }
}

// Nothing in it is pinned.
impl Unpin for Prune {}

impl fmt::Debug for Prune {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prune")
            .field("client", &self.client)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
