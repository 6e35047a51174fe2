//! What tests, scripts and the page ask of the emulator itself: `/$emulator/`.

mod authority;
mod clock;
mod credentials;
mod devices;
mod events;
mod faults;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing;
mod guard;
mod health;
mod inbox;
mod json;
mod metrics;
mod render;
mod requests;
mod scheduled;
mod send;
mod status;
mod storage;

use crate::app::App;
use crate::page;
use axum::Router;
use axum::extract::{Path, State};
use axum::middleware;
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use http::{Method, StatusCode};
use json::ControlError;
use std::sync::Arc;
use tokio::task::block_in_place;

pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/$emulator/", get(async || page::page()))
        .route("/$emulator", get(async || page::redirect()))
        .route("/$emulator/assets/{name}", get(asset))
        .route(health::HEALTH_PATH, get(health::health))
        .route("/$emulator/status", get(status::status))
        .route("/$emulator/metrics", get(metrics::metrics))
        .route("/$emulator/inbox", get(inbox::list).delete(inbox::clear))
        .route("/$emulator/inbox.jsonl", get(inbox::lines))
        .route("/$emulator/inbox/{id}", delete(inbox::forget))
        .route("/$emulator/devices", get(devices::list).post(devices::register).delete(devices::delete))
        .route("/$emulator/devices/rejection", put(devices::reject))
        .route("/$emulator/send", post(send::send))
        .route("/$emulator/scheduled", get(scheduled::list))
        .route("/$emulator/scheduled/{id}", delete(scheduled::cancel))
        .route("/$emulator/clock", get(clock::clock).post(clock::set))
        .route("/$emulator/faults", get(faults::list).post(faults::add).delete(faults::clear))
        .route("/$emulator/faults/{id}", delete(faults::remove))
        .route("/$emulator/requests", get(requests::list).delete(requests::clear))
        .route("/$emulator/requests.jsonl", get(requests::lines))
        .route("/$emulator/render", post(render::try_out))
        .route("/$emulator/token", get(credentials::token))
        .route(credentials::CA_PATH, get(credentials::ca))
        .route("/$emulator/reset", post(reset))
        .route("/$emulator/events", get(events::events))
        .route("/$emulator/containers", post(storage::container))
        .route("/$emulator/storage/{*path}", get(storage::read).put(storage::write))
        .route("/$emulator/{*other}", axum::routing::any(nothing))
        .method_not_allowed_fallback(async |method: Method| {
            let error = format!("{method} is not for this path; the header Allow names what is");
            ControlError::new(StatusCode::METHOD_NOT_ALLOWED, error)
        })
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
}

async fn asset(Path(name): Path<String>) -> Result<Response, ControlError> {
    page::asset(&name).ok_or_else(nothing_here)
}

async fn nothing() -> ControlError {
    nothing_here()
}

fn nothing_here() -> ControlError {
    ControlError::new(
        StatusCode::NOT_FOUND,
        "there is nothing here; the control API is described in nh-emulator's documentation",
    )
}

async fn reset(State(app): State<Arc<App>>) -> Result<StatusCode, ControlError> {
    block_in_place(|| app.reset())?;
    app.namespace.data.settled().await?;
    Ok(StatusCode::NO_CONTENT)
}
