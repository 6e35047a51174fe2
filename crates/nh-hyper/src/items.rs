use crate::{Client, Error};
use futures_lite::Stream;
use futures_lite::StreamExt as _;
use futures_lite::stream::try_unfold;
use nh_core::{Operation, Page};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The items of a list: a `Stream` that asks for the next page when the items of the last one are used up.
///
/// It ends after the last page, and after an error. A service that repeats a continuation token makes an error, so it ends
/// in any case.
///
/// ```
/// # let runtime = tokio::runtime::Runtime::new()?;
/// # runtime.block_on(async {
/// # let emulator = nh_emulator::Emulator::start().await?;
/// # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
/// # let client = nh_hyper::Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
/// let mut sports = client.list_registrations_by_tag("sports")?;
/// let mut count = 0;
/// while let Some(registration) = sports.next().await {
///     assert!(registration?.tags().contains(&"sports".to_owned()));
///     count += 1;
/// }
/// assert_eq!(count, 11);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is asked until the first item is"]
pub struct Items<T>(Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>);

impl<T: Send + 'static> Items<T> {
    pub(crate) fn new<O>(client: Client, first: O) -> Items<T>
    where
        O: Operation<Output = Page<T, O>> + 'static,
    {
        let state = (client, Vec::new().into_iter(), Some(first));
        Items(Box::pin(try_unfold(state, |(client, mut items, mut next)| async move {
            loop {
                if let Some(item) = items.next() {
                    return Ok(Some((item, (client, items, next))));
                }
                let Some(list) = next.take() else { return Ok(None) };
                let page = client.execute(&list).await?;
                items = page.items.into_iter();
                next = page.next;
            }
        })))
    }

    /// The next item, without a stream library.
    ///
    /// # Errors
    /// As [`Client::execute`], for the page that it is on.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.0.next().await
    }
}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}
