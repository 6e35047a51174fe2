//! A local Azure Notification Hubs service for tests and for trying things out. No other exists.
//!
//! It is a real service on loopback: TLS with a certificate authority of its own, signatures checked by its own
//! computation, and for the push services it stands in itself, so that what each device would have received can be read.
//! Any SDK in any language can talk to it: point it at the connection string and trust the authority.
//!
//! ```
//! use nh_core::{Audience, Hub, Notification, Operation, SendNotification, bytes::Bytes};
//! use nh_emulator::Emulator;
//! use std::time::SystemTime;
//! use ureq::tls::{Certificate, RootCerts, TlsConfig};
//!
//! let emulator = Emulator::start_blocking()?;
//! let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
//!
//! let authority = Certificate::from_pem(emulator.ca_pem().as_bytes())?;
//! let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
//! let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
//!
//! let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, Audience::tag("sports")?)?;
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
//!
mod caller;
mod certificate;
mod clock;
mod control;
mod data;
mod data_plane;
mod deliver;
mod delivered;
mod deliveries;
mod due;
mod emulator;
mod emulator_builder;
mod emulator_control;
mod event;
mod fault;
mod feedback;
mod front;
mod gone;
pub mod guide;
mod hub;
mod hub_description;
mod inbox;
mod installation;
mod job;
mod multipart;
mod notification;
mod operation;
mod operations;
mod packed;
mod page;
mod registration;
mod rejection;
mod reply;
mod request_log;
mod ring;
mod rules;
mod sas;
mod schedule;
mod server;
mod service;
mod storage;
mod telemetry;
mod template;
mod throttle;
mod tier;
mod xml;

pub use control::{Device, DeviceRegistration, NewDevice};
pub use deliveries::Deliveries;
pub use emulator::Emulator;
pub use emulator_builder::EmulatorBuilder;
pub use emulator_control::Served;
pub use fault::Fault;
pub use inbox::Delivery;
pub use request_log::LoggedRequest;
pub use tier::Tier;
