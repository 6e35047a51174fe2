//! A client without a key in its configuration: a token of Microsoft Entra ID gets the key, and gets the next one when the key is rotated.
//!
//! **A hub itself takes shared access signatures only**, and no token ([Common concepts]). So the token goes to Azure Resource Manager (ARM),
//! which has the keys of all hubs. [The guide](crate::guide::entra) says which permission the program needs.
//!
//! ```
//! use nh_hyper::entra::{BoxError, Entra, TokenSource};
//! use nh_hyper::nh_core::AccessToken;
//! use nh_hyper::{Client, Notification, Transport};
//!
//! /// Where the program has its tokens from. The credentials of azure_identity can be used as they are.
//! struct Tokens;
//!
//! impl TokenSource for Tokens {
//!     async fn token(&self, scope: &str) -> Result<AccessToken, BoxError> {
//!         assert_eq!(scope, "https://management.azure.com/.default");
//!         Ok(AccessToken::new("eyJ0eXAi.eyJhdWQi.c2VjcmV0")?)
//!     }
//! }
//!
//! async fn client(transport: &Transport, rule: &str) -> Result<Client, nh_hyper::Error> {
//!     transport.hub_by_entra(Entra::new(&rule.parse()?, Tokens)?).await
//! }
//!
//! # use http_body_util::Full;
//! # use nh_hyper::nh_core::{bytes::Bytes, http::{Request, Response}};
//! # let answer = |request: Request<Full<Bytes>>| async move {
//! #     let body = match request.uri().host() {
//! #         Some("management.azure.com") => r#"{
//! #             "primaryConnectionString": "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0",
//! #             "secondaryConnectionString": "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=bmV3",
//! #             "primaryKey": "c2VjcmV0", "secondaryKey": "bmV3", "keyName": "Full" }"#,
//! #         host => { assert_eq!(host, Some("contoso.servicebus.windows.net")); "" }
//! #     };
//! #     Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(body))))
//! # };
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # runtime.block_on(async {
//! # let transport = Transport::builder().service(tower::service_fn(answer)).build()?;
//! let rule = "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial/providers/Microsoft.NotificationHubs\
//!     /namespaces/contoso/notificationHubs/news/authorizationRules/DefaultFullSharedAccessSignature";
//! let client = client(&transport, rule).await?;
//! client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When ARM is asked
//!
//! - Once at the beginning.
//! - When the service refuses the key with 401. Then one call asks, however many were refused, and the others wait for it. If there is a new
//!   primary key, each refused call is repeated with it, within the limits of its [`RetryPolicy`](crate::RetryPolicy). A 401 was not carried
//!   out, so no send is lost and none comes twice.
//! - If ARM has no new key, or does not answer, the old key stays. The error of the call says both. ARM is asked again after 30 seconds at the
//!   earliest, when the next call is refused. After a new key it is 5 seconds.
//!
//! [Common concepts]: https://learn.microsoft.com/rest/api/notificationhubs/common-concepts

#[cfg(feature = "azure-core")]
mod azure_credential;
mod keys;
mod token_source;

pub use token_source::TokenSource;

use crate::client::Client;
use crate::error::Error;
use crate::namespace_client::NamespaceClient;
use crate::transport::Transport;
use keys::Keys;
use nh_core::{AzureCloud, BuildError, Hub, ListKeys, Namespace, ResourceId};
use std::fmt;
use std::sync::Arc;

/// Why there is no token: any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Whose key a client signs with, and where the tokens come from that get it.
#[derive(Clone)]
pub struct Entra {
    rule: ResourceId,
    list: ListKeys,
    cloud: AzureCloud,
    tokens: Arc<dyn token_source::Erased>,
}

impl Entra {
    /// Takes an access rule of a hub or of a namespace. Its rights are those of the client. With the feature `azure-core`, a credential of
    /// azure_identity is a source of tokens.
    ///
    /// # Errors
    /// Fails if the id names no access rule.
    pub fn new(rule: &ResourceId, tokens: impl TokenSource) -> Result<Entra, BuildError> {
        Ok(Entra {
            rule: rule.clone(),
            list: ListKeys::of(rule)?,
            cloud: AzureCloud::PUBLIC,
            tokens: Arc::new(tokens),
        })
    }

    /// Asks the resource manager of another cloud. The default is [`AzureCloud::PUBLIC`].
    ///
    /// ```
    /// # use nh_hyper::entra::{BoxError, Entra, TokenSource};
    /// # use nh_hyper::nh_core::{AccessToken, AzureCloud, ResourceId};
    /// # struct Tokens;
    /// # impl TokenSource for Tokens {
    /// #     async fn token(&self, _: &str) -> Result<AccessToken, BoxError> { Ok(AccessToken::new("a")?) }
    /// # }
    /// let rule = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "5ktrial", "contoso")?.with_hub("news")?.with_rule("Send")?;
    /// let entra = Entra::new(&rule, Tokens)?.cloud(AzureCloud::US_GOVERNMENT);
    /// # Ok::<(), nh_hyper::BuildError>(())
    /// ```
    #[must_use]
    pub fn cloud(mut self, cloud: AzureCloud) -> Entra {
        self.cloud = cloud;
        self
    }
}

impl fmt::Debug for Entra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entra").field("rule", &self.rule).field("cloud", &self.cloud).finish_non_exhaustive()
    }
}

impl Transport {
    /// Gets the key of an access rule of a hub, and makes a client for the hub that renews the key when it is rotated. See [`entra`](crate::entra).
    ///
    /// Clones of the client, and clients with other options, share the key.
    ///
    /// # Errors
    /// - Fails if the resource id names no hub.
    /// - Fails if there is no token: [`Error::source`](std::error::Error::source) is what the credential said.
    /// - Fails if ARM refuses the token (401) or the identity (403: the error names the permission that is missing), or does not know the rule
    ///   (404), throttles (429) or cannot be reached.
    pub async fn hub_by_entra(&self, entra: Entra) -> Result<Client, Error> {
        let Some(name) = entra.rule.hub().map(str::to_owned) else {
            return Err(BuildError::new(
                format_args!("resource id {}", entra.rule),
                "names no hub",
                "use namespace_by_entra, and take the hub from the client of the namespace",
            )
            .into());
        };
        let (keys, endpoint) = Keys::get(self, entra).await?;
        let hub = Hub::new(endpoint, name, keys.shared().clone())?;
        Ok(self.with_renewal(keys).hub(hub))
    }

    /// Gets the key of an access rule of a namespace, and makes a client for the namespace that renews the key when it is rotated. See
    /// [`entra`](crate::entra). The clients of [`NamespaceClient::hub`] use the same key, and renew it too.
    ///
    /// # Errors
    /// - Fails if the resource id names a hub: the rule of a hub has no rights in the namespace.
    /// - Fails like [`hub_by_entra`](Transport::hub_by_entra).
    pub async fn namespace_by_entra(&self, entra: Entra) -> Result<NamespaceClient, Error> {
        if entra.rule.hub().is_some() {
            return Err(BuildError::new(
                format_args!("resource id {}", entra.rule),
                "names a hub",
                "use hub_by_entra, or an access rule of the namespace",
            )
            .into());
        }
        let (keys, endpoint) = Keys::get(self, entra).await?;
        let namespace = Namespace::new(endpoint, keys.shared().clone())?;
        Ok(self.with_renewal(keys).namespace(namespace))
    }
}
