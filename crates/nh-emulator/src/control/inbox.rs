use super::json::{ControlError, Query, in_plain_words, json_lines, same};
use crate::app::App;
use crate::model::delivery::Received;
use crate::text::{contains, words};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::borrow::Cow;
use std::num::ParseIntError;
use std::str::FromStr;
use std::sync::Arc;
use tokio::task::block_in_place;

/// Which deliveries are asked for.
#[derive(Debug, Default)]
pub(super) struct InboxFilter {
    hub: Option<String>,
    platform: Option<String>,
    tags: Vec<String>,
    device: Option<String>,
    handle: Option<String>,
    words: Vec<String>,
    notification: Option<String>,
    registration: Option<String>,
    template: Option<String>,
    limit: Option<usize>,
    before: Option<u64>,
}

/// Stands for the name of any template.
const ANY: &str = "*";

impl InboxFilter {
    /// `tag` and `text` may stand there several times: all of them must fit.
    fn read(query: Vec<(String, String)>) -> Result<InboxFilter, ControlError> {
        let mut filter = InboxFilter::default();
        for (name, value) in query {
            let place = match &*name {
                "tag" => {
                    filter.tags.push(value);
                    continue;
                }
                "text" => {
                    filter.words.extend(words(&value));
                    continue;
                }
                "limit" => {
                    filter.limit = Some(number(&name, &value)?);
                    continue;
                }
                "before" => {
                    filter.before = Some(number(&name, &value)?);
                    continue;
                }
                "hub" => &mut filter.hub,
                "platform" => &mut filter.platform,
                "device" => &mut filter.device,
                "handle" => &mut filter.handle,
                "notification" => &mut filter.notification,
                "registration" => &mut filter.registration,
                "template" => &mut filter.template,
                _ => {
                    return Err(ControlError::bad_request(format!(
                        "the query: '{name}' is no filter; known are hub, platform, tag, device, handle, text, notification, \
                         registration, template, limit, before"
                    )));
                }
            };
            if place.replace(value).is_some() {
                return Err(ControlError::bad_request(format!("the query: '{name}' stands there twice")));
            }
        }
        Ok(filter)
    }

    fn fits(&self, received: &Received) -> bool {
        let tagged = |tag: &String| received.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
        let template = |wanted: &String| match wanted.as_str() {
            ANY => received.template_body.is_some(),
            name => received.template.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name)),
        };
        same(&self.hub, Some(&received.hub))
            && same(&self.platform, Some(received.platform.as_str()))
            && same(&self.device, Some(&received.pns_handle))
            && self.handle.as_ref().is_none_or(|part| contains(&received.pns_handle, part))
            && same(&self.notification, Some(&received.notification_id))
            && same(&self.registration, received.registration_id.as_deref())
            && self.template.as_ref().is_none_or(template)
            && self.tags.iter().all(tagged)
            && self.says(received)
    }

    /// The words may stand in any order, each of them somewhere.
    fn says(&self, received: &Received) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let ids = [&received.notification_id, received.registration_id.as_deref().unwrap_or_default()];
        let named = received.tags.iter().chain(&received.template).map(String::as_str);
        let payload = as_shown(&received.payload);
        let all = ids.into_iter().chain(named).chain([&*received.pns_handle, &payload]);
        let all = all.map(str::to_lowercase).collect::<Vec<_>>();
        self.words.iter().all(|word| all.iter().any(|text| text.contains(word)))
    }

    fn find(&self, app: &App) -> Vec<Arc<Received>> {
        let limit = self.limit.unwrap_or(usize::MAX);
        app.namespace.inbox.newest(limit, self.before, |received| self.fits(received))
    }
}

fn number<T: FromStr<Err = ParseIntError>>(name: &str, value: &str) -> Result<T, ControlError> {
    let wrong = |why: ParseIntError| format!("the query: {name}: {}", in_plain_words(&why.to_string()));
    value.parse().map_err(|why| ControlError::bad_request(wrong(why)))
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
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, ControlError> {
    let filter = InboxFilter::read(query)?;
    Ok(block_in_place(|| axum::Json(filter.find(&app)).into_response()))
}

/// `GET /$emulator/inbox.jsonl`
pub(super) async fn lines(
    State(app): State<Arc<App>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, ControlError> {
    let filter = InboxFilter::read(query)?;
    Ok(block_in_place(|| json_lines("inbox.jsonl", &filter.find(&app))))
}

/// `DELETE /$emulator/inbox/{id}`
pub(super) async fn forget(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ControlError> {
    match id.parse().is_ok_and(|id| app.namespace.forget_delivery(id)) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ControlError::not_found(format!("there is no delivery '{id}'"))),
    }
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
