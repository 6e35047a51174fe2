use super::json::{Query, newest, same};
use crate::app::App;
use crate::model::logged_request::LoggedRequest;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFilter {
    hub: Option<String>,
    operation: Option<String>,
    status: Option<u16>,
    limit: Option<usize>,
    before: Option<u64>,
}

impl RequestFilter {
    fn fits(&self, request: &LoggedRequest) -> bool {
        same(&self.hub, request.hub.as_deref())
            && same(&self.operation, request.operation.as_deref())
            && self.status.is_none_or(|status| request.status == Some(status))
    }
}

/// `GET /$emulator/requests`
pub(super) async fn list(State(app): State<Arc<App>>, Query(filter): Query<RequestFilter>) -> Response {
    newest(&app.requests, filter.limit, filter.before, |request| filter.fits(request))
}

/// `DELETE /$emulator/requests`
pub(super) async fn clear(State(app): State<Arc<App>>) -> StatusCode {
    app.requests.clear();
    StatusCode::NO_CONTENT
}
