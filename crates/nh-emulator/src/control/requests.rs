use super::json::Fault;
use crate::request_log::LoggedRequest;
use crate::service::Service;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
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
        let same = |wanted: &Option<String>, is: &Option<String>| {
            let fits = |wanted: &str| is.as_deref().is_some_and(|is| is.eq_ignore_ascii_case(wanted));
            wanted.as_deref().is_none_or(fits)
        };
        same(&self.hub, &request.hub)
            && same(&self.operation, &request.operation)
            && self.status.is_none_or(|status| request.status == Some(status))
    }
}

/// `GET /$emulator/requests`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Response, Fault> {
    let Query(filter) = filter.map_err(|why| Fault::bad_request(why.body_text()))?;
    let found = service
        .requests
        .newest(filter.limit.unwrap_or(usize::MAX), filter.before, |request| filter.fits(request));
    let found: Vec<&LoggedRequest> = found.iter().map(|request| &**request).collect();
    Ok(axum::Json(found).into_response())
}

/// `DELETE /$emulator/requests`
pub(super) async fn clear(State(service): State<Arc<Service>>) -> StatusCode {
    service.requests.clear();
    StatusCode::NO_CONTENT
}
