//! What carries a request: the built-in stack, or a service of the user's.

use crate::Error;
use crate::failure::classify;
use crate::runtime::BoxFuture;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Body;
use nh_core::retry::Fate;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use tower_service::Service;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Carries one request, and reads the whole answer up to a limit.
pub(crate) trait Carrier: Send + Sync {
    fn carry(&self, request: Request<Bytes>, limit: usize) -> Carried;
}

/// A request under way.
pub(crate) struct Carried {
    pub(crate) answer: BoxFuture<Result<Response<Bytes>, Error>>,
    /// Is there a connection for it? Before there is, nothing of it has left.
    pub(crate) has_left: Box<dyn Fn() -> bool + Send + Sync>,
}

/// A `tower` service of http messages. Each call has a clone of its own; the lock is only held to make it, and spares the
/// service being `Sync`.
pub(crate) struct FromService<S>(pub(crate) Mutex<S>);

impl<S, B> Carrier for FromService<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn carry(&self, request: Request<Bytes>, limit: usize) -> Carried {
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = Box::pin(async move {
            let host = request.uri().authority().map_or_else(String::new, ToString::to_string);
            // Nothing has gone out while the service is not ready.
            let ready = poll_fn(|cx| service.poll_ready(cx)).await;
            ready.map_err(|why| Error::broken(Fate::NotDone { retry_after: None }, why.into()))?;
            let response =
                service.call(request.map(Full::new)).await.map_err(|why| classify(host, why.into()))?;
            collect(response, limit).await
        });
        // What a service does with it, nobody tells.
        Carried { answer, has_left: Box::new(|| true) }
    }
}

pub(crate) async fn collect<B>(response: Response<B>, limit: usize) -> Result<Response<Bytes>, Error>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let (head, body) = response.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        Err(why) if why.is::<LengthLimitError>() => Err(Error::too_large(limit)),
        Err(why) => Err(Error::broken(Fate::Unknown, why)),
    }
}
