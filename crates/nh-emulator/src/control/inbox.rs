use super::json::{Query, newest, same};
use crate::app::App;
use crate::model::delivery::Received;
use crate::text::contains;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InboxFilter {
    hub: Option<String>,
    platform: Option<String>,
    tag: Option<String>,
    device: Option<String>,
    text: Option<String>,
    notification: Option<String>,
    limit: Option<usize>,
    before: Option<u64>,
}

impl InboxFilter {
    fn fits(&self, received: &Received) -> bool {
        let tagged = |tag: &String| received.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
        let says = |text: &String| {
            contains(&received.pns_handle, text) || contains(&as_shown(&received.payload), text)
        };
        same(&self.hub, Some(&received.hub))
            && same(&self.platform, Some(received.platform.as_str()))
            && same(&self.device, Some(&received.pns_handle))
            && same(&self.notification, Some(&received.notification_id))
            && self.tag.as_ref().is_none_or(tagged)
            && self.text.as_ref().is_none_or(says)
    }
}

/// A payload with what it says unescaped: SDKs write `\u00fc` where a device shows `ü`.
fn as_shown(payload: &str) -> Cow<'_, str> {
    if payload.contains('\\') {
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(payload) {
            return json.to_string().into();
        }
    } else if payload.contains('&') {
        return quick_xml::escape::unescape(payload).unwrap_or(Cow::Borrowed(payload));
    }
    Cow::Borrowed(payload)
}

/// `GET /$emulator/inbox`
pub(super) async fn list(State(app): State<Arc<App>>, Query(filter): Query<InboxFilter>) -> Response {
    newest(&app.namespace.inbox, filter.limit, filter.before, |received| filter.fits(received))
}

/// `DELETE /$emulator/inbox`
pub(super) async fn clear(State(app): State<Arc<App>>) -> StatusCode {
    app.namespace.clear_inbox();
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_found_as_it_is_shown() {
        for (payload, says) in [
            (r#"{"aps":{"alert":"Gr\u00fc\u00dfe"}}"#, "grüße"),
            (r#"{"aps":{"alert":"plain"}}"#, "plain"),
            ("<toast><text>Q&amp;A</text></toast>", "q&a"),
            ("a & b \\ c", "& b \\"),
        ] {
            assert!(contains(&as_shown(payload), says), "{payload}");
        }
    }
}
