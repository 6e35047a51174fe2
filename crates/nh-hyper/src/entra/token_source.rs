use crate::entra::BoxError;
use crate::runtime::BoxFuture;
use nh_core::AccessToken;
use std::future::Future;
use std::sync::Arc;

/// Where a program has its tokens of Microsoft Entra ID from.
///
/// With the feature `azure-core`, every `Arc` of an `azure_core::credentials::TokenCredential` is one, so the credentials of azure_identity
/// can be used as they are. [`entra`](crate::entra) has an example of a source of your own.
pub trait TokenSource: Send + Sync + 'static {
    /// Returns a token for the scope, such as `https://management.azure.com/.default`. It is asked for each time before Azure Resource
    /// Manager is asked, which is seldom. The source may keep a token until it ends.
    ///
    /// # Errors
    /// Fails if there is no token. The error should say why, without a secret.
    fn token(&self, scope: &str) -> impl Future<Output = Result<AccessToken, BoxError>> + Send;
}

/// A source without its type.
pub(crate) trait Erased: Send + Sync {
    fn token(self: Arc<Self>, scope: String) -> BoxFuture<Result<AccessToken, BoxError>>;
}

impl<S: TokenSource> Erased for S {
    fn token(self: Arc<Self>, scope: String) -> BoxFuture<Result<AccessToken, BoxError>> {
        Box::pin(async move { TokenSource::token(&*self, &scope).await })
    }
}
