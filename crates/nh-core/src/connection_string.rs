use crate::BuildError;
use crate::into_text::for_texts;
use crate::sas::is_torn;
use crate::text::quoted;
use http::Uri;
use http::uri::{Authority, Scheme};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use zeroize::Zeroizing;

/// A connection string, as the Azure portal shows it under "Access Policies":
///
/// `Endpoint=sb://{namespace}.servicebus.windows.net/;SharedAccessKeyName={rule};SharedAccessKey={key}`
///
/// - The parts can stand in any order. Their names can have any case. Spaces around names and values are ignored.
/// - `EntityPath={hub}` is optional. Unknown parts are ignored.
/// - `sb://` means `https://`. Plain `http://` is accepted for loopback hosts only, because it does not encrypt the signature.
///
/// ```
/// use nh_core::ConnectionString;
///
/// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
/// let parsed = ConnectionString::parse(text)?;
/// assert_eq!(parsed.endpoint(), "https://contoso.servicebus.windows.net/");
/// assert_eq!(parsed.shared_access_key_name(), "Full");
/// assert!(!format!("{parsed:?}").contains("c2VjcmV0"));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct ConnectionString {
    endpoint: Uri,
    shared_access_key_name: String,
    shared_access_key: Zeroizing<String>,
    entity_path: Option<String>,
}

impl ConnectionString {
    /// Reads a connection string.
    ///
    /// # Errors
    /// - Fails if `Endpoint`, `SharedAccessKeyName` or `SharedAccessKey` is missing.
    /// - Fails if one of these parts or `EntityPath` is empty, or is given twice.
    /// - Fails if a part is not of the form `name=value`, or if something else than `;` stands between the parts.
    /// - Fails if a quotation mark stands before or behind it: some files of environment variables keep them.
    /// - Fails if the key has a control character in it, or is base64 but for a space in it: it was wrapped when it was copied.
    /// - Fails if the endpoint is not a URL with `sb://`, `https://` or (loopback hosts only) `http://`, a host, and optionally
    ///   a port.
    ///
    /// The error never contains the key.
    pub fn parse(text: &str) -> Result<ConnectionString, BuildError> {
        let mut parts = Parts::default();
        let quotes = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}'];
        if text.trim().starts_with(quotes) || text.trim().ends_with(quotes) {
            return Err(BuildError::new(
                "connection string",
                "has a quotation mark before or behind it",
                "remove it; a file of environment variables may need none: NAME=value",
            ));
        }
        for (index, part) in text.split(';').enumerate() {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            // Split at the first `=` only: a key is base64 and can end in `=`.
            let Some((name, value)) = part.split_once('=') else {
                return Err(refuse(format_args!("part {} is not of the form name=value", index + 1)));
            };
            parts.set(name.trim(), value.trim())?;
        }
        if parts.run_together() {
            return Err(refuse(format_args!("has no ';' between its parts")));
        }
        if parts.key.as_deref().is_some_and(is_torn) {
            return Err(refuse(format_args!("SharedAccessKey has a space or a control character in it")));
        }
        Ok(ConnectionString {
            endpoint: endpoint(&required("Endpoint", parts.endpoint)?)?,
            shared_access_key_name: required("SharedAccessKeyName", parts.key_name)?,
            shared_access_key: Zeroizing::new(required("SharedAccessKey", parts.key)?),
            entity_path: parts.entity_path,
        })
    }

    /// Returns the address of the namespace: `https://{host}[:port]/`.
    pub fn endpoint(&self) -> &Uri {
        &self.endpoint
    }

    /// Returns the name of the access rule.
    pub fn shared_access_key_name(&self) -> &str {
        &self.shared_access_key_name
    }

    /// Returns the name of the hub, if the string has an `EntityPath`.
    pub fn entity_path(&self) -> Option<&str> {
        self.entity_path.as_deref()
    }

    pub(crate) fn shared_access_key(&self) -> &str {
        &self.shared_access_key
    }
}

/// An argument that is a connection string. The trait is sealed. It is implemented for text and for [`ConnectionString`], owned
/// and borrowed.
///
/// ```
/// use nh_core::{ConnectionString, Hub};
///
/// let text = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";
/// Hub::from_connection_string(text, "news")?;
/// Hub::from_connection_string(&ConnectionString::parse(text)?, "news")?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection string",
    note = "give text or a `ConnectionString`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoConnectionString: ToConnectionString {}
impl<C: ToConnectionString> IntoConnectionString for C {}

pub(crate) trait ToConnectionString {
    fn to_connection_string(self) -> Result<ConnectionString, BuildError>;
}

for_texts!(ToConnectionString::to_connection_string -> ConnectionString, ConnectionString::parse);

impl ToConnectionString for ConnectionString {
    fn to_connection_string(self) -> Result<ConnectionString, BuildError> {
        Ok(self)
    }
}

impl ToConnectionString for &ConnectionString {
    fn to_connection_string(self) -> Result<ConnectionString, BuildError> {
        Ok(self.clone())
    }
}

impl FromStr for ConnectionString {
    type Err = BuildError;
    fn from_str(text: &str) -> Result<ConnectionString, BuildError> {
        ConnectionString::parse(text)
    }
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionString")
            .field("endpoint", &self.endpoint)
            .field("shared_access_key_name", &self.shared_access_key_name)
            .field("entity_path", &self.entity_path)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Parts {
    endpoint: Option<String>,
    key_name: Option<String>,
    key: Option<String>,
    entity_path: Option<String>,
}

impl Parts {
    /// Does a value hold the name of another part? Another character stands in place of `;` then.
    fn run_together(&self) -> bool {
        let values = [&self.endpoint, &self.key_name, &self.key, &self.entity_path];
        values.into_iter().flatten().any(|value| {
            let value = value.to_ascii_lowercase();
            let names = ["endpoint", "sharedaccesskeyname", "sharedaccesskey", "entitypath"];
            names.iter().any(|name| value.split(name).skip(1).any(|rest| rest.trim_start().starts_with('=')))
        })
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), BuildError> {
        let (name, slot) = match name {
            _ if name.eq_ignore_ascii_case("Endpoint") => ("Endpoint", &mut self.endpoint),
            _ if name.eq_ignore_ascii_case("SharedAccessKeyName") => {
                ("SharedAccessKeyName", &mut self.key_name)
            }
            _ if name.eq_ignore_ascii_case("SharedAccessKey") => ("SharedAccessKey", &mut self.key),
            _ if name.eq_ignore_ascii_case("EntityPath") => ("EntityPath", &mut self.entity_path),
            _ => return Ok(()),
        };
        if value.is_empty() {
            return Err(refuse(format_args!("{name} is empty")));
        }
        if slot.is_some() {
            return Err(refuse(format_args!("{name} is given twice")));
        }
        *slot = Some(value.to_owned());
        Ok(())
    }
}

fn required(name: &str, value: Option<String>) -> Result<String, BuildError> {
    value.ok_or_else(|| refuse(format_args!("{name} is missing")))
}

fn refuse(problem: fmt::Arguments<'_>) -> BuildError {
    BuildError::new(
        "connection string",
        problem,
        "copy all of it from the portal: Endpoint=sb://..;SharedAccessKeyName=..;SharedAccessKey=..",
    )
}

/// Reads an endpoint: `sb://`, `https://` or (loopback only) `http://`, then a host and an optional port. Nothing else is
/// accepted.
pub(crate) fn endpoint(text: &str) -> Result<Uri, BuildError> {
    // The text before an `@` may be a password.
    let shown = if text.contains('@') { "of the connection string".to_owned() } else { quoted(text) };
    let refuse = |problem: &str| {
        Err(BuildError::new(
            format_args!("endpoint {shown}"),
            problem,
            "write it as sb://{namespace}.servicebus.windows.net/",
        ))
    };
    let Some((scheme, rest)) = text.split_once("://") else {
        return refuse("does not begin with sb:// or https://");
    };
    let scheme = match scheme {
        _ if scheme.eq_ignore_ascii_case("sb") || scheme.eq_ignore_ascii_case("https") => Scheme::HTTPS,
        _ if scheme.eq_ignore_ascii_case("http") => Scheme::HTTP,
        _ => return refuse("does not begin with sb:// or https://"),
    };
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.is_empty() {
        return refuse("has no host");
    }
    if authority.contains(['/', '?', '#', '@']) {
        return refuse("has more than a host and a port");
    }
    let Ok(authority) = authority.parse::<Authority>() else {
        return refuse("has a host that cannot be read");
    };
    if authority.host().is_empty() {
        return refuse("has no host");
    }
    if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none() {
        return refuse("has a port that is not a number up to 65535");
    }
    if scheme == Scheme::HTTP && !is_loopback(authority.host()) {
        return refuse("uses http:// without TLS; this is allowed for loopback hosts only");
    }
    match Uri::builder().scheme(scheme).authority(authority).path_and_query("/").build() {
        Ok(uri) => Ok(uri),
        Err(_) => refuse("cannot be read"),
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "c2VjcmV0LXNlY3JldA==";

    fn parse(text: &str) -> Result<ConnectionString, String> {
        ConnectionString::parse(
            &text.replace("{k}", &format!("SharedAccessKeyName=Full;SharedAccessKey={KEY}")),
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn order_case_and_spaces_are_free() {
        for text in [
            "Endpoint=sb://c.servicebus.windows.net/;{k}",
            "{k};Endpoint=sb://c.servicebus.windows.net",
            " ENDPOINT = https://c.servicebus.windows.net/ ; {k} ; ; TransportType=Amqp;",
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.endpoint(), "https://c.servicebus.windows.net/");
            assert_eq!(parsed.shared_access_key_name(), "Full");
            assert_eq!(parsed.shared_access_key(), KEY);
            assert_eq!(parsed.entity_path(), None);
        }
    }

    #[test]
    fn ports_and_loopback() {
        for (endpoint, uri) in [
            ("sb://localhost:8443/", "https://localhost:8443/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
        ] {
            assert_eq!(parse(&format!("Endpoint={endpoint};{{k}}")).unwrap().endpoint(), uri);
        }
    }

    #[test]
    fn each_refusal_names_the_part() {
        for (text, names) in [
            ("{k}", "Endpoint is missing"),
            ("Endpoint=sb://c.net;SharedAccessKey=x", "SharedAccessKeyName is missing"),
            ("Endpoint=sb://c.net;SharedAccessKeyName=x", "SharedAccessKey is missing"),
            ("Endpoint=sb://c.net;SharedAccessKeyName=x;SharedAccessKey=", "SharedAccessKey is empty"),
            ("\"Endpoint=sb://c.net;{k}\"", "a quotation mark before or behind"),
            ("Endpoint=sb://c.net;{k}' ", "a quotation mark before or behind"),
            ("Endpoint=sb://c.net;Endpoint=sb://d.net;{k}", "Endpoint is given twice"),
            ("Endpoint=sb://c.net;{k};nonsense", "part 4"),
            ("Endpoint=;{k}", "Endpoint is empty"),
            ("Endpoint=sb://;{k}", "no host"),
            ("Endpoint=sb:///;{k}", "no host"),
            ("Endpoint=ftp://c.net;{k}", "does not begin with sb://"),
            ("Endpoint=c.net;{k}", "does not begin with sb://"),
            ("Endpoint=http://c.net;{k}", "loopback"),
            ("Endpoint=sb://u:p@c.net;{k}", "more than a host"),
            ("Endpoint=sb://c.net/hub;{k}", "more than a host"),
            ("Endpoint=sb://c.net:99999;{k}", "port"),
            ("Endpoint=sb://c .net;{k}", "cannot be read"),
            (
                "Endpoint=sb://c.net/,SharedAccessKeyName=Full,SharedAccessKey=c2VjcmV0LXNlY3JldA==",
                "no ';' between",
            ),
            (
                "Endpoint=sb://c.net/&SharedAccessKeyName=Full&SharedAccessKey=c2VjcmV0LXNlY3JldA==",
                "no ';' between",
            ),
            (
                "Endpoint=sb://c.net/ SharedAccessKeyName=Full SharedAccessKey=c2VjcmV0LXNlY3JldA==",
                "no ';' between",
            ),
            (
                "Endpoint=sb://c.net/;SharedAccessKeyName=Full,SharedAccessKey=c2VjcmV0LXNlY3JldA==",
                "no ';' between",
            ),
            (
                "Endpoint=sb://c.net/;SharedAccessKey=c2VjcmV0LXNlY3JldA==\nSharedAccessKeyName=Full",
                "no ';' between",
            ),
            ("Endpoint=sb://c.net;SharedAccessKeyName=x;SharedAccessKey=c2Vj cmV0", "has a space"),
            ("Endpoint=sb://c.net;SharedAccessKeyName=x;SharedAccessKey=c2Vj\ncmV0", "has a space"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(names), "{text}: {error}");
            assert!(!error.contains(KEY) && !error.contains("c2Vj"), "{error}");
        }
    }

    #[test]
    fn a_connection_string_in_another_place_is_not_shown() {
        let text = format!("Endpoint=sb://c.net/;SharedAccessKeyName=Full;SharedAccessKey={KEY}");
        let error = endpoint(&text).unwrap_err().to_string();
        assert!(!error.contains(KEY) && error.contains("looks like a connection string"), "{error}");
    }

    #[test]
    fn debug_is_silent_about_the_key() {
        let parsed = parse("Endpoint=sb://c.net;{k};EntityPath=news").unwrap();
        assert_eq!(
            format!("{parsed:?}"),
            "ConnectionString { endpoint: https://c.net/, shared_access_key_name: \"Full\", entity_path: Some(\"news\"), .. }"
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}") {
            let _ = ConnectionString::parse(&text);
            let _ = ConnectionString::parse(&format!("Endpoint=sb://{text};SharedAccessKeyName=n;SharedAccessKey=k"));
        }
    }
}
