use serde::Serialize;

/// Where anybody may ask whether the emulator answers.
pub(super) const HEALTH_PATH: &str = "/$emulator/health";

#[derive(Serialize)]
pub(super) struct Health {
    name: &'static str,
    version: &'static str,
}

/// `GET /$emulator/health`
pub(super) async fn health() -> axum::Json<Health> {
    axum::Json(Health { name: "nh-emulator", version: env!("CARGO_PKG_VERSION") })
}
