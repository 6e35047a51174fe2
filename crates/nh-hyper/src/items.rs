use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::transport::Transport;
use futures_lite::{Stream, StreamExt};
use nh_core::{Hub, List};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

/// The items of a list: a `Stream` that asks for the next page when the items of the last one are used up. It ends after the last
/// page.
///
/// **After an error it goes on.** The next call asks for the same page again, so no item is lost and none comes twice. Stop at an
/// error that stays: a loop that ignores errors would ask for ever.
///
/// [`continuation_token`](Items::continuation_token) says where the list stands. Keep it, and go on later, in another process if
/// need be:
///
/// ```
/// use nh_hyper::nh_core::ListRegistrations;
///
/// # demo::run!(|client, emulator| {
/// let mut first = client.list(ListRegistrations::new().top(5));
/// for _ in 0..5 {
///     println!("{:?}", first.next().await.expect("there are ten")?.id());
/// }
/// // The five of the first page are used up: the token is that of the second.
/// let token = first.continuation_token().expect("there is a second page").to_owned();
///
/// let mut rest = client.list(ListRegistrations::new().top(5).after(&token)?);
/// let mut count = 0;
/// while let Some(registration) = rest.next().await {
///     println!("{:?}", registration?.id());
///     count += 1;
/// }
/// assert_eq!(count, 5);
/// # });
/// ```
#[must_use = "it asks for nothing before its first item is wanted"]
pub struct Items<T> {
    transport: Transport,
    hub: Hub,
    items: vec::IntoIter<T>,
    /// Asks for the page after `items`.
    next: Option<Arc<dyn Ask<T>>>,
    asking: Option<BoxFuture<Result<Asked<T>, Error>>>,
}

/// What a page holds, and what asks for the page after it.
type Asked<T> = (Vec<T>, Option<Arc<dyn Ask<T>>>);

/// A list without its type.
trait Ask<T>: Send + Sync {
    fn continuation_token(&self) -> Option<&str>;
    fn ask(self: Arc<Self>, transport: Transport, hub: Hub) -> BoxFuture<Result<Asked<T>, Error>>;
}

impl<L: List<Item: Send> + 'static> Ask<L::Item> for L {
    fn continuation_token(&self) -> Option<&str> {
        List::continuation_token(self)
    }

    fn ask(self: Arc<L>, transport: Transport, hub: Hub) -> BoxFuture<Result<Asked<L::Item>, Error>> {
        Box::pin(async move {
            let page = transport.execute(&hub, &*self).await?;
            Ok((page.items, page.next.map(|next| Arc::new(next) as Arc<dyn Ask<L::Item>>)))
        })
    }
}

impl<T: Send + 'static> Items<T> {
    pub(crate) fn new(transport: Transport, hub: Hub, first: impl List<Item = T> + 'static) -> Items<T> {
        Items { transport, hub, items: Vec::new().into_iter(), next: Some(Arc::new(first)), asking: None }
    }

    /// Returns the next item, or `None` after the last one. It needs no stream library.
    ///
    /// # Errors
    /// Fails like [`Client::execute`](crate::Client::execute) if a page cannot be read. The next call asks for that page again.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        StreamExt::next(self).await
    }
}

impl<T> Items<T> {
    /// Returns the token of the page that is asked for when the items at hand are used up. `None` if that is the first page, or if there
    /// is no further page.
    pub fn continuation_token(&self) -> Option<&str> {
        self.next.as_ref()?.continuation_token()
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(next) = &this.next else { return Poll::Ready(None) };
            let asking =
                this.asking.get_or_insert_with(|| next.clone().ask(this.transport.clone(), this.hub.clone()));
            let asked = ready!(asking.as_mut().poll(cx));
            this.asking = None;
            match asked {
                Ok((items, next)) => (this.items, this.next) = (items.into_iter(), next),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

// No item is pinned.
impl<T> Unpin for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("continuation_token", &self.continuation_token())
            .finish_non_exhaustive()
    }
}
