//! What carries requests: the built-in pool or a service of the user's, and the layers over it, without their types.

use crate::error::{BoxError, Error};
use crate::failure::classify;
use crate::journey::Journey;
use crate::pool::Pool;
use crate::runtime::BoxFuture;
use bytes::{Buf, Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use nh_core::retry::Fate;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// The stack that a `tower` layer is put over: see [`TransportBuilder::layer`](crate::TransportBuilder::layer). It is a `tower`
/// service of http messages, the built-in one or your own, together with the layers that were added before.
#[derive(Clone)]
pub struct Stack(Kind);

#[derive(Clone)]
enum Kind {
    /// The built-in stack without layers. Its types are known, so nothing has to be boxed for a request.
    Pool(Pool),
    Service(Box<dyn Erased>),
}

/// A `tower` service of http messages, with which [`TransportBuilder::service`](crate::TransportBuilder::service) replaces the
/// built-in stack, and which a [layer](crate::TransportBuilder::layer) makes of a [`Stack`]. The trait is sealed. It is
/// implemented for every `S` with
///
/// - `S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static`,
/// - `S::Future: Send` and `S::Error: Into<Box<dyn Error + Send + Sync>>`,
/// - `B: http_body::Body + Send + 'static` with `B::Data: Send` and `B::Error: Into<Box<dyn Error + Send + Sync>>`.
///
/// ```
/// use http_body_util::Full;
/// use nh_hyper::nh_core::{bytes::Bytes, http::{Request, Response}};
/// use nh_hyper::{HttpService, Transport};
/// use std::convert::Infallible;
///
/// fn created() -> impl HttpService {
///     tower::service_fn(|_: Request<Full<Bytes>>| async {
///         Ok::<_, Infallible>(Response::builder().status(201).body(Full::new(Bytes::new())).unwrap())
///     })
/// }
///
/// let transport = Transport::builder().service(created()).build()?;
/// # Ok::<(), nh_hyper::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no service that carries requests",
    note = "it must be a `tower` service from `Request<Full<Bytes>>` to `Response<B>` that is `Clone`, `Send` and `'static`, \
        with a future that is `Send`, errors that are errors, and a `B` that is a body"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait HttpService: Erased {}
impl<S: Erased> HttpService for S {}

/// A `tower` service without its types.
trait Erased: Send + 'static {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>>;
    fn call(&mut self, request: Request<Full<Bytes>>) -> BoxFuture<Result<Response<BoxBody>, BoxError>>;
    fn clone_box(&self) -> Box<dyn Erased>;
}

type BoxBody = UnsyncBoxBody<Bytes, BoxError>;

impl<S, B> Erased for S
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Service::poll_ready(self, cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> BoxFuture<Result<Response<BoxBody>, BoxError>> {
        let answer = Service::call(self, request);
        Box::pin(async move {
            let response = answer.await.map_err(Into::into)?;
            Ok(response.map(|body| {
                let frames =
                    body.map_frame(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining())));
                frames.map_err(Into::into).boxed_unsync()
            }))
        })
    }

    fn clone_box(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Erased> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

impl Stack {
    pub(crate) fn new(service: impl HttpService) -> Stack {
        Stack(Kind::Service(Box::new(service)))
    }

    pub(crate) fn pool(pool: Pool) -> Stack {
        Stack(Kind::Pool(pool))
    }

    /// Carries one request, and reads the whole answer up to a limit. `journey` follows the request.
    pub(crate) async fn carry(
        mut self,
        mut request: Request<Bytes>,
        journey: &Journey,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        let host = request.uri().authority().cloned();
        let host = host.as_ref().map_or("", |authority| authority.as_str());
        match &mut self.0 {
            Kind::Pool(pool) => {
                journey.hand_over();
                let response = pool.carry(request.map(Full::new), journey).await;
                read(host, response, limit).await
            }
            Kind::Service(service) => {
                // Nothing has gone out while the service is not ready.
                let ready = poll_fn(|cx| service.poll_ready(cx)).await;
                ready.map_err(|why| Error::broken(host, Fate::NotDone { retry_after: None }, why))?;
                request.extensions_mut().insert(journey.clone());
                journey.hand_over();
                let response = service.call(request.map(Full::new)).await;
                read(host, response, limit).await
            }
        }
    }
}

/// Reads the whole answer up to a limit.
async fn read<B>(
    host: &str,
    response: Result<Response<B>, BoxError>,
    limit: usize,
) -> Result<Response<Bytes>, Error>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    let (head, body) = response.map_err(|why| classify(host, why))?.into_parts();
    let broken = |why| Error::broken(host, Fate::Unknown, why);
    let body = collect(body, limit).await.map_err(broken)?.ok_or_else(|| Error::too_large(limit))?;
    Ok(Response::from_parts(head, body))
}

/// The whole body, or `None` if it is larger than `limit`.
async fn collect<B>(mut body: B, limit: usize) -> Result<Option<Bytes>, BoxError>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    // Most answers are one piece, which is taken as it is.
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Into::into)?.into_data() else { continue };
        if first.len() + all.len() + data.len() > limit {
            return Ok(None);
        }
        match (first.is_empty(), all.is_empty()) {
            (true, true) => first = data,
            _ => {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&data);
            }
        }
    }
    Ok(Some(if all.is_empty() { first } else { all.freeze() }))
}

impl Service<Request<Full<Bytes>>> for Stack {
    type Response = Response<UnsyncBoxBody<Bytes, BoxError>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match &mut self.0 {
            Kind::Pool(pool) => Erased::poll_ready(pool, cx),
            Kind::Service(service) => service.poll_ready(cx),
        }
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        match &mut self.0 {
            Kind::Pool(pool) => Erased::call(pool, request),
            Kind::Service(service) => service.call(request),
        }
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stack")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;
    use futures_lite::stream::iter;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use std::convert::Infallible;

    fn body(pieces: &[&'static str]) -> BoxBody {
        let frames: Vec<_> =
            pieces.iter().map(|&piece| Ok::<_, Infallible>(Frame::data(piece.into()))).collect();
        StreamBody::new(iter(frames)).map_err(Into::into).boxed_unsync()
    }

    #[test]
    fn an_answer_is_read_up_to_the_limit() {
        for (pieces, whole) in
            [(&[][..], ""), (&["abc"], "abc"), (&["", "ab", "", "c"], "abc"), (&["a", "b", "c"], "abc")]
        {
            let read = block_on(collect(body(pieces), 3)).unwrap();
            assert_eq!(read.as_deref(), Some(whole.as_bytes()), "{pieces:?}");
        }
        for pieces in [&["abcd"][..], &["ab", "cd"], &["abc", "d"]] {
            assert_eq!(block_on(collect(body(pieces), 3)).unwrap(), None, "{pieces:?}");
        }
    }
}
