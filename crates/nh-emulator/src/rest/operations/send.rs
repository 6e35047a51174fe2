use super::answer_send::answer_send;
use crate::model::send::{Send, Target};
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::read_send;
use axum::body::Body;
use http::Response;

/// `POST /{hub}/messages`
pub(crate) fn send(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let is_test = call.asked.query("test").is_some();
    let notification = read_send::notification(call.asked, call.body.clone())?;
    let target = Target::Audience(read_send::audience(call.asked)?);
    answer_send(call, &Send { notification, target, is_test }, "messages", "")
}
