use super::json::{Fault, Json};
use crate::clock::OutOfRange;
use crate::service::Service;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::task::block_in_place;

#[derive(Serialize)]
pub(super) struct Reading {
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
    offset_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    advance_seconds: Option<i64>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    now: Option<OffsetDateTime>,
    reset: Option<bool>,
}

/// `GET /$emulator/clock`
pub(super) async fn clock(State(service): State<Arc<Service>>) -> axum::Json<Reading> {
    reading(&service)
}

/// `POST /$emulator/clock`
pub(super) async fn set(
    State(service): State<Arc<Service>>,
    Json(setting): Json<Setting>,
) -> Result<axum::Json<Reading>, Fault> {
    let clock = &service.clock;
    let moved = match setting {
        Setting { advance_seconds: Some(seconds), now: None, reset: None } => {
            clock.advance(Duration::seconds(seconds))
        }
        Setting { advance_seconds: None, now: Some(now), reset: None } => clock.set(now),
        Setting { advance_seconds: None, now: None, reset: Some(true) } => {
            clock.reset();
            Ok(())
        }
        _ => return Err(Fault::bad_request("give one of 'advance_seconds', 'now' and 'reset': true")),
    };
    moved.map_err(|OutOfRange| Fault::bad_request(OutOfRange::MESSAGE))?;
    block_in_place(|| service.clock_moved());
    Ok(reading(&service))
}

fn reading(service: &Service) -> axum::Json<Reading> {
    axum::Json(Reading { now: service.clock.now(), offset_seconds: service.clock.offset().whole_seconds() })
}
