use crate::app::App;
use crate::caller;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;

/// The name and port by which who asks reaches the emulator.
pub(super) struct Authority(pub(super) String);

impl FromRequestParts<Arc<App>> for Authority {
    type Rejection = Infallible;

    async fn from_request_parts(head: &mut Parts, app: &Arc<App>) -> Result<Authority, Infallible> {
        Ok(Authority(caller::authority(head, &app.namespace.authority)))
    }
}
