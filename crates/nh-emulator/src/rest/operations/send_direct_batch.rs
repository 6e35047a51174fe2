use super::answer_send::answer_send;
use crate::model::notification::Content;
use crate::model::send::{Send, Target};
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::{multipart, read_send};
use crate::rules::size;
use axum::body::Body;
use http::{Response, header};

/// `POST /{hub}/messages/$batch?direct`
pub(crate) fn send_direct_batch(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let body = call.body;
    let missing = || ErrorAnswer::bad_request("Could not find a part of the multipart content supplied");
    let boundary = call.asked.header(header::CONTENT_TYPE.as_str()).as_deref().and_then(multipart::boundary);
    let parts = multipart::parts(body, &boundary.ok_or_else(missing)?).ok_or_else(missing)?;
    let part =
        |name: &str| parts.iter().find(|part| part.name().as_deref() == Some(name)).ok_or_else(missing);

    let content = part("notification")?;
    let notification = read_send::part(call.asked, body.slice_ref(content.body))?;
    if let Content::Template(_) = notification.content {
        return Err(ErrorAnswer::bad_request("A template notification cannot be sent to device handles."));
    }
    let handles: Vec<String> = serde_json::from_slice(part("devices")?.body)
        .map_err(|_| ErrorAnswer::bad_request("The devices are no JSON array of strings."))?;
    let most = size::BATCH_HANDLES;
    if handles.is_empty() || handles.len() > most || handles.iter().any(String::is_empty) {
        let detail = format!("A batch has 1 to {most} device handles, none of them empty.");
        return Err(ErrorAnswer::bad_request(detail));
    }
    let send = Send { notification, target: Target::Handles(handles), is_test: false };
    answer_send(call, &send, "messages/$batch", "&direct")
}
