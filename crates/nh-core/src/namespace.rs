use crate::connection_string::endpoint;
use crate::credential::Signer;
use crate::hub::{self, API_VERSION};
use crate::operation::{Sealed, Site};
use crate::{
    BuildError, ConnectionString, Credential, Hub, IntoConnectionString, Operation, Target, operation,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A namespace: what hubs are created and deleted in. It needs a key of the namespace with the right Manage, such as
/// `RootManageSharedAccessKey`.
///
/// Cheap to clone; clones share the credential and the token in use.
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
/// What manages hubs cannot be asked of a hub:
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
    /// The namespace of a connection string. Its `EntityPath`, if it has one, is not looked at.
    ///
    /// # Errors
    /// What [`ConnectionString::parse`] refuses.
    pub fn from_connection_string(
        connection_string: impl IntoConnectionString,
    ) -> Result<Namespace, BuildError> {
        let parsed = connection_string.to_connection_string()?;
        Namespace::at(parsed.endpoint().clone(), (&parsed).try_into()?, API_VERSION)
    }

    /// A namespace by its endpoint (`sb://` or `https://`) and a credential.
    ///
    /// # Errors
    /// An endpoint that is more or less than a host.
    pub fn new(namespace_endpoint: &str, credential: Credential) -> Result<Namespace, BuildError> {
        Namespace::at(endpoint(namespace_endpoint)?, credential, API_VERSION)
    }

    /// The same namespace, asked in another `api-version` (`2020-06` unless set). Both share the credential.
    ///
    /// # Errors
    /// A version that is not written in letters, digits, `-` and `.`.
    pub fn with_api_version(&self, api_version: &str) -> Result<Namespace, BuildError> {
        hub::check_api_version(api_version)?;
        Namespace::at(self.site.root.clone(), self.site.signer.credential().clone(), api_version)
    }

    fn at(endpoint: Uri, credential: Credential, api_version: &str) -> Result<Namespace, BuildError> {
        let signer = Signer::new(&endpoint.to_string(), credential);
        let site = Site { root: endpoint, api_version: api_version.to_owned(), signer };
        Ok(Namespace { site: Arc::new(site) })
    }

    /// A hub of this namespace. Both share the credential: a key that is replaced is replaced in both. The service is not asked
    /// whether the hub exists.
    ///
    /// # Errors
    /// An illegal name: see [`Hub::new`].
    pub fn hub(&self, name: &str) -> Result<Hub, BuildError> {
        Hub::at(self.site.root.clone(), name, self.site.signer.credential().clone(), &self.site.api_version)
    }

    /// The namespace: `https://{host}[:port]/`. Tokens are signed for this and all below it.
    pub fn uri(&self) -> &Uri {
        &self.site.root
    }

    /// The `api-version` that the namespace is asked in.
    pub fn api_version(&self) -> &str {
        &self.site.api_version
    }

    /// What signs the requests. [`Credential::replace`] rotates its key while it is in use, also in the hubs that were made from
    /// this namespace.
    pub fn credential(&self) -> &Credential {
        self.site.signer.credential()
    }

    /// The value of the `Authorization` header, as [`Hub::authorization`].
    ///
    /// # Errors
    /// A time before 1970.
    pub fn authorization(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        self.site.signer.authorization(now)
    }

    /// The signed request that `operation` asks of this namespace at the time `now`.
    ///
    /// # Errors
    /// What the operation refuses, and a time before 1970. Nothing has been sent.
    pub fn request<O: Operation<Namespace> + ?Sized>(
        &self,
        operation: &O,
        now: SystemTime,
    ) -> Result<Request<Bytes>, BuildError> {
        operation::request(self, operation, now)
    }
}

/// The namespace that the connection string is for. Its `EntityPath` is not looked at.
impl TryFrom<&ConnectionString> for Namespace {
    type Error = BuildError;
    fn try_from(connection_string: &ConnectionString) -> Result<Namespace, BuildError> {
        Namespace::from_connection_string(connection_string)
    }
}

/// The namespace's host.
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

impl Target for Namespace {}

impl Sealed for Namespace {
    fn site(&self) -> &Site {
        &self.site
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
