use super::json::{Fault, contains, newest, same};
use crate::inbox::Received;
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
        let tagged = |tag: &String| received.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
        let says = |text: &String| {
            [&*received.payload, &received.pns_handle].into_iter().any(|place| contains(place, text))
        };
        same(&self.hub, Some(&received.hub))
            && same(&self.platform, Some(&received.platform))
            && same(&self.device, Some(&received.pns_handle))
            && same(&self.notification, Some(&received.notification_id))
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
    Ok(newest(&service.inbox, filter.limit, filter.before, |received| filter.fits(received)))
}

/// `DELETE /$emulator/inbox`
pub(super) async fn clear(State(service): State<Arc<Service>>) -> StatusCode {
    service.clear_inbox();
    StatusCode::NO_CONTENT
}
