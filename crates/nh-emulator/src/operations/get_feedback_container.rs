use crate::feedback;
use crate::hub::Hub;
use crate::reply;
use crate::service::Service;
use axum::body::Body;
use http::Response;

/// `GET /{hub}/feedbackcontainer`: the bare URL of a container of the emulator's own storage.
pub(crate) fn get_feedback_container(service: &Service, hub: &Hub) -> Response<Body> {
    let uri = service.storage.container_uri(&service.authority, &feedback::container(&hub.name));
    reply::found_as("text/plain", uri)
}
