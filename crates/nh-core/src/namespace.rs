use crate::connection_string::endpoint;
use crate::credential::Signer;
use crate::hub::{self, API_VERSION};
use crate::site::Site;
use crate::{BuildError, ConnectionString, Credential, Hub, IntoConnectionString};
use http::{HeaderValue, Uri};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A namespace. It contains hubs. Operations on a namespace create, change, list and delete hubs. They need a key of the
/// namespace that has the Manage right, such as `RootManageSharedAccessKey`.
///
/// A clone costs little. All clones share the credential and the current token.
///
/// ```
/// use nh_core::{GetHub, Namespace};
///
/// let namespace = Namespace::from_connection_string(
///     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=c2VjcmV0",
/// )?;
/// let request = namespace.request(&GetHub::new("news")?, std::time::SystemTime::now())?;
/// assert_eq!(request.uri(), "https://contoso.servicebus.windows.net/news?api-version=2020-06");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// An operation that manages hubs does not compile with a [`Hub`] as its target:
///
/// ```compile_fail,E0277
/// # let hub = nh_core::Hub::from_connection_string("", "")?;
/// let request = hub.request(&nh_core::ListHubs, std::time::SystemTime::now())?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct Namespace {
    site: Arc<Site>,
}

impl Namespace {
    /// Makes a namespace from a connection string. An `EntityPath` in the string is ignored.
    ///
    /// # Errors
    /// Fails if [`ConnectionString::parse`] refuses the connection string.
    pub fn from_connection_string(
        connection_string: impl IntoConnectionString,
    ) -> Result<Namespace, BuildError> {
        let parsed = connection_string.to_connection_string()?;
        Namespace::at(parsed.endpoint().clone(), (&parsed).try_into()?, API_VERSION)
    }

    /// Makes a namespace from its endpoint (`sb://{host}/` or `https://{host}/`) and a credential.
    ///
    /// # Errors
    /// Fails if the endpoint has no host, has more than a host and a port, or is plain `http://` to a host that is not a
    /// loopback host.
    pub fn new(namespace_endpoint: impl AsRef<str>, credential: Credential) -> Result<Namespace, BuildError> {
        Namespace::at(endpoint(namespace_endpoint.as_ref())?, credential, API_VERSION)
    }

    /// Returns the same namespace with another `api-version`. The default is `2020-06`. Both share the credential.
    ///
    /// # Errors
    /// Fails if the version is empty or has other characters than letters, digits, `-` and `.`.
    pub fn with_api_version(&self, api_version: &str) -> Result<Namespace, BuildError> {
        hub::check_api_version(api_version)?;
        Namespace::at(self.site.root.clone(), self.site.signer.credential().clone(), api_version)
    }

    fn at(endpoint: Uri, credential: Credential, api_version: &str) -> Result<Namespace, BuildError> {
        let signer = Signer::new(&endpoint.to_string(), credential);
        let site = Site { root: endpoint, api_version: api_version.to_owned(), signer };
        Ok(Namespace { site: Arc::new(site) })
    }

    /// Returns a hub of this namespace. Both share the credential: [`Credential::replace`] changes the key for both. This call
    /// sends nothing, so the hub need not exist.
    ///
    /// # Errors
    /// Fails if [`Hub::new`] refuses the name.
    pub fn hub(&self, name: impl AsRef<str>) -> Result<Hub, BuildError> {
        Hub::at(
            self.site.root.clone(),
            name.as_ref(),
            self.site.signer.credential().clone(),
            &self.site.api_version,
        )
    }

    /// Returns the address of the namespace: `https://{host}[:port]/`. A token is valid for this address and everything below
    /// it.
    pub fn uri(&self) -> &Uri {
        &self.site.root
    }

    /// Returns the `api-version` of the requests to this namespace.
    pub fn api_version(&self) -> &str {
        &self.site.api_version
    }

    /// Returns the credential that signs the requests. [`Credential::replace`] changes its key while it is in use. The hubs
    /// that [`Namespace::hub`] returned then use the new key too.
    pub fn credential(&self) -> &Credential {
        self.site.signer.credential()
    }

    /// Returns the value of the `Authorization` header for requests to this namespace, as [`Hub::authorization`] does for a
    /// hub.
    ///
    /// # Errors
    /// Fails in the same cases as [`Hub::authorization`].
    pub fn authorization(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        self.site.signer.authorization(now)
    }

    pub(crate) fn site(&self) -> &Site {
        &self.site
    }
}

/// Makes the namespace of the connection string. An `EntityPath` in the string is ignored.
impl TryFrom<&ConnectionString> for Namespace {
    type Error = BuildError;
    fn try_from(connection_string: &ConnectionString) -> Result<Namespace, BuildError> {
        Namespace::from_connection_string(connection_string)
    }
}

/// Clones the namespace. The credential and the current token are shared.
impl From<&Namespace> for Namespace {
    fn from(namespace: &Namespace) -> Namespace {
        namespace.clone()
    }
}

/// Writes the namespace's host.
impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.site.root.host().unwrap_or_default())
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace")
            .field("uri", &self.site.root)
            .field("api_version", &self.site.api_version)
            .field("credential", self.site.signer.credential())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_hubs_are_signed_with_its_key() {
        let text =
            "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0";
        let namespace = Namespace::from_connection_string(text).unwrap().with_api_version("2017-04").unwrap();
        let hub = namespace.hub("news").unwrap();
        assert_eq!(hub.uri(), "https://contoso.servicebus.windows.net/news");
        for shown in [format!("{namespace:?}"), format!("{hub:?}")] {
            assert!(
                shown.contains("Root") && shown.contains("2017-04") && !shown.contains("c2VjcmV0"),
                "{shown}"
            );
        }
        let now = crate::operations::test_support::now();
        let signed = |value: HeaderValue| value.to_str().unwrap().split('&').next().unwrap().to_owned();
        assert_eq!(
            signed(namespace.authorization(now).unwrap()),
            "SharedAccessSignature sr=https%3A%2F%2Fcontoso.servicebus.windows.net%2F"
        );
        assert!(namespace.hub("a/b").is_err());
    }

    #[test]
    fn its_hubs_sign_with_its_new_key() {
        let text =
            "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0";
        let namespace = Namespace::from_connection_string(text).unwrap();
        let hub = namespace.hub("news").unwrap();
        let old = hub.with_api_version("2017-04").unwrap();
        let now = crate::operations::test_support::now();
        let before = hub.authorization(now).unwrap();
        namespace.credential().replace(Credential::shared_access_key("Root", "bmV3").unwrap());
        let after = hub.authorization(now).unwrap();
        assert_ne!(before, after);
        assert_eq!(old.authorization(now).unwrap(), after);
        let fresh = text.replace("c2VjcmV0", "bmV3");
        assert_eq!(Hub::from_connection_string(fresh, "news").unwrap().authorization(now).unwrap(), after);
    }
}
