use super::authority::Authority;
use crate::app::App;
use crate::namespace::hub::Hub;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
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
    data: Option<DataStatus>,
    hubs: Vec<HubStatus>,
}

/// Where things are kept, and why nothing more is.
#[derive(Serialize)]
struct DataStatus {
    directory: String,
    problem: Option<String>,
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
pub(super) async fn status(State(app): State<Arc<App>>, Authority(authority): Authority) -> Json<Status> {
    let namespace = &app.namespace;
    let hubs: Vec<Arc<Hub>> = namespace.hubs().values().cloned().collect();
    let of = |hub: &Arc<Hub>| {
        let (full, listen) = (
            namespace.hub_connection_string(&authority, &hub.name),
            namespace.listen_only_connection_string(&authority, &hub.name),
        );
        let state = hub.state_at(namespace.clock.now());
        HubStatus {
            name: hub.name.clone(),
            connection_string: full,
            listen_only_connection_string: listen,
            registrations: state.registrations.len(),
            installations: state.installations.len(),
            scheduled: namespace.schedule.count(&hub.name),
        }
    };
    let hubs = hubs.iter().map(of).collect();
    let first = &namespace.first_hub;
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        tier: namespace.tier.to_string(),
        now: namespace.clock.now(),
        offset_seconds: namespace.clock.offset().whole_seconds(),
        connection_string: namespace.hub_connection_string(&authority, first),
        listen_only_connection_string: namespace.listen_only_connection_string(&authority, first),
        namespace_connection_string: namespace.namespace_connection_string(&authority),
        authority,
        deliveries: namespace.inbox.count(),
        requests: app.count_requests(),
        data: namespace
            .data
            .place()
            .map(|place| DataStatus { directory: place.to_owned(), problem: namespace.data.problem() }),
        hubs,
    })
}
