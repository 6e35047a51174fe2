//! A local Azure Notification Hubs service for tests and for trying things out. No other exists.
//!
//! It is a real service on loopback: TLS with a certificate authority of its own, signatures checked by its own
//! computation, and for the push services it stands in itself, so that what each device would have received can be read.
//! Any SDK in any language can talk to it: point it at the connection string and trust the authority.
//!
//! ```
//! use nh_core::{Hub, Notification, Operation, SendNotification, bytes::Bytes};
//! use nh_emulator::{Emulator, NewDevice, Platform};
//! use std::time::SystemTime;
//! use ureq::tls::{Certificate, RootCerts, TlsConfig};
//!
//! let emulator = Emulator::start_blocking()?;
//! emulator.register_device(NewDevice::new(Platform::Apple).tag("sports"))?;
//! let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
//!
//! let authority = Certificate::from_pem(emulator.ca_pem().as_bytes())?;
//! let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
//! let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
//!
//! let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports")?;
//! agent.run(hub.request(&send, SystemTime::now())?.map(|body| body.to_vec()))?;
//!
//! assert_eq!(emulator.inbox()[0].payload, r#"{"aps":{"alert":"Hello"}}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does
//!
//! Every operation of the service: sends (to an audience, direct, batch, scheduled, test), installations, registrations of every
//! kind natively and with templates, telemetry, feedback, jobs, and the hubs themselves. Push services that refuse
//! ([`Emulator::reject`]), tiers ([`Tier`]), throttling, and whatever else can go wrong ([`Fault`]). Its clock can be moved
//! ([`Emulator::advance`]). What each device received is [`Emulator::inbox`], `GET /$emulator/inbox`, and a page to look at:
//! [`Emulator::page_url`].
//!
//! The [`guide`] says how to use it from other languages and in CI, what its control API is, and where it had to guess how
//! the real service behaves.
//!
//! # What it keeps
//!
//! Everything is in memory, and ends with the emulator, unless [`EmulatorBuilder::data`] names a directory: then hubs with their
//! keys, registrations, installations and the schedule outlive it, also when it is killed. A million registrations take about
//! half a gigabyte, and a send to a tag costs what the devices with that tag cost, however many others there are.

#![cfg_attr(
    not(any(fuzzing, test)),
    deny(
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no request, store or setting makes the emulator panic"
    )
)]

mod app;
mod breach;
mod caller;
mod certificate;
mod config;
mod control;
mod control_token;
mod deliveries;
mod documents;
mod emulator;
mod emulator_builder;
mod emulator_control;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod guide;
mod model;
mod moment;
mod namespace;
mod page;
mod rejection;
mod rest;
mod rules;
mod server;
mod template;
mod text;
mod timed_body;
mod xml;

pub use config::Config;
pub use deliveries::{Deliveries, NoDelivery};
pub use emulator::Emulator;
pub use emulator_builder::EmulatorBuilder;
pub use emulator_control::Served;
pub use model::delivery::Delivery;
pub use model::logged_request::LoggedRequest;
pub use model::logged_send::LoggedSend;
pub use model::scheduled::Scheduled;
pub use model::tier::Tier;
pub use namespace::operations::device::{Device, DeviceRegistration};
pub use namespace::operations::new_device::NewDevice;
pub use nh_outcome::Platform;
pub use rejection::{Rejection, UnknownRejection};
pub use rest::fault::Fault;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
