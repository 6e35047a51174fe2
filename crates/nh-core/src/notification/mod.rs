//! Notifications: ten formats, their payloads and their platform headers.
//!
//! Each format has a builder with the headers that its platform knows ([`Apple`], [`Windows`], ..); a builder becomes
//! a [`Notification`] wherever one is asked for. A header without a method of its own goes out through `header`.
//!
//! What a notification says is text or bytes as they are, anything that serializes ([`Payload::json`]), or built:
//! [`ApplePayload`], [`FcmV1Payload`], [`AdmPayload`], [`BaiduPayload`], [`BrowserPayload`], and for Windows [`Toast`],
//! [`Tile`] and [`Badge`].
//!
//! A native format reaches only devices that are registered natively on that platform, [`Template`] only devices that
//! registered a template.

mod adm;
mod apple;
mod baidu;
mod browser;
mod builder;
mod fcm_v1;
pub(crate) mod format;
mod gcm;
#[expect(clippy::module_inception, reason = "the file of the type Notification")]
pub(crate) mod notification;
pub(crate) mod payload;
pub(crate) mod template;
mod windows;
mod windows_phone;
mod xiaomi;
mod xml_root;

pub use adm::Adm;
pub use apple::{ApnsPriority, Apple, PushType};
pub use baidu::{Baidu, BaiduMessageType};
pub use browser::Browser;
pub use fcm_v1::FcmV1;
pub use gcm::Gcm;
pub use payload::{
    AdmPayload, AndroidMessage, ApplePayload, ApsAlert, Badge, BaiduPayload, Branding, BrowserPayload,
    FcmPriority, FcmV1Payload, Glyph, InterruptionLevel, OpenType, Scenario, Tile, TileSize, Toast,
};
pub use template::Template;
pub use windows::{CachePolicy, Windows, WnsPriority, WnsType};
pub use windows_phone::{MpnsDelivery, MpnsType, WindowsPhone};
pub use xiaomi::Xiaomi;
