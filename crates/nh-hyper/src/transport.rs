use crate::call_options::CallOptions;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::runtime::{Erased, Runtime};
use crate::transport_builder::TransportBuilder;
use bytes::Bytes;
use http::{Request, Uri};
use nh_core::{Operation, Target};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Carries requests: connections, TLS, proxy, timeouts, retries. It knows no hub. [`hub`](Transport::hub) and
/// [`namespace`](Transport::namespace) make clients over it, which share its connections and its limits. Cheap to clone.
///
/// ```
/// use nh_hyper::{Hub, Namespace, Transport};
/// use std::time::Duration;
///
/// # let connection_string = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
/// let transport = Transport::builder()
///     .attempt_timeout(Duration::from_secs(5))
/// #   .platform_roots(false)
///     .build()?;
/// let news = transport.hub(Hub::from_connection_string(connection_string, "news")?);
/// let sports = transport.hub(Hub::from_connection_string(connection_string, "sports")?);
/// let namespace = transport.namespace(Namespace::from_connection_string(connection_string)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Transport(Arc<Exchange>);

impl Transport {
    /// Sets up a transport on tokio.
    #[cfg(feature = "tokio")]
    pub fn builder() -> TransportBuilder {
        Transport::builder_on(crate::Tokio)
    }

    /// Sets up a transport on another runtime: `Smol`, `AsyncStd`, or your own.
    ///
    /// ```
    /// # #[cfg(feature = "smol")] {
    /// use nh_hyper::{Smol, Transport};
    ///
    /// let transport = Transport::builder_on(Smol).platform_roots(false).build()?;
    /// # }
    /// # Ok::<(), nh_hyper::Error>(())
    /// ```
    pub fn builder_on(runtime: impl Runtime) -> TransportBuilder {
        TransportBuilder::new(runtime)
    }

    pub(crate) fn over(exchange: Exchange) -> Transport {
        Transport(Arc::new(exchange))
    }

    /// The same connections with other settings.
    pub(crate) fn with_options(&self, options: &CallOptions) -> Transport {
        Transport::over(self.0.with_options(options))
    }

    /// The same connections for a call beside all others: it waits for no place, and its answer renews no key.
    #[cfg(feature = "entra")]
    pub(crate) fn aside(&self) -> Exchange {
        self.0.aside()
    }

    /// The same connections, with somebody who gets new keys.
    #[cfg(feature = "entra")]
    pub(crate) fn with_renewal(&self, renewal: Arc<dyn crate::renewal::Renew>) -> Transport {
        Transport::over(self.0.with_renewal(renewal))
    }

    pub(crate) fn runtime(&self) -> &Arc<dyn Erased> {
        &self.0.runtime
    }

    /// An answer has at most so many bytes.
    pub(crate) fn max_response_size(&self) -> usize {
        self.0.settings.max_response_size
    }

    /// How long a call that comes now would wait, because the service throttles the namespace at this address.
    pub(crate) fn held_back(&self, address: &Uri) -> Option<Duration> {
        self.0.brakes.wait(address, self.0.runtime.instant(), None).map(|(wait, _)| wait)
    }

    /// Asks a hub, a namespace, a blob container or a resource manager, and reads the answer. For hubs and namespaces there are clients, which call this.
    ///
    /// ```
    /// use nh_hyper::nh_core::{BlobContainer, GetBlob, ListBlobs};
    /// use nh_hyper::{SasUri, SubmitJob};
    /// # use std::time::Duration;
    /// # demo::run!(|client, emulator| {
    /// let results = SasUri::new(emulator.container_uri("results"))?;
    /// let job = client.submit_job(SubmitJob::export(results.clone())).await?;
    /// client.wait_for_job(job.job_id, Duration::from_secs(60 * 60)).await?;
    ///
    /// let container = BlobContainer::new(&results)?;
    /// let transport = client.transport();
    /// for blob in transport.execute(&container, &ListBlobs::new()).await?.items {
    ///     let part = transport.execute(&container, &GetBlob::new(&blob.name)?.at_most(1000)).await?;
    ///     println!("{}: the first {} of {} bytes", blob.name, part.content.len(), blob.size);
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    /// Fails like [`Client::execute`](crate::Client::execute).
    pub async fn execute<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
    ) -> Result<O::Output, Error> {
        self.0.execute(target, operation).await
    }

    /// The request that an attempt would send now: see [`Exchange::draft`].
    pub(crate) fn draft<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
    ) -> Result<Request<Bytes>, Error> {
        self.0.draft(target, operation)
    }

    /// Looks until an answer is `done`: see [`Exchange::poll`].
    pub(crate) async fn poll<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
        time: Duration,
        turns: Option<&Semaphore>,
        not_yet: fn(&Error) -> bool,
        done: impl FnMut(&O::Output) -> bool,
    ) -> Result<O::Output, Error> {
        self.0.poll(target, operation, time, turns, not_yet, done).await
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
