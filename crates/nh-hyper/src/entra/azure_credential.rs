use crate::entra::{BoxError, TokenSource};
use azure_core::credentials::TokenCredential;
use nh_core::AccessToken;
use std::sync::Arc;

/// The credentials of azure_identity are made as such an `Arc`.
impl<C: TokenCredential + ?Sized + 'static> TokenSource for Arc<C> {
    async fn token(&self, scope: &str) -> Result<AccessToken, BoxError> {
        let token = self.get_token(&[scope], None).await?;
        Ok(AccessToken::new(token.token.secret())?.expires_at(token.expires_on.into()))
    }
}
