use crate::error::BoxError;
use http::StatusCode;
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// What a proxy said, or why it cannot be asked. It names the proxy, and never a user or password.
#[derive(Debug)]
pub(crate) struct ProxyError {
    /// Asked again, it would say the same.
    lasting: bool,
    words: String,
    source: Option<BoxError>,
}

impl ProxyError {
    /// A proxy that no attempt can go through.
    pub(crate) fn unusable(words: String) -> ProxyError {
        ProxyError { lasting: true, words, source: None }
    }

    /// No connection to the proxy, or it broke.
    pub(crate) fn broken(proxy: &str, why: io::Error) -> ProxyError {
        ProxyError {
            lasting: false,
            words: format!("the connection to the proxy {proxy} failed"),
            source: Some(why.into()),
        }
    }

    /// Its answer to `CONNECT`.
    pub(crate) fn answered(proxy: &str, status: StatusCode) -> ProxyError {
        let way_out = match status.as_u16() {
            407 => "; it wants a user and a password: give the right ones as http://user:password@host:port",
            403 => "; it does not allow this host and port",
            _ => "",
        };
        // Too early and too often pass.
        let lasting = status.is_client_error() && !matches!(status.as_u16(), 408 | 425 | 429);
        ProxyError { lasting, words: format!("the proxy {proxy} answered {status}{way_out}"), source: None }
    }

    /// What it said is not what its kind of proxy says.
    pub(crate) fn nonsense(proxy: &str, kind: &str) -> ProxyError {
        ProxyError { lasting: true, words: format!("the proxy {proxy} does not speak {kind}"), source: None }
    }

    /// It refuses by the rules of its own protocol.
    pub(crate) fn refused(proxy: &str, lasting: bool, why: &str) -> ProxyError {
        ProxyError { lasting, words: format!("the proxy {proxy} {why}"), source: None }
    }

    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl StdError for ProxyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|why| why as &(dyn StdError + 'static))
    }
}

impl From<ProxyError> for io::Error {
    fn from(error: ProxyError) -> io::Error {
        io::Error::other(error)
    }
}
