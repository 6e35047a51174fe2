use crate::namespace::blobs::BlobPermissions;
use crate::namespace::feedback;
use crate::rest::call::Call;
use crate::rest::error_answer::ErrorAnswer;
use crate::rest::reply;
use axum::body::Body;
use http::Response;

/// `GET /{hub}/feedbackcontainer`: the bare URL of a container of the emulator's own storage. It may be read and listed (reference
/// page).
pub(crate) fn get_feedback_container(call: &Call<'_>) -> Result<Response<Body>, ErrorAnswer> {
    let container = feedback::container(&call.hub()?.name);
    let (blobs, authority) = (&call.namespace.blobs, &call.asked.authority);
    let uri = blobs.container_uri(authority, &container, BlobPermissions::ReadAndList);
    Ok(reply::found_as("text/plain", uri))
}
