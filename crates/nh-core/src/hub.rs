use crate::connection_string::endpoint;
use crate::credential::Signer;
use crate::path::push_segment;
use crate::site::Site;
use crate::text::quoted;
use crate::{BuildError, ConnectionString, Credential, IntoConnectionString};
use http::{HeaderValue, Uri};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The version that the current SDKs use. An old hub may refuse it: "The notification hub was created with an older API
/// version" (azure-notificationhubs-java-backend, issue 42).
pub(crate) const API_VERSION: &str = "2020-06";

/// A hub's name has at most this many characters ([naming rules]).
///
/// [naming rules]: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const MAX_NAME_CHARS: usize = 260;

/// A notification hub. It holds the address for requests and the [`Credential`] that signs them.
///
/// A clone costs little. All clones share the credential and the current token.
///
/// ```
/// use nh_core::Hub;
///
/// let hub = Hub::from_connection_string(
///     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0",
///     "news",
/// )?;
/// assert_eq!(hub.uri(), "https://contoso.servicebus.windows.net/news");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    endpoint: Uri,
    site: Site,
    sends: Sends,
}

/// The URIs of all kinds of sends, ready to clone.
struct Sends {
    to_audience: Uri,
    to_audience_test: Uri,
    direct: Uri,
    direct_test: Uri,
}

/// The kinds of sends. Each has other flags in its URI.
#[derive(Clone, Copy)]
pub(crate) enum Messages {
    ToAudience,
    ToAudienceTest,
    Direct,
    DirectTest,
}

impl Hub {
    /// Makes a hub from the connection string of its namespace or of the hub itself, and the hub's `name`.
    ///
    /// # Errors
    /// - Fails if [`ConnectionString::parse`] refuses the connection string.
    /// - Fails if [`Hub::new`] refuses the name.
    /// - Fails if the connection string has an `EntityPath` and `name` is another hub. Case does not matter.
    pub fn from_connection_string(
        connection_string: impl IntoConnectionString,
        name: impl AsRef<str>,
    ) -> Result<Hub, BuildError> {
        let name = name.as_ref();
        let parsed = connection_string.to_connection_string()?;
        if let Some(entity) = parsed.entity_path().filter(|entity| !entity.eq_ignore_ascii_case(name)) {
            return Err(BuildError::new(
                format_args!("hub name {}", quoted(name)),
                format_args!("is not the connection string's EntityPath {}", quoted(entity)),
                "use the same hub name, or remove EntityPath from the connection string",
            ));
        }
        Hub::of(&parsed, name)
    }

    fn of(parsed: &ConnectionString, name: &str) -> Result<Hub, BuildError> {
        Hub::at(parsed.endpoint().clone(), name, parsed.try_into()?, API_VERSION)
    }

    /// Makes a hub from the endpoint of its namespace (`sb://{host}/` or `https://{host}/`), its name and a credential.
    ///
    /// # Errors
    /// - Fails if the endpoint has no host, or has more than a host and a port.
    /// - Fails if the endpoint is plain `http://` and its host is not a loopback host.
    /// - Fails if the name is empty or has more than 260 characters ([naming rules]).
    /// - Fails if the name has other characters than the letters `A` to `Z` and `a` to `z`, digits, `.`, `-` and `_`.
    /// - Fails if the name is `.` or `..`.
    ///
    /// [naming rules]: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    pub fn new(
        namespace_endpoint: impl AsRef<str>,
        name: impl AsRef<str>,
        credential: Credential,
    ) -> Result<Hub, BuildError> {
        Hub::at(endpoint(namespace_endpoint.as_ref())?, name.as_ref(), credential, API_VERSION)
    }

    /// Returns the same hub with another `api-version`. The default is `2020-06`. A hub that was created long ago may refuse
    /// new versions (azure-notificationhubs-java-backend, issue 42). Both hubs share the credential.
    ///
    /// ```
    /// # let hub = nh_core::Hub::from_connection_string(
    /// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
    /// let old = hub.with_api_version("2017-04")?;
    /// assert_eq!((hub.api_version(), old.api_version()), ("2020-06", "2017-04"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the version is empty or has other characters than letters, digits, `-` and `.`.
    pub fn with_api_version(&self, api_version: &str) -> Result<Hub, BuildError> {
        check_api_version(api_version)?;
        let inner = &*self.inner;
        Hub::at(inner.endpoint.clone(), &inner.name, inner.site.signer.credential().clone(), api_version)
    }

    pub(crate) fn at(
        endpoint: Uri,
        name: &str,
        credential: Credential,
        api_version: &str,
    ) -> Result<Hub, BuildError> {
        check_name(name)?;
        let mut root = endpoint.to_string();
        root.truncate(root.trim_end_matches('/').len());
        push_segment(&mut root, name)?;
        let uri = |tail: &str| {
            format!("{root}{tail}")
                .parse::<Uri>()
                .map_err(|error| BuildError::new("hub", error, "shorten its name"))
        };
        let messages = |flags| uri(&format!("/messages?api-version={api_version}{flags}"));
        Ok(Hub {
            inner: Arc::new(Inner {
                name: name.to_owned(),
                endpoint,
                sends: Sends {
                    to_audience: messages("")?,
                    to_audience_test: messages("&test")?,
                    direct: messages("&direct")?,
                    direct_test: messages("&direct&test")?,
                },
                site: Site {
                    signer: Signer::new(&root, credential),
                    root: uri("")?,
                    api_version: api_version.to_owned(),
                },
            }),
        })
    }

    /// Returns the hub's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Returns the address of the namespace: `https://{host}[:port]/`.
    pub fn endpoint(&self) -> &Uri {
        &self.inner.endpoint
    }

    /// Returns the address of the hub: `https://{host}[:port]/{hub}`. A token is valid for this address and everything below
    /// it.
    pub fn uri(&self) -> &Uri {
        &self.inner.site.root
    }

    /// Returns the `api-version` of the requests to this hub.
    pub fn api_version(&self) -> &str {
        &self.inner.site.api_version
    }

    /// Returns the credential that signs the requests. [`Credential::replace`] changes its key while it is in use.
    pub fn credential(&self) -> &Credential {
        self.inner.site.signer.credential()
    }

    /// Returns the value of the `Authorization` header for requests to this hub. The value is marked sensitive.
    /// [`Hub::request`] sets this header itself.
    ///
    /// A signed token is valid for 60 minutes. After 30 minutes a new one is signed.
    ///
    /// # Errors
    /// Fails if `now` is before 1970, or so late that [`SystemTime`] cannot count 30 minutes more.
    pub fn authorization(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        self.inner.site.signer.authorization(now)
    }

    pub(crate) fn site(&self) -> &Site {
        &self.inner.site
    }

    pub(crate) fn messages(&self, how: Messages) -> &Uri {
        let Sends { to_audience, to_audience_test, direct, direct_test } = &self.inner.sends;
        match how {
            Messages::ToAudience => to_audience,
            Messages::ToAudienceTest => to_audience_test,
            Messages::Direct => direct,
            Messages::DirectTest => direct_test,
        }
    }
}

/// Makes the hub that the connection string names in its `EntityPath`.
///
/// ```
/// use nh_core::{ConnectionString, Hub};
///
/// let connection_string = ConnectionString::parse(
///     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0;EntityPath=news",
/// )?;
/// assert_eq!(Hub::try_from(&connection_string)?.name(), "news");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// # Errors
/// Fails if the connection string has no `EntityPath`, or if [`Hub::from_connection_string`] would fail.
impl TryFrom<&ConnectionString> for Hub {
    type Error = BuildError;
    fn try_from(connection_string: &ConnectionString) -> Result<Hub, BuildError> {
        match connection_string.entity_path() {
            Some(name) => Hub::of(connection_string, name),
            None => Err(BuildError::new(
                "connection string",
                "does not name a hub",
                "add EntityPath={hub} to it, or use Hub::from_connection_string",
            )),
        }
    }
}

impl TryFrom<ConnectionString> for Hub {
    type Error = BuildError;
    fn try_from(connection_string: ConnectionString) -> Result<Hub, BuildError> {
        Hub::try_from(&connection_string)
    }
}

pub(crate) fn check_api_version(api_version: &str) -> Result<(), BuildError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    if api_version.is_empty() || !api_version.bytes().all(legal) {
        return Err(BuildError::new(
            format_args!("api-version {}", quoted(api_version)),
            "is not a version",
            "write it like 2020-06, with letters, digits, '-' and '.' only",
        ));
    }
    Ok(())
}

/// Letters outside ASCII are refused too: no hub can have them.
pub(crate) fn check_name(name: &str) -> Result<(), BuildError> {
    let refuse = |problem: fmt::Arguments<'_>| {
        Err(BuildError::new(
            format_args!("hub name {}", quoted(name)),
            problem,
            "use the name of the hub, not its URL and not the namespace: letters, digits, '.', '-' and '_'",
        ))
    };
    if name.is_empty() {
        return refuse(format_args!("is empty"));
    }
    if matches!(name, "." | "..") {
        return refuse(format_args!("cannot be part of a URL"));
    }
    if name.len() > MAX_NAME_CHARS {
        return refuse(format_args!("has {} characters; the limit is {MAX_NAME_CHARS}", name.len()));
    }
    match name.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        Some((at, c)) => refuse(format_args!("has {c:?} at byte {at}")),
        None => Ok(()),
    }
}

/// Clones the hub. The credential and the current token are shared.
impl From<&Hub> for Hub {
    fn from(hub: &Hub) -> Hub {
        hub.clone()
    }
}

/// Writes the hub's name.
impl fmt::Display for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.inner.name)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let site = &self.inner.site;
        f.debug_struct("Hub")
            .field("uri", &site.root)
            .field("api_version", &site.api_version)
            .field("credential", site.signer.credential())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECTION_STRING: &str =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0";

    #[test]
    fn entity_path() {
        let with = format!("{CONNECTION_STRING};EntityPath=news");
        let parse = |text: &str| ConnectionString::parse(text).unwrap();
        assert_eq!(Hub::try_from(parse(&with)).unwrap().name(), "news");
        assert_eq!(Hub::from_connection_string(&with, "News").unwrap().name(), "News");
        let error = Hub::from_connection_string(&with, "sports").unwrap_err().to_string();
        assert!(error.contains("\"sports\"") && error.contains("\"news\""), "{error}");
        assert!(Hub::try_from(parse(CONNECTION_STRING)).unwrap_err().to_string().contains("EntityPath="));
    }

    #[test]
    fn names() {
        for good in ["news", "Hub.1-a_B", &"h".repeat(260)] {
            assert!(Hub::from_connection_string(CONNECTION_STRING, good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "my hub", "a/b", "a?b", "é", &"h".repeat(261)] {
            let error = Hub::from_connection_string(CONNECTION_STRING, bad).expect_err(bad).to_string();
            assert!(!error.contains("c2VjcmV0"), "{error}");
        }
    }

    #[test]
    fn api_version() {
        let hub = Hub::from_connection_string(CONNECTION_STRING, "news").unwrap();
        let old = hub.with_api_version("2017-04").unwrap();
        assert_eq!(old.messages(Messages::ToAudienceTest).query(), Some("api-version=2017-04&test"));
        assert!(hub.with_api_version("2017-04&test").is_err());
    }

    #[test]
    fn debug_is_silent_about_the_key() {
        let hub = Hub::from_connection_string(CONNECTION_STRING, "news").unwrap();
        assert_eq!(
            format!("{hub:?}"),
            "Hub { uri: https://contoso.servicebus.windows.net/news, api_version: \"2020-06\", \
             credential: Credential(SharedAccessKey { name: \"Full\", .. }) }"
        );
    }
}
