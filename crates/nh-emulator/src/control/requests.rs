use super::json::{Query, json_lines, same};
use crate::app::App;
use crate::model::logged_request::LoggedRequest;
use crate::text::words;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use tokio::task::block_in_place;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFilter {
    hub: Option<String>,
    operation: Option<String>,
    /// `201`, `2xx`, `dropped`
    status: Option<String>,
    text: Option<String>,
    /// What a person looks for first: `hints`, `unreached`.
    only: Option<Only>,
    notification: Option<String>,
    limit: Option<usize>,
    before: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Only {
    /// What has hints.
    Hints,
    /// Sends that reached no device.
    Unreached,
}

impl Only {
    fn fits(self, request: &LoggedRequest) -> bool {
        match self {
            Only::Hints => !request.hints.is_empty(),
            Only::Unreached => request.send.as_ref().is_some_and(|send| send.delivered == Some(0)),
        }
    }
}

impl RequestFilter {
    fn fits(&self, request: &LoggedRequest) -> bool {
        let notification = request.send.as_ref().map(|send| send.notification_id.as_str());
        same(&self.hub, request.hub.as_deref())
            && same(&self.operation, request.operation.as_deref())
            && same(&self.notification, notification)
            && self.status.as_ref().is_none_or(|wanted| has_status(request.status, wanted))
            && self.only.is_none_or(|only| only.fits(request))
            && self.text.as_ref().is_none_or(|text| says(request, &words(text)))
    }

    fn find(&self, app: &App) -> Vec<LoggedRequest> {
        app.logged(self.limit.unwrap_or(usize::MAX), self.before, |request| self.fits(request))
    }
}

fn has_status(status: Option<u16>, wanted: &str) -> bool {
    match (status, wanted.strip_suffix("xx")) {
        (None, _) => wanted == "dropped",
        (Some(status), Some(class)) => class.parse() == Ok(status / 100),
        (Some(status), None) => wanted.parse() == Ok(status),
    }
}

/// The words may stand in any order, each of them somewhere.
fn says(request: &LoggedRequest, words: &[String]) -> bool {
    let send = request.send.as_ref();
    let sent =
        send.map(|send| [&*send.notification_id, &*send.format, send.tags.as_deref().unwrap_or_default()]);
    let asked = [&*request.method, &*request.path, request.operation.as_deref().unwrap_or_default()];
    let all = asked.into_iter().chain(sent.into_iter().flatten()).map(str::to_lowercase).collect::<Vec<_>>();
    words.iter().all(|word| all.iter().any(|text| text.contains(word)))
}

/// `GET /$emulator/requests`
pub(super) async fn list(State(app): State<Arc<App>>, Query(filter): Query<RequestFilter>) -> Response {
    block_in_place(|| axum::Json(filter.find(&app)).into_response())
}

/// `GET /$emulator/requests.jsonl`
pub(super) async fn lines(State(app): State<Arc<App>>, Query(filter): Query<RequestFilter>) -> Response {
    block_in_place(|| json_lines("requests.jsonl", &filter.find(&app)))
}

/// `DELETE /$emulator/requests`
pub(super) async fn clear(State(app): State<Arc<App>>) -> StatusCode {
    app.clear_requests();
    StatusCode::NO_CONTENT
}
