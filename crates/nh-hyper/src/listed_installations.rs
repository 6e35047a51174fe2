use crate::client::Client;
use crate::error::Error;
use crate::items::Items;
use futures_lite::{Stream, StreamExt};
use nh_core::{FoldInstallations, IntoTag, ListedInstallation, Registration, Tag};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl Client {
    /// Lists all installations of the hub. The service has no such list: they are folded from that of all registrations
    /// ([`ListedInstallation`]). So it takes the right Manage, and as many requests as the hub has registrations by the hundred.
    ///
    /// Only one page is held in memory. An installation whose push service called its handle dead has no registrations any more, and is
    /// not in the list.
    ///
    /// ```
    /// # use nh_hyper::{Installation, Platform};
    /// # demo::run!(|client, emulator| {
    /// let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c")?.with_user("bob@contoso.com")?;
    /// client.put_installation(phone).await?;
    /// let mut installations = client.list_installations();
    /// while let Some(installation) = installations.next().await {
    ///     let installation = installation?;
    ///     println!("{} of {:?}", installation.installation_id, installation.user_id);
    /// }
    /// # });
    /// ```
    pub fn list_installations(&self) -> ListedInstallations {
        ListedInstallations::new(self.list_registrations(), FoldInstallations::of_all())
    }

    /// Lists the installations with a tag: their own, or one of a template of theirs.
    ///
    /// A page is held in memory, and the id of each installation that was seen.
    ///
    /// ```
    /// # use nh_hyper::{Installation, Platform};
    /// # demo::run!(|client, emulator| {
    /// let phone = Installation::new("a213b4b2", Platform::FcmV1, "dk3:APA91b_aB-c")?.with_tags(["beta"])?;
    /// client.put_installation(phone).await?;
    /// let mut installations = client.list_installations_by_tag("beta")?;
    /// assert_eq!(installations.next().await.expect("there is one")?.installation_id, "a213b4b2");
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails if the tag is not legal.
    pub fn list_installations_by_tag(&self, tag: impl IntoTag) -> Result<ListedInstallations, Error> {
        Ok(ListedInstallations::new(self.list_registrations_by_tag(tag)?, FoldInstallations::of_some()))
    }

    /// Lists the installations of a user.
    ///
    /// A page is held in memory, and the id of each installation that was seen.
    ///
    /// ```
    /// # use nh_hyper::{Installation, Platform};
    /// # demo::run!(|client, emulator| {
    /// for (id, user) in [("phone", "bob"), ("tablet", "bob"), ("other", "eve")] {
    ///     client.put_installation(Installation::new(id, Platform::FcmV1, id)?.with_user(user)?).await?;
    /// }
    /// let mut installations = client.list_installations_by_user("bob")?;
    /// let mut ids = Vec::new();
    /// while let Some(installation) = installations.next().await {
    ///     ids.push(installation?.installation_id);
    /// }
    /// ids.sort();
    /// assert_eq!(ids, ["phone", "tablet"]);
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails if [`Tag::user`] refuses the id.
    pub fn list_installations_by_user(&self, user_id: impl AsRef<str>) -> Result<ListedInstallations, Error> {
        self.list_installations_by_tag(Tag::user(user_id)?)
    }
}

/// The installations of a hub: a `Stream` that gives each of them once. [`Client::list_installations`] returns it.
///
/// After an error it goes on, like [`Items`]: the next call asks for the same page again.
#[must_use = "it asks for nothing before its first item is wanted"]
pub struct ListedInstallations {
    registrations: Items<Registration>,
    /// `None` at the end.
    fold: Option<FoldInstallations>,
    last: VecDeque<ListedInstallation>,
}

impl ListedInstallations {
    fn new(registrations: Items<Registration>, fold: FoldInstallations) -> ListedInstallations {
        ListedInstallations { registrations, fold: Some(fold), last: VecDeque::new() }
    }

    /// Returns the next installation, or `None` after the last.
    ///
    /// # Errors
    /// Fails like [`Client::execute`] if a page cannot be read. The next call asks for that page again.
    pub async fn next(&mut self) -> Option<Result<ListedInstallation, Error>> {
        StreamExt::next(self).await
    }
}

impl Stream for ListedInstallations {
    type Item = Result<ListedInstallation, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while let Some(fold) = &mut this.fold {
            match ready!(Pin::new(&mut this.registrations).poll_next(cx)) {
                Some(Ok(registration)) => {
                    if let Some(installation) = fold.push(&registration) {
                        return Poll::Ready(Some(Ok(installation)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => this.last.extend(this.fold.take().into_iter().flat_map(FoldInstallations::finish)),
            }
        }
        Poll::Ready(this.last.pop_front().map(Ok))
    }
}

impl fmt::Debug for ListedInstallations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedInstallations").field("fold", &self.fold).finish_non_exhaustive()
    }
}
