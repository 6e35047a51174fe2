use super::json::{ControlError, Json};
use crate::app::App;
use crate::namespace::clock::{Clock, OutOfRange};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::task::block_in_place;

#[derive(Serialize)]
pub(super) struct ClockReading {
    #[serde(with = "time::serde::rfc3339")]
    now: OffsetDateTime,
    offset_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockSetting {
    advance_seconds: Option<i64>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    now: Option<OffsetDateTime>,
    offset_seconds: Option<i64>,
    reset: Option<bool>,
}

impl ClockSetting {
    pub(super) fn carry_out(self, clock: &Clock) -> Result<(), ControlError> {
        let moved = match self {
            ClockSetting { advance_seconds: Some(seconds), now: None, offset_seconds: None, reset: None } => {
                clock.advance(Duration::seconds(seconds))
            }
            ClockSetting { advance_seconds: None, now: Some(now), offset_seconds: None, reset: None } => {
                clock.set(now)
            }
            // A reading: the time has gone on since, by how much it was moved has not.
            ClockSetting {
                advance_seconds: None,
                now: Some(_),
                offset_seconds: Some(offset),
                reset: None,
            } => clock.set_offset(Duration::seconds(offset)),
            ClockSetting { advance_seconds: None, now: None, offset_seconds: None, reset: Some(true) } => {
                clock.reset();
                Ok(())
            }
            _ => {
                return Err(ControlError::bad_request(
                    "give one of 'advance_seconds', 'now' and 'reset': true, or 'now' and 'offset_seconds' as they were read",
                ));
            }
        };
        moved.map_err(|OutOfRange| ControlError::bad_request(OutOfRange::MESSAGE))
    }
}

/// `GET /$emulator/clock`
pub(super) async fn clock(State(app): State<Arc<App>>) -> axum::Json<ClockReading> {
    reading(&app.namespace.clock)
}

/// `POST /$emulator/clock`
pub(super) async fn set(
    State(app): State<Arc<App>>,
    Json(setting): Json<ClockSetting>,
) -> Result<axum::Json<ClockReading>, ControlError> {
    setting.carry_out(&app.namespace.clock)?;
    block_in_place(|| app.namespace.clock_moved());
    Ok(reading(&app.namespace.clock))
}

fn reading(clock: &Clock) -> axum::Json<ClockReading> {
    axum::Json(ClockReading { now: clock.now(), offset_seconds: clock.offset().whole_seconds() })
}
