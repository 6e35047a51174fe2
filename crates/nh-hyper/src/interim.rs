//! Interim answers (1xx) of HTTP/1.1. hyper reads over any number of them: an endless flood would never end.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// So many interim answers to one request are read over. Servers send one or two.
const MOST: u32 = 100;

/// Ends one connection from outside. The connection looks here before each read. No other task has to run first.
#[derive(Clone, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    /// # Errors
    /// Fails if the connection was cut.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(io::Error::other(format!("it sent more than {MOST} interim answers (1xx)"))),
            false => Ok(()),
        }
    }
}

/// Cuts the connection of this request when there are too many interim answers to it.
pub(crate) fn limit(request: &mut Request<Full<Bytes>>, Cut(cut): Cut) {
    let count = AtomicU32::new(0);
    hyper::ext::on_informational(request, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) >= MOST {
            cut.store(true, Ordering::Relaxed);
        }
    });
}
