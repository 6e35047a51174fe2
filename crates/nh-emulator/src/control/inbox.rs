use super::json::{Fault, contains};
use crate::inbox::Received;
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
    platform: Option<String>,
    tag: Option<String>,
    device: Option<String>,
    text: Option<String>,
    notification: Option<String>,
    limit: Option<usize>,
    before: Option<u64>,
}

impl Filter {
    fn fits(&self, received: &Received) -> bool {
        let same = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let tagged = |tag: &String| received.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
        let says = |text: &String| {
            [&*received.payload, &received.pns_handle].into_iter().any(|place| contains(place, text))
        };
        same(&self.hub, &received.hub)
            && same(&self.platform, &received.platform)
            && same(&self.device, &received.pns_handle)
            && same(&self.notification, &received.notification_id)
            && self.tag.as_ref().is_none_or(tagged)
            && self.text.as_ref().is_none_or(says)
    }
}

/// `GET /$emulator/inbox`
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Response, Fault> {
    let Query(filter) = filter.map_err(|why| Fault::bad_request(why.body_text()))?;
    let found = service
        .inbox
        .newest(filter.limit.unwrap_or(usize::MAX), filter.before, |received| filter.fits(received));
    let found: Vec<&Received> = found.iter().map(|received| &**received).collect();
    Ok(axum::Json(found).into_response())
}

/// `DELETE /$emulator/inbox`
pub(super) async fn clear(State(service): State<Arc<Service>>) -> StatusCode {
    service.inbox.clear();
    StatusCode::NO_CONTENT
}
