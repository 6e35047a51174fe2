//! One connection to whichever of a host's addresses answers first: RFC 8305, section 5.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

/// The next address is tried after so long, or as soon as one has failed.
pub(super) const DELAY: Duration = Duration::from_millis(250);

pub(super) async fn connect<S, C, D>(
    addresses: impl IntoIterator<Item = SocketAddr>,
    connect: impl Fn(SocketAddr) -> C,
    delay: impl Fn() -> D,
) -> io::Result<S>
where
    C: Future<Output = io::Result<S>>,
    D: Future<Output = ()>,
{
    let mut left = interleaved(addresses).into_iter();
    let mut attempts: Vec<Pin<Box<C>>> = Vec::new();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    loop {
        match left.next() {
            Some(address) => attempts.push(Box::pin(connect(address))),
            None if attempts.is_empty() => return Err(last),
            None => {}
        }
        let more = left.len() > 0;
        let mut delay = Box::pin(delay());
        let connected = poll_fn(|cx| {
            let ready =
                attempts.iter_mut().enumerate().find_map(|(i, attempt)| match attempt.as_mut().poll(cx) {
                    Poll::Ready(result) => Some((i, result)),
                    Poll::Pending => None,
                });
            if let Some((i, result)) = ready {
                drop(attempts.swap_remove(i));
                return Poll::Ready(result.map_err(|why| last = why).ok());
            }
            if more { delay.as_mut().poll(cx).map(|()| None) } else { Poll::Pending }
        });
        if let Some(stream) = connected.await {
            return Ok(stream);
        }
    }
}

/// The families take turns, and the resolver's first goes first (section 4).
fn interleaved(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let addresses: Vec<SocketAddr> = addresses.into_iter().collect();
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut these, mut those): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    these.reverse();
    those.reverse();
    let mut all = Vec::new();
    while !these.is_empty() || !those.is_empty() {
        all.extend(these.pop());
        all.extend(those.pop());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, pending, ready, yield_now};

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Port 1 never answers, port 2 refuses, the others connect.
    fn connect_to(texts: &[&str]) -> io::Result<SocketAddr> {
        let open = |address: SocketAddr| async move {
            match address.port() {
                1 => pending().await,
                2 => Err(io::ErrorKind::ConnectionRefused.into()),
                _ => Ok(address),
            }
        };
        block_on(connect(addresses(texts), open, yield_now))
    }

    #[test]
    fn the_first_that_answers_is_taken() {
        for (texts, taken) in [
            (&["10.0.0.1:80"][..], "10.0.0.1:80"),
            (&["[::1]:1", "10.0.0.1:80"], "10.0.0.1:80"),
            (&["[::1]:2", "[::2]:1", "10.0.0.1:2", "10.0.0.2:80"], "10.0.0.2:80"),
        ] {
            assert_eq!(connect_to(texts).unwrap(), taken.parse().unwrap());
        }
        assert_eq!(
            connect_to(&["[::1]:2", "10.0.0.1:2"]).unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );
        assert_eq!(connect_to(&[]).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn while_there_is_hope_the_last_failure_is_not_the_end() {
        let slow = |address: SocketAddr| async move {
            if address.port() == 2 {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            yield_now().await;
            yield_now().await;
            Ok(address)
        };
        let both = addresses(&["10.0.0.1:80", "10.0.0.2:2"]);
        assert_eq!(block_on(connect(both, slow, || ready(()))).unwrap().port(), 80);
    }

    #[test]
    fn families_take_turns() {
        let all = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1"]);
        assert_eq!(interleaved(all), addresses(&["[::1]:1", "10.0.0.1:1", "[::2]:1", "[::3]:1"]));
    }
}
