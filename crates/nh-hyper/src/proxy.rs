use crate::error::Error;
use crate::proxy_error::ProxyError;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::io;
use std::net::IpAddr;

/// Which connections go through which proxy: loopback never.
pub(crate) struct Proxy(Option<Matcher>);

/// How a connection is made.
pub(crate) enum Route {
    Direct,
    /// HTTP CONNECT.
    Tunnel {
        proxy: Uri,
        authorization: Option<HeaderValue>,
    },
    /// SOCKS5. The proxy resolves names.
    Socks {
        proxy: Uri,
        login: Option<(String, String)>,
    },
}

impl Proxy {
    /// Nothing goes through a proxy.
    pub(crate) const OFF: Proxy = Proxy(None);

    /// `ALL_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, as curl reads them.
    pub(crate) fn from_environment() -> Proxy {
        Proxy(Some(Matcher::from_env()))
    }

    /// One proxy for everything.
    ///
    /// # Errors
    /// A URL that is none, or of another kind than `http://`, `socks5://` and `socks5h://`. It is not repeated: it may hold a
    /// password.
    pub(crate) fn by_hand(url: &str) -> Result<Proxy, Error> {
        let refuse = |problem: &str| {
            Err(Error::configuration(format!(
                "the proxy's URL {problem}; write it as http://host:port or socks5://host:port, with user:password@ if it asks"
            )))
        };
        let Ok(uri) = url.parse::<Uri>() else { return refuse("cannot be read") };
        if !matches!(uri.scheme_str(), Some("http" | "socks5" | "socks5h")) || uri.host().is_none() {
            return refuse("names no proxy of a known kind");
        }
        let matcher = Matcher::builder().all(url).build();
        // Asked once, so that what the rules cannot read is said here.
        if matcher.intercept(&Uri::from_static("https://example.com")).is_none() {
            return refuse("cannot be read");
        }
        Ok(Proxy(Some(matcher)))
    }

    /// # Errors
    /// A proxy in the environment that is of an unknown kind.
    pub(crate) fn route(&self, uri: &Uri) -> io::Result<Route> {
        let Some(matcher) = &self.0 else { return Ok(Route::Direct) };
        if uri.host().is_none_or(is_loopback) {
            return Ok(Route::Direct);
        }
        match matcher.intercept(uri) {
            None => Ok(Route::Direct),
            Some(proxy) => by_scheme(&proxy),
        }
    }
}

fn by_scheme(proxy: &Intercept) -> io::Result<Route> {
    let uri = proxy.uri().clone();
    match uri.scheme_str() {
        Some("http") => Ok(Route::Tunnel { authorization: proxy.basic_auth().cloned(), proxy: uri }),
        Some("socks5" | "socks5h") => {
            let login = proxy.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned()));
            Ok(Route::Socks { proxy: uri, login })
        }
        scheme => {
            let scheme = scheme.unwrap_or("no scheme");
            let problem =
                format!("the proxy of the environment has {scheme}://; http:// and socks5:// are known");
            Err(ProxyError::unusable(problem).into())
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let named = host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    address.map_or(named, |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(proxy: &str, uri: &str) -> String {
        match Proxy::by_hand(proxy).unwrap().route(&uri.parse().unwrap()).unwrap() {
            Route::Direct => "direct".to_owned(),
            Route::Tunnel { proxy, authorization } => format!("tunnel {proxy} {}", authorization.is_some()),
            Route::Socks { proxy, login } => format!("socks {proxy} {login:?}"),
        }
    }

    #[test]
    fn loopback_is_exempt() {
        for uri in [
            "https://localhost:1",
            "https://LOCALHOST",
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "https://a.localhost",
        ] {
            assert_eq!(route("http://proxy:3128", uri), "direct", "{uri}");
        }
        assert_eq!(route("http://proxy:3128", "https://a.net"), "tunnel http://proxy:3128/ false");
        assert_eq!(route("http://u:p@proxy:3128", "https://a.net"), "tunnel http://proxy:3128/ true");
        assert_eq!(
            route("socks5://u:p@proxy:1080", "https://a.net"),
            "socks socks5://proxy:1080/ Some((\"u\", \"p\"))"
        );
    }

    #[test]
    fn a_refusal_does_not_repeat_the_password() {
        for bad in ["", "u:sesame@proxy", "ftp://u:sesame@proxy", "https://u:sesame@proxy", "http://"] {
            let error = Proxy::by_hand(bad).err().expect(bad).to_string();
            assert!(error.contains("http://host:port") && !error.contains("sesame"), "{error}");
        }
    }
}
