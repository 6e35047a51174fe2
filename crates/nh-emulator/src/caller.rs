//! What is known of who asks, and what they ask with.

use axum::body::Body;
use bytes::Bytes;
use http::header;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::net::{Ipv6Addr, SocketAddr};

/// From where a request came, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) over_tls: bool,
}

/// The host that it was sent to. HTTP/2 names it in the URI.
pub(crate) fn host(head: &Parts) -> &str {
    let named = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    head.uri.authority().map(|authority| authority.as_str()).or(named).unwrap_or_default()
}

/// The name and port by which who asks reaches the emulator, for all that it says of itself. Behind the mapped port of a container
/// they are not its `own`. Those are said if the request names none that a URL can have.
pub(crate) fn authority(head: &Parts, own: &str) -> String {
    let named = host(head);
    let over_tls = head.extensions.get::<Peer>().is_none_or(|peer| peer.over_tls);
    match split_port(named) {
        (name, _) if !is_host(name) => own.to_owned(),
        // A connection string without a port means 443.
        (_, None) if !over_tls => format!("{named}:80"),
        _ => named.to_owned(),
    }
}

/// A host, and its port if there is one.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (name, Some(port)),
        _ => (authority, None),
    }
}

/// A name, as of a container, or an address as a URL has it.
pub(crate) fn is_host(text: &str) -> bool {
    let address = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
        || !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
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

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use std::net::Ipv4Addr;

    #[test]
    fn it_says_of_itself_what_it_was_asked_by() {
        for (host, over_tls, said) in [
            ("localhost:49153", false, "localhost:49153"),
            ("push.test:8443", true, "push.test:8443"),
            ("[::1]:8443", true, "[::1]:8443"),
            ("[::1]", false, "[::1]:80"),
            ("localhost", true, "localhost"),
            ("localhost", false, "localhost:80"),
            ("", true, "own:1"),
            ("a\"b:1", true, "own:1"),
            ("user@localhost:1", true, "own:1"),
        ] {
            let peer = Peer { address: (Ipv4Addr::LOCALHOST, 1).into(), over_tls };
            let request = Request::builder().header(header::HOST, host).extension(peer).body(()).unwrap();
            assert_eq!(authority(&request.into_parts().0, "own:1"), said, "{host}");
        }
    }
}
