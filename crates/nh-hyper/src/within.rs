use std::future::Future;

/// `future`, unless `sleep` ends first. Needs no runtime.
pub(crate) async fn within<F: Future>(sleep: impl Future<Output = ()>, future: F) -> Option<F::Output> {
    futures_lite::future::or(async { Some(future.await) }, async {
        sleep.await;
        None
    })
    .await
}
