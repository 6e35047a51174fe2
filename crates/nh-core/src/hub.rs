use crate::connection_string::endpoint;
use crate::credential::Signer;
use crate::operation::{Sealed, Site};
use crate::path::push_segment;
use crate::text::quoted;
use crate::{BuildError, ConnectionString, Credential, IntoConnectionString, Operation, Target, operation};
use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// The version that the current SDKs speak. A hub may refuse it: "The notification hub was created with an older API
/// version" (azure-notificationhubs-java-backend, issue 42).
pub(crate) const API_VERSION: &str = "2020-06";

/// At most so many characters in a hub's name ([naming rules]).
///
/// [naming rules]: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const MAX_NAME: usize = 260;

/// A notification hub: where requests go, and what signs them.
///
/// Cheap to clone; clones share the credential and the token in use.
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
    /// What every send is addressed to, ready to clone.
    messages: [Uri; 4],
}

/// How a notification goes out: what its URI carries besides the api-version.
#[derive(Clone, Copy)]
pub(crate) enum Messages {
    ToAudience,
    ToAudienceTest,
    Direct,
    DirectTest,
}

impl Hub {
    /// The hub `name` under a connection string.
    ///
    /// # Errors
    /// What [`ConnectionString::parse`] and [`Hub::new`] refuse, and a name other than the string's `EntityPath`, if
    /// it has one.
    pub fn from_connection_string(
        connection_string: impl IntoConnectionString,
        name: &str,
    ) -> Result<Hub, BuildError> {
        let parsed = connection_string.to_connection_string()?;
        if let Some(entity) = parsed.entity_path().filter(|entity| !entity.eq_ignore_ascii_case(name)) {
            return Err(BuildError::new(
                format_args!("hub name {}", quoted(name)),
                format_args!("is not the connection string's EntityPath {}", quoted(entity)),
                "name the same hub, or leave EntityPath out",
            ));
        }
        Hub::of(&parsed, name)
    }

    fn of(parsed: &ConnectionString, name: &str) -> Result<Hub, BuildError> {
        Hub::at(parsed.endpoint().clone(), name, parsed.try_into()?, API_VERSION)
    }

    /// A hub by its namespace's endpoint (`sb://` or `https://`), its name and a credential.
    ///
    /// # Errors
    /// An endpoint that is more or less than a host; a name that is empty, longer than 260 characters, or has other
    /// characters than letters, digits, `.`, `-` and `_`.
    pub fn new(namespace_endpoint: &str, name: &str, credential: Credential) -> Result<Hub, BuildError> {
        Hub::at(endpoint(namespace_endpoint)?, name, credential, API_VERSION)
    }

    /// The same hub, asked in another `api-version` (`2020-06` unless set): a hub that was created long ago may refuse
    /// newer versions. Both share the credential.
    ///
    /// # Errors
    /// A version that is not written in letters, digits, `-` and `.`.
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
                messages: [
                    messages("")?,
                    messages("&test")?,
                    messages("&direct")?,
                    messages("&direct&test")?,
                ],
                site: Site {
                    signer: Signer::new(&root, credential),
                    root: uri("")?,
                    api_version: api_version.to_owned(),
                },
            }),
        })
    }

    /// The hub's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The namespace: `https://{host}[:port]/`.
    pub fn endpoint(&self) -> &Uri {
        &self.inner.endpoint
    }

    /// The hub: `https://{host}[:port]/{hub}`. Tokens are signed for this and all below it.
    pub fn uri(&self) -> &Uri {
        &self.inner.site.root
    }

    /// The `api-version` that the hub is asked in.
    pub fn api_version(&self) -> &str {
        &self.inner.site.api_version
    }

    /// What signs the requests. [`Credential::replace`] rotates its key while it is in use.
    pub fn credential(&self) -> &Credential {
        self.inner.site.signer.credential()
    }

    /// The value of the `Authorization` header for requests to this hub, marked sensitive. A signed token is valid
    /// for 60 minutes and used for 30.
    ///
    /// # Errors
    /// A time before 1970.
    pub fn authorization(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        self.inner.site.signer.authorization(now)
    }

    /// The signed request that `operation` asks of this hub at the time `now`.
    ///
    /// # Errors
    /// What the operation refuses, and a time before 1970. Nothing has been sent.
    #[inline]
    pub fn request<O: Operation + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        operation::request(self, operation, now)
    }

    pub(crate) fn messages(&self, how: Messages) -> &Uri {
        &self.inner.messages[how as usize]
    }
}

/// The hub that the connection string itself names, in its `EntityPath`.
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
/// Fails if there is no `EntityPath`, and as [`Hub::from_connection_string`].
impl TryFrom<&ConnectionString> for Hub {
    type Error = BuildError;
    fn try_from(connection_string: &ConnectionString) -> Result<Hub, BuildError> {
        match connection_string.entity_path() {
            Some(name) => Hub::of(connection_string, name),
            None => Err(BuildError::new(
                "connection string",
                "names no hub",
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
            "is no version",
            "write it as 2020-06",
        ));
    }
    Ok(())
}

/// Letters beyond ASCII are refused too: no hub can have them.
pub(crate) fn check_name(name: &str) -> Result<(), BuildError> {
    let refuse = |problem: fmt::Arguments<'_>| {
        Err(BuildError::new(
            format_args!("hub name {}", quoted(name)),
            problem,
            "use the hub's own name, not its namespace's or its URL: letters, digits, '.', '-' and '_'",
        ))
    };
    if matches!(name, "" | "." | "..") {
        return refuse(format_args!("names nothing in a URL"));
    }
    if name.len() > MAX_NAME {
        return refuse(format_args!("has {} characters, {MAX_NAME} is the most", name.len()));
    }
    match name.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        Some((at, c)) => refuse(format_args!("has {c:?} at byte {at}")),
        None => Ok(()),
    }
}

/// The hub's name.
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

impl Target for Hub {}

impl Sealed for Hub {
    fn site(&self) -> &Site {
        &self.inner.site
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
