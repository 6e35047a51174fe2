//! What is known of who asks, and what they ask with.

use axum::body::Body;
use bytes::Bytes;
use http::header;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::net::SocketAddr;

/// From where a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The host that it was sent to. HTTP/2 names it in the URI.
pub(crate) fn host(head: &Parts) -> &str {
    let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(|authority| authority.as_str()).or(named).unwrap_or_default()
}

/// Why there is no body.
#[derive(Debug)]
pub(crate) enum NoBody {
    TooLarge,
    BrokeOff,
}

/// Of a body that is not kept, so much is read.
const DROPPED: usize = 16 * 1024 * 1024;

/// A body of no more than `most` bytes.
///
/// # Errors
/// A larger one, or one that breaks off.
pub(crate) async fn small_body(mut body: Body, most: usize) -> Result<Bytes, NoBody> {
    match Limited::new(&mut body, most).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(why) if why.is::<LengthLimitError>() => {
            drop_body(body).await;
            Err(NoBody::TooLarge)
        }
        Err(_) => Err(NoBody::BrokeOff),
    }
}

/// Reads what nobody wants, so that whoever writes it sees the answer.
pub(crate) async fn drop_body(body: Body) {
    let mut rest = Limited::new(body, DROPPED);
    while let Some(Ok(_)) = rest.frame().await {}
}
