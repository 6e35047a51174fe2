//! Notifications: ten formats, their payloads and their headers.
//!
//! Each format has a builder with the headers of its push service ([`Apple`], [`Windows`], ..). A builder becomes a
//! [`Notification`](crate::Notification) wherever a notification is asked for. Every builder sets other headers with `header`.
//!
//! A payload can be:
//!
//! - text or bytes, which go out as they are,
//! - a value that serializes ([`Payload::json`](crate::Payload::json)),
//! - a payload builder of this module: [`ApplePayload`], [`LiveActivity`], [`FcmV1Payload`], [`AdmPayload`], [`BaiduPayload`],
//!   [`BrowserPayload`], and for Windows [`Toast`], [`Tile`] and [`Badge`].
//!
//! A payload that its push service is known to refuse cannot be built. Each constructor of
//! [`Notification`](crate::Notification) says what it refuses. A payload above the push service's size limit can be built;
//! [`Notification::check`](crate::Notification::check) compares its size with the limit.
//!
//! A native format reaches only devices that are registered natively on that platform. [`Template`] reaches only devices that
//! registered a template.

mod adm;
mod apple;
mod apple_rules;
mod baidu;
mod browser;
mod builder;
mod fcm_v1;
mod fcm_v1_rules;
pub(crate) mod format;
mod gcm;
mod head;
mod json_rules;
mod mpns_type;
#[expect(clippy::module_inception, reason = "the file of the type Notification")]
pub(crate) mod notification;
pub(crate) mod payload;
mod size_check;
pub(crate) mod template;
mod windows;
mod windows_phone;
mod wns_type;
mod xiaomi;
mod xml_root;

pub use adm::Adm;
pub use apple::{ApnsPriority, Apple, PushType};
pub use baidu::{Baidu, BaiduMessageType};
pub use browser::Browser;
pub use fcm_v1::FcmV1;
pub(crate) use fcm_v1_rules::check_template as check_fcm_v1_template;
pub use gcm::Gcm;
pub use mpns_type::MpnsType;
pub use payload::{
    AdmPayload, AndroidMessage, ApplePayload, ApsAlert, Badge, BaiduPayload, Branding, BrowserPayload,
    FcmPriority, FcmV1Payload, Glyph, InterruptionLevel, LiveActivity, OpenType, Scenario, Tile, TileSize,
    Toast,
};
pub use size_check::SizeCheck;
pub use template::Template;
pub use windows::{CachePolicy, Windows, WnsPriority};
pub use windows_phone::{MpnsDelivery, WindowsPhone};
pub use wns_type::WnsType;
pub use xiaomi::Xiaomi;
