//! What an error of a transport says of the request: was anything sent, and can a further attempt change it?

use crate::Error;
use crate::carrier::BoxError;
use crate::connector::ProxyError;
use hyper_util::client::legacy;
use nh_core::retry::Fate;
use std::error::Error as StdError;
use std::{io, iter};

/// The one place where errors of connections are judged, whoever made them: the built-in stack, or a service that is
/// built on hyper.
pub(crate) fn classify(host: String, why: BoxError) -> Error {
    if chain(&*why).any(|e| e.downcast_ref().is_some_and(legacy::Error::is_connect)) {
        let lasting = chain(&*why).any(is_lasting);
        return Error::connect(host, lasting, why);
    }
    // hyper says so only of a request of which no byte was written.
    let canceled = chain(&*why).any(|e| e.downcast_ref().is_some_and(hyper::Error::is_canceled));
    Error::broken(if canceled { Fate::NotDone { retry_after: None } } else { Fate::Unknown }, why)
}

/// An error and its causes. The cause of an `io::Error` is not the error in it, but that one's cause.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

/// Another attempt would meet the same certificate, the same proxy and the same setting.
fn is_lasting(error: &(dyn StdError + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(
            error,
            rustls::Error::InvalidCertificate(_)
                | rustls::Error::NoCertificatesPresented
                | rustls::Error::UnsupportedNameType
                | rustls::Error::PeerIncompatible(_)
        );
    }
    error.downcast_ref().is_some_and(ProxyError::is_lasting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_within_an_io_error_is_found_and_kept() {
        let why = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::other(why));
        assert!(chain(&wrapped).any(is_lasting));
        assert!(!chain(&io::Error::other("reset")).any(is_lasting));

        let error = classify("host".to_owned(), wrapped.into());
        assert!(error.fate_unknown() && chain(&error).any(|cause| cause.is::<rustls::Error>()));
    }

    #[test]
    fn what_cannot_change_lasts() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::InternalError);
        assert!(!chain(&io::Error::other(alert)).any(is_lasting));
        assert!(chain(&ProxyError::unusable("ftp://".to_owned())).any(is_lasting));
    }

    /// hyper takes a request back when its connection is gone before a byte of it was written, whoever carries it.
    #[cfg(feature = "futures-io")]
    #[test]
    fn what_hyper_takes_back_was_not_done() {
        use futures_lite::future::block_on;
        use hyper::client::conn::http1;

        let stream = crate::FuturesIo::new(futures_lite::io::Cursor::new(Vec::new()));
        let (mut sender, connection) = block_on(http1::handshake(stream)).unwrap();
        drop(connection);
        let request = http::Request::new(http_body_util::Full::<bytes::Bytes>::default());
        let why = block_on(sender.send_request(request)).unwrap_err();
        let error = classify("host".to_owned(), io::Error::other(why).into());
        assert!(!error.fate_unknown() && !error.is_connect(), "{error}");
        assert!(chain(&error).any(|cause| cause.is::<hyper::Error>()));
    }
}
