use crate::documents::outcome::outcome;
use crate::model::logged_send::LoggedSend;
use crate::model::send::Send;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::read_send;
use crate::rest::reply::{self, Aside};
use axum::body::Body;
use http::Response;

/// Sends, and says where to ask for what became of it.
pub(super) fn answer_send(
    call: &Call<'_>,
    send: &Send,
    place: &str,
    flags: &str,
) -> Result<Response<Body>, ErrorAnswer> {
    let mut sent = call.namespace.send(call.hub()?, send);
    let mut hints = std::mem::take(&mut sent.hints);
    hints.extend(read_send::ignored(call.asked, &send.notification));
    let location = call.location(&format!("{place}/{}", sent.id), flags);
    let outcome = send.is_test.then(|| outcome(&sent));
    Ok(reply::created(location, outcome, Aside { send: LoggedSend::sent(&sent, send), hints }))
}
