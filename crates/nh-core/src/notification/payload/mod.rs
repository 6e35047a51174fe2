//! The content of notifications: text, bytes, or the result of a payload builder.

mod adm_payload;
mod apple_payload;
mod badge;
mod baidu_payload;
mod browser_payload;
mod fcm_v1_payload;
mod fields;
mod live_activity;
mod markup;
mod of_builders;
#[expect(clippy::module_inception, reason = "the file of the type Payload")]
mod payload;
mod tile;
mod toast;

pub use adm_payload::AdmPayload;
pub use apple_payload::{ApplePayload, ApsAlert, InterruptionLevel};
pub use badge::{Badge, Glyph};
pub use baidu_payload::{BaiduPayload, OpenType};
pub use browser_payload::BrowserPayload;
pub use fcm_v1_payload::{AndroidMessage, FcmPriority, FcmV1Payload};
pub use live_activity::LiveActivity;
pub use payload::{IntoPayload, Payload};
pub use tile::{Branding, Tile, TileSize};
pub use toast::{Scenario, Toast};
