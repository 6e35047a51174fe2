//! What tests, scripts and the page ask of the emulator itself: `/$emulator/`.

mod clock;
mod devices;
mod events;
mod faults;
mod guard;
mod inbox;
mod json;
mod kind;
mod new_device;
mod requests;
mod send;
mod status;
mod storage;
mod token;

pub use devices::{Device, DeviceRegistration};
pub use new_device::NewDevice;
pub(crate) use token::Token;

use crate::page;
use crate::rules::size;
use crate::service::Service;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use http::{HeaderMap, StatusCode};
use json::Fault;
use std::sync::Arc;
use tokio::task::block_in_place;

pub(crate) fn routes(service: &Arc<Service>) -> Router<Arc<Service>> {
    Router::new()
        .route("/$emulator/", get(async |headers: HeaderMap| page::unless_known(&headers, page::page())))
        .route("/$emulator", get(async || page::redirect()))
        .route("/$emulator/assets/{name}", get(asset))
        .route("/$emulator/status", get(status::status))
        .route("/$emulator/inbox", get(inbox::list).delete(inbox::clear))
        .route("/$emulator/devices", get(devices::list).post(devices::register).delete(devices::delete))
        .route("/$emulator/devices/rejection", put(devices::reject))
        .route("/$emulator/send", post(send::send))
        .route("/$emulator/clock", get(clock::clock).post(clock::set))
        .route("/$emulator/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/$emulator/faults/{id}", delete(faults::remove))
        .route("/$emulator/requests", get(requests::list).delete(requests::clear))
        .route("/$emulator/reset", post(reset))
        .route("/$emulator/events", get(events::events))
        .route("/$emulator/containers", post(storage::container))
        .route(
            "/$emulator/storage/{*path}",
            get(storage::read).put(storage::write).layer(DefaultBodyLimit::max(size::BLOB)),
        )
        .route("/$emulator/{*other}", axum::routing::any(nothing))
        .method_not_allowed_fallback(async || {
            Fault::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here")
        })
        .layer(middleware::from_fn_with_state(service.clone(), guard::guard))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match page::asset(&name) {
        Some(asset) => page::unless_known(&headers, asset),
        None => nothing_here().into_response(),
    }
}

async fn nothing() -> Fault {
    nothing_here()
}

fn nothing_here() -> Fault {
    Fault::new(
        StatusCode::NOT_FOUND,
        "there is nothing here; the control API is described in nh-emulator's documentation",
    )
}

async fn reset(State(service): State<Arc<Service>>) -> StatusCode {
    block_in_place(|| service.reset());
    StatusCode::NO_CONTENT
}
