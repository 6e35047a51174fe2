use crate::service::Service;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::{Arc, PoisonError};
use time::OffsetDateTime;

#[derive(Serialize)]
pub(super) struct Status {
    version: &'static str,
    authority: String,
    tier: String,
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
    offset_seconds: i64,
    connection_string: String,
    listen_only_connection_string: String,
    namespace_connection_string: String,
    deliveries: u64,
    requests: u64,
    hubs: Vec<HubStatus>,
}

#[derive(Serialize)]
struct HubStatus {
    name: String,
    connection_string: String,
    listen_only_connection_string: String,
    registrations: u64,
    installations: usize,
    scheduled: usize,
}

/// `GET /$emulator/status`
pub(super) async fn status(State(service): State<Arc<Service>>) -> Json<Status> {
    let hubs: Vec<_> =
        service.hubs.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
    let of = |hub: &Arc<crate::hub::Hub>| {
        let (full, listen) =
            (service.hub_connection_string(&hub.name), service.listen_only_connection_string(&hub.name));
        let state = hub.state_at(service.clock.now());
        HubStatus {
            name: hub.name.clone(),
            connection_string: full,
            listen_only_connection_string: listen,
            registrations: state.registrations.len(),
            installations: state.installations.len(),
            scheduled: service.schedule.count(&hub.name),
        }
    };
    let hubs = hubs.iter().map(of).collect();
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        authority: service.authority.clone(),
        tier: service.tier.to_string(),
        now: service.clock.now(),
        offset_seconds: service.clock.offset().whole_seconds(),
        connection_string: service.hub_connection_string(&service.first_hub),
        listen_only_connection_string: service.listen_only_connection_string(&service.first_hub),
        namespace_connection_string: service.namespace_connection_string(),
        deliveries: service.inbox.count(),
        requests: service.requests.count(),
        hubs,
    })
}
