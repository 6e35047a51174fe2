use super::json::{Fault, newest, same};
use crate::request_log::LoggedRequest;
use crate::service::Service;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    hub: Option<String>,
    operation: Option<String>,
    status: Option<u16>,
    limit: Option<usize>,
    before: Option<u64>,
}

impl Filter {
    fn fits(&self, request: &LoggedRequest) -> bool {
        same(&self.hub, request.hub.as_deref())
            && same(&self.operation, request.operation.as_deref())
            && self.status.is_none_or(|status| request.status == Some(status))
    }
}

/// `GET /$emulator/requests`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Response, Fault> {
    let Query(filter) = filter.map_err(|why| Fault::bad_request(why.body_text()))?;
    Ok(newest(&service.requests, filter.limit, filter.before, |request| filter.fits(request)))
}

/// `DELETE /$emulator/requests`
pub(super) async fn clear(State(service): State<Arc<Service>>) -> StatusCode {
    service.requests.clear();
    StatusCode::NO_CONTENT
}
