//! The emulator of Azure Notification Hubs as a container of a test: a module for [Testcontainers](https://testcontainers.com).
//!
//! A test in Rust does not need it: `nh_emulator::Emulator` is the same emulator inside the test, without a container engine. Use
//! this crate if the image is what you test with everywhere, or if other containers have to reach the emulator.
//!
//! ```
//! use nh_hyper::{Transport, nh_core::{Hub, Notification}};
//! use nh_testcontainers::{EmulatorContainer, EmulatorImage};
//!
//! // As the body of a test. Here it is only compiled: a container engine is not everywhere.
//! async fn a_push_arrives() -> Result<(), Box<dyn std::error::Error>> {
//!     let emulator = EmulatorContainer::start(EmulatorImage::default().hub("news").demo_devices(true)).await?;
//!
//!     let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
//!     let client = Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem())?.build()?.hub(hub);
//!     client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
//!
//!     // What devices received, as JSON.
//!     println!("{}inbox", emulator.page_url());
//!     Ok(())
//! }
//! ```
//!
//! The [image](containers) is not on a registry: `release/image` makes it, or `docker load` reads it from the archive of a
//! release. The container is removed when the value is dropped.

mod emulator_container;
mod emulator_image;

pub use emulator_container::EmulatorContainer;
pub use emulator_image::EmulatorImage;
pub use testcontainers;

/// The image, and how tests in any language start it.
#[doc = include_str!("../docs/containers.md")]
pub mod containers {}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
