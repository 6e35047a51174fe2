use crate::error::Error;
use crate::proxy_error::ProxyError;
use http::uri::Authority;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::borrow::Cow;
use std::env;
use std::fmt::Write;
use std::io;
use std::net::{IpAddr, Ipv6Addr};

/// Which connections go through which proxy: loopback never.
pub(crate) enum Proxy {
    Off,
    On {
        matcher: Box<Matcher>,
        /// What `NO_PROXY` says with a port: it counts for this port only.
        exempt: Vec<(u16, Matcher)>,
    },
    /// A setting of the environment that cannot be read, and why. No connection is made: a direct one would go around the proxy.
    Unusable(String),
}

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
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, also in small letters. Plain http is for loopback, which needs no proxy, so
    /// `HTTP_PROXY` says nothing here. In a CGI program, headers of a request become variables: none is believed then.
    pub(crate) fn from_environment() -> Proxy {
        Proxy::from_variables(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Proxy {
        if variable("REQUEST_METHOD").is_some() {
            return Proxy::Off;
        }
        let set = |names: [&'static str; 2]| {
            names
                .into_iter()
                .find_map(|name| Some((name, variable(name).filter(|value| !value.trim().is_empty())?)))
        };
        let proxy = set(["HTTPS_PROXY", "https_proxy"]).or_else(|| set(["ALL_PROXY", "all_proxy"]));
        let Some((name, url)) = proxy else { return Proxy::Off };
        let no = set(["NO_PROXY", "no_proxy"]).map(|(_, list)| list).unwrap_or_default();
        match canonical(&url) {
            Ok(url) => Proxy::on(&url, &no),
            Err(problem) => {
                Proxy::Unusable(format!("the proxy in the environment variable {name} {problem}; {WRITE_IT}"))
            }
        }
    }

    /// One proxy for everything.
    ///
    /// # Errors
    /// A URL that is none, or of another kind than `http://`, `socks5://` and `socks5h://`. It is not repeated: it may hold a
    /// password.
    pub(crate) fn by_hand(url: &str) -> Result<Proxy, Error> {
        match canonical(url) {
            Ok(url) => Ok(Proxy::on(&url, "")),
            Err(problem) => Err(Error::configuration(format!("the proxy's URL {problem}; {WRITE_IT}"))),
        }
    }

    fn on(url: &str, no: &str) -> Proxy {
        let (mut everywhere, mut exempt) = (Vec::new(), Vec::new());
        for entry in no.split([',', ' ']).filter(|entry| !entry.is_empty()) {
            let (host, port) = match entry.rsplit_once(':') {
                // More than one colon without brackets: an IPv6 address.
                Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
                    Ok(port) => (host, Some(port)),
                    Err(_) => (entry, None),
                },
                _ => (entry, None),
            };
            let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
            let host = host.trim_matches(['[', ']']);
            match port {
                Some(port) => exempt.push((port, Matcher::builder().all(url).no(host).build())),
                None => everywhere.push(host),
            }
        }
        let matcher = Matcher::builder().all(url).no(everywhere.join(",")).build();
        Proxy::On { matcher: Box::new(matcher), exempt }
    }

    /// # Errors
    /// A setting of the environment that cannot be read.
    pub(crate) fn route(&self, uri: &Uri) -> io::Result<Route> {
        if uri.host().is_none_or(is_loopback) {
            return Ok(Route::Direct);
        }
        let (matcher, exempt) = match self {
            Proxy::Off => return Ok(Route::Direct),
            Proxy::Unusable(why) => return Err(ProxyError::unusable(why.clone()).into()),
            Proxy::On { matcher, exempt } => (matcher, exempt),
        };
        let port = uri.port_u16().unwrap_or(443);
        if exempt.iter().any(|(of, matcher)| *of == port && matcher.intercept(uri).is_none()) {
            return Ok(Route::Direct);
        }
        Ok(matcher.intercept(uri).map_or(Route::Direct, |proxy| route_through(&proxy)))
    }
}

const WRITE_IT: &str =
    "write it as http://host:port or socks5://host:port, with user:password@ if it asks, and %20 for a space";

/// Reads a proxy's URL, and writes it so that hyper-util reads the same, wherever it comes from. User and password may have any
/// character but spaces and control characters; `%` and two digits stand for a byte.
///
/// # Errors
/// Says what is wrong, without the URL.
fn canonical(url: &str) -> Result<String, Cow<'static, str>> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "socks5" | "socks5h") {
        // What stands before `://` in a URL without a scheme may be a password.
        let known = ["https", "socks4", "socks4a", "ftp"].contains(&scheme.as_str());
        let named = if known { format!(" ({scheme}://)") } else { String::new() };
        return Err(format!("is of a kind that is not known{named}").into());
    }
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("has a space or a control character in it".into());
    }
    // A password may have an `@`, a host not.
    let (login, place) = match rest.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, rest),
    };
    let place = place.strip_suffix('/').unwrap_or(place);
    let host = match place.parse::<Authority>() {
        Ok(authority) if !authority.host().is_empty() => authority,
        _ => return Err("has a host or a port that cannot be read".into()),
    };
    let bracketed = host.host().strip_prefix('[').map(|rest| rest.trim_end_matches(']'));
    if bracketed.is_some_and(|address| address.parse::<Ipv6Addr>().is_err()) {
        return Err("has an address that cannot be read".into());
    }
    if host.as_str().len() > host.host().len() && host.port_u16().is_none_or(|port| port == 0) {
        return Err("has a port that is not a number from 1 to 65535".into());
    }
    let mut canonical = format!("{scheme}://");
    if let Some(login) = login {
        let (user, password) = login.split_once(':').map_or((login, None), |(user, word)| (user, Some(word)));
        encode(&mut canonical, user);
        if let Some(password) = password {
            canonical.push(':');
            encode(&mut canonical, password);
        }
        canonical.push('@');
    }
    canonical.push_str(host.as_str());
    Ok(canonical)
}

/// Writes each byte with a special meaning, and each that is not ASCII, as `%` and two digits. Bytes that are written so stay.
fn encode(to: &mut String, text: &str) {
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        let digits = bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => to.push(char::from(byte)),
            b'%' if digits => to.push('%'),
            _ => drop(write!(to, "%{byte:02X}")),
        }
    }
}

fn route_through(proxy: &Intercept) -> Route {
    let uri = proxy.uri().clone();
    match uri.scheme_str() {
        Some("socks5" | "socks5h") => {
            let login = proxy.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned()));
            Route::Socks { proxy: uri, login }
        }
        _ => Route::Tunnel { authorization: proxy.basic_auth().cloned(), proxy: uri },
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let named = host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    address.map_or(named, |address| address.is_loopback())
}

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing {
    use super::*;

    /// A proxy's URL and what is exempt, on lines of their own: both ways of giving the URL read the same, and what cannot be
    /// read never leads around the proxy, nor shows its password.
    pub fn proxy_url(bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let (url, no) = text.split_once('\n').unwrap_or((&text, ""));
        let of_environment = |no: &str| {
            Proxy::from_variables(|name| match name {
                "HTTPS_PROXY" => Some(url.to_owned()),
                "NO_PROXY" => Some(no.to_owned()),
                _ => None,
            })
        };
        let uri = Uri::from_static("https://contoso.servicebus.windows.net");
        let _ = of_environment(no).route(&uri).is_ok();
        if url.trim().is_empty() {
            return;
        }
        match (Proxy::by_hand(url), of_environment("")) {
            (Err(error), proxy) => {
                let of_environment =
                    proxy.route(&uri).err().expect("a setting that cannot be read").to_string();
                for word in url.split([':', '/', '@']).filter(|word| word.len() >= 12) {
                    let shown = format!("{error}{of_environment}");
                    assert!(!shown.contains(word), "{word} in: {shown}");
                }
            }
            (Ok(by_hand), of_environment) => {
                let [by_hand, of_environment] =
                    [by_hand, of_environment].map(|proxy| told(&proxy.route(&uri).expect("it can be read")));
                assert_eq!(by_hand, of_environment);
                assert!(!by_hand.is_empty(), "{url} leads around the proxy");
            }
        }
    }

    fn told(route: &Route) -> String {
        match route {
            Route::Direct => String::new(),
            Route::Tunnel { proxy, authorization } => format!("{proxy} {authorization:?}"),
            Route::Socks { proxy, login } => format!("{proxy} {login:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(proxy: &str, uri: &str) -> String {
        shown(&Proxy::by_hand(proxy).unwrap(), uri)
    }

    fn from(variables: &[(&str, &str)]) -> Proxy {
        Proxy::from_variables(|name| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn shown(proxy: &Proxy, uri: &str) -> String {
        match proxy.route(&uri.parse().unwrap()).unwrap() {
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
        for bad in ["", "ftp://u:sesame@proxy", "https://u:sesame@proxy", "http://"] {
            let error = Proxy::by_hand(bad).err().expect(bad).to_string();
            assert!(error.contains("http://host:port") && !error.contains("sesame"), "{error}");
        }
    }

    const UNREADABLE: [&str; 13] = [
        "http://u:p w@px:3128",
        "http://u:sesame@px:99999",
        "http://u:sesame@px:0",
        "http://u:sesame@px:",
        "http://u:sesame@px:port",
        "http://[::1",
        "http://[sesame]:3128",
        "http://u:sesame@",
        "http://u:sesame@px/path",
        "ftp://u:sesame@px",
        "https://u:sesame@px",
        "socks4://u:sesame@px",
        "u:sesame://px",
    ];

    /// A direct connection would go around the proxy, silently.
    #[test]
    fn a_setting_that_cannot_be_read_is_an_error_everywhere() {
        for url in UNREADABLE {
            let by_hand = Proxy::by_hand(url).err().expect(url).to_string();
            let proxy = from(&[("HTTPS_PROXY", url)]);
            let of_environment =
                proxy.route(&Uri::from_static("https://a.net")).err().expect(url).to_string();
            assert!(of_environment.contains("HTTPS_PROXY"), "{of_environment}");
            for text in [by_hand, of_environment] {
                assert!(text.contains("http://host:port") && !text.contains("sesame"), "{url}: {text}");
            }
            // Loopback needs none.
            assert_eq!(shown(&proxy, "https://localhost:1"), "direct");
        }
    }

    #[test]
    fn users_and_passwords_are_read_the_same_from_both() {
        for (login, user, password) in [
            ("u:p", "u", "p"),
            ("u", "u", ""),
            ("u:", "u", ""),
            ("u:p%40ss", "u", "p@ss"),
            ("u:p@ss", "u", "p@ss"),
            ("u:p:q", "u", "p:q"),
            ("u:p/q?r#s", "u", "p/q?r#s"),
            ("u:100%", "u", "100%"),
            ("u:%zz%20%25", "u", "%zz %"),
            ("dom\\user:pÄ", "dom\\user", "pÄ"),
            ("u:\"<>{}|^`", "u", "\"<>{}|^`"),
        ] {
            let url = format!("socks5://{login}@px:1080");
            let expected = format!("socks socks5://px:1080/ {:?}", Some((user, password)));
            assert_eq!(route(&url, "https://a.net"), expected, "{login}");
            assert_eq!(shown(&from(&[("ALL_PROXY", &url)]), "https://a.net"), expected, "{login}");
        }
        for url in ["px:3128", "http://px:3128", "HTTP://px:3128/", " http://px:3128 "] {
            assert_eq!(route(url, "https://a.net"), "tunnel http://px:3128/ false", "{url}");
        }
        assert_eq!(route("http://[::1]:3128", "https://a.net"), "tunnel http://[::1]:3128/ false");
    }

    #[test]
    fn the_environments_variables_have_an_order() {
        let go = |variables: &[(&str, &str)]| shown(&from(variables), "https://a.net");
        assert_eq!(go(&[]), "direct");
        assert_eq!(go(&[("HTTPS_PROXY", "")]), "direct");
        assert_eq!(go(&[("HTTP_PROXY", "http://px:1")]), "direct");
        assert_eq!(
            go(&[("ALL_PROXY", "http://px:1"), ("https_proxy", "http://px:2")]),
            "tunnel http://px:2/ false"
        );
        assert_eq!(go(&[("all_proxy", "http://px:1"), ("HTTPS_PROXY", " ")]), "tunnel http://px:1/ false");
        assert_eq!(go(&[("HTTPS_PROXY", "http://px:1"), ("REQUEST_METHOD", "GET")]), "direct");
    }

    #[test]
    fn no_proxy_understands_what_people_write() {
        for (no, uri, direct) in [
            ("*", "https://a.net", true),
            ("a.net", "https://a.net", true),
            ("a.net", "https://b.a.net", true),
            ("a.net", "https://xa.net", false),
            (".a.net", "https://b.a.net", true),
            ("*.a.net", "https://b.a.net", true),
            ("*.a.net", "https://c.b.a.net", true),
            ("*.a.net", "https://xa.net", false),
            ("a.net:443", "https://a.net", true),
            ("a.net:443", "https://a.net:8443", false),
            ("*.a.net:8443", "https://b.a.net:8443", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("fd00::/8", "https://[fd00::1]", true),
            ("fd00::1", "https://[fd00::1]", true),
            ("[fd00::1]:443", "https://[fd00::1]", true),
            ("[fd00::1]:443", "https://[fd00::1]:1", false),
            ("b.net, A.NET", "https://a.net", true),
            ("b.net a.net", "https://a.net", true),
        ] {
            let proxy = from(&[("HTTPS_PROXY", "http://px:1"), ("no_proxy", no)]);
            assert_eq!(shown(&proxy, uri) == "direct", direct, "{no} for {uri}");
        }
    }
}
