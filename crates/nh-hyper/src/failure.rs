//! Judges the errors of a stack: was anything sent, can a further attempt change it, and what helps?

use crate::chain::chain;
use crate::error::{BoxError, ConnectProblem, Error};
use crate::proxy_error::ProxyError;
use hyper_util::client::legacy;
use nh_core::retry::Fate;
use rustls::CertificateError;
use std::error::Error as StdError;
use std::fmt;

/// The one place where errors of connections are judged, whoever made them: the built-in stack, a layer over it, or a service
/// that is built on hyper.
pub(crate) fn classify(host: &str, why: BoxError) -> Error {
    if chain(&*why).any(|e| e.is::<NotConnected>() || e.downcast_ref().is_some_and(legacy::Error::is_connect))
    {
        return Error::connect(host, problem(&*why), why);
    }
    // hyper says so only of a request of which no byte was written.
    let not_done =
        chain(&*why).any(|e| e.downcast_ref().is_some_and(hyper::Error::is_canceled)) || is_refused(&*why);
    Error::broken(host, if not_done { Fate::NotDone { retry_after: None } } else { Fate::Unknown }, why)
}

/// Does the error say that the request was not carried out? RFC 9113 promises it of streams above the last one that a `GOAWAY`
/// names (section 6.8), whatever its code, and of `REFUSED_STREAM` (8.7). A stream that `HTTP_1_1_REQUIRED` ends (7) was refused
/// for being HTTP/2.
///
/// h2 gives the `GOAWAY` to the streams above the last one only. The others get an error of their own.
#[cfg(feature = "http2")]
fn is_refused(why: &(dyn StdError + 'static)) -> bool {
    use h2::Reason;
    let refusal = |error: &h2::Error| {
        let refused = matches!(error.reason(), Some(Reason::REFUSED_STREAM | Reason::HTTP_1_1_REQUIRED));
        error.is_remote() && (error.is_go_away() || refused)
    };
    chain(why).any(|cause| cause.downcast_ref().is_some_and(refusal))
}

#[cfg(not(feature = "http2"))]
fn is_refused(_: &(dyn StdError + 'static)) -> bool {
    false
}

/// There was no connection for a request.
#[derive(Debug)]
pub(crate) struct NotConnected(pub(crate) BoxError);

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection was made")
    }
}

impl StdError for NotConnected {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// What the chain of causes says of a connection that was not made.
fn problem(why: &(dyn StdError + 'static)) -> ConnectProblem {
    // hyper's own words are only that a connection was not made.
    let said = chain(why).take_while(|e| e.is::<legacy::Error>() || e.is::<NotConnected>()).count();
    let mut problem = ConnectProblem { said, ..ConnectProblem::default() };
    for (i, cause) in chain(why).enumerate() {
        if let Some(error) = cause.downcast_ref::<ProxyError>() {
            problem.words = Some(error.to_string());
            problem.said = i + 1;
            problem.lasting = error.is_lasting();
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            problem.lasting = is_lasting(error);
            problem.words = of_protocol(error).map(str::to_owned);
            if let rustls::Error::InvalidCertificate(why) = error {
                problem.words = of_certificate(why).map(str::to_owned);
                // The second is an authority of the same name with another key.
                problem.untrusted =
                    matches!(why, CertificateError::UnknownIssuer | CertificateError::BadSignature);
            }
        }
    }
    problem
}

/// Another attempt would meet the same certificate and the same setting.
fn is_lasting(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(_)
            | rustls::Error::NoCertificatesPresented
            | rustls::Error::UnsupportedNameType
            | rustls::Error::PeerIncompatible(_)
    ) || of_protocol(error).is_some()
}

/// The other side does not speak TLS, or only old TLS.
fn of_protocol(error: &rustls::Error) -> Option<&'static str> {
    use rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};
    Some(match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "it does not speak TLS; is this the port of plain HTTP, or does something between answer?"
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::InvalidMessage(InvalidMessage::UnknownProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerDoesNotSupportTls12Or13,
        ) => "it speaks TLS 1.1 or older only; TLS 1.2 or later is needed",
        _ => return None,
    })
}

fn of_certificate(why: &CertificateError) -> Option<&'static str> {
    use CertificateError as Certificate;
    Some(match why {
        Certificate::UnknownIssuer | Certificate::BadSignature => {
            "its certificate is signed by an authority that is not trusted; add that authority with add_root_pem"
        }
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "its certificate has expired; is the clock of this machine right?"
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is the clock of this machine right?"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "its certificate is for another name"
        }
        Certificate::Revoked => "its certificate has been revoked",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use std::io;

    #[test]
    fn an_error_within_an_io_error_is_found_and_kept() {
        let why = || rustls::Error::InvalidCertificate(CertificateError::Expired);
        let wrapped = || io::Error::other(io::Error::other(why()));
        let found = problem(&wrapped());
        assert!(found.lasting && !found.untrusted);
        assert!(found.words.is_some_and(|words| words.contains("has expired")));
        assert!(!problem(&io::Error::other("reset")).lasting);

        let error = classify("host", wrapped().into());
        assert!(error.fate().is_unknown() && chain(&error).any(|cause| cause.is::<rustls::Error>()));
    }

    #[test]
    fn what_cannot_change_lasts() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::InternalError);
        assert!(!problem(&io::Error::other(alert)).lasting);
        let proxy = |error: ProxyError| problem(&io::Error::from(error)).lasting;
        assert!(proxy(ProxyError::unusable("ftp://".to_owned())));
        assert!(!proxy(ProxyError::broken("px:1", io::ErrorKind::ConnectionRefused.into())));
        for (status, lasting) in [(407, true), (403, true), (429, false), (502, false), (504, false)] {
            assert_eq!(proxy(ProxyError::answered("px:1", StatusCode::from_u16(status).unwrap())), lasting);
        }
    }

    #[test]
    fn an_unknown_authority_names_the_way_out() {
        let why = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let found = problem(&io::Error::other(why));
        assert!(found.untrusted && found.words.is_some_and(|words| words.contains("add_root_pem")));
    }

    /// What the proxy said is in the error's own sentence, and not again below it.
    #[test]
    fn a_proxys_words_are_said_once() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let why = io::Error::from(ProxyError::broken("px:3128", refused));
        let error = Error::connect("a:443", problem(&why), why.into());
        assert_eq!(
            error.to_string(),
            "could not connect to a:443: the connection to the proxy px:3128 failed"
        );
        assert_eq!(error.source().unwrap().to_string(), "connection refused");
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
        let error = classify("host", io::Error::other(why).into());
        assert!(error.fate().is_not_done() && !error.is_connect(), "{error}");
        assert!(chain(&error).any(|cause| cause.is::<hyper::Error>()));
    }
}
