//! What is known of who asks, and what they ask with.

use axum::body::Body;
use bytes::Bytes;
use http::header;
use http::request::Parts;
use http_body_util::{BodyExt, Limited};
use std::net::SocketAddr;

/// From where a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The host that it was sent to. HTTP/2 names it in the URI.
pub(crate) fn host(head: &Parts) -> &str {
    let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(|authority| authority.as_str()).or(named).unwrap_or_default()
}

/// A body, if it holds no more than `most` bytes and does not break off.
pub(crate) async fn small_body(body: Body, most: usize) -> Option<Bytes> {
    Some(Limited::new(body, most).collect().await.ok()?.to_bytes())
}
