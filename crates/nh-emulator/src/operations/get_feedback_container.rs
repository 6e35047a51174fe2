use crate::feedback;
use crate::operation::Call;
use crate::reply::{self, Refusal};
use crate::storage::Permissions;
use axum::body::Body;
use http::Response;

/// `GET /{hub}/feedbackcontainer`: the bare URL of a container of the emulator's own storage. It may be read and listed (reference
/// page).
pub(crate) fn get_feedback_container(call: &Call<'_>) -> Result<Response<Body>, Refusal> {
    let container = feedback::container(&call.hub()?.name);
    let uri =
        call.service.storage.container_uri(&call.service.authority, &container, Permissions::ReadAndList);
    Ok(reply::found_as("text/plain", uri))
}
