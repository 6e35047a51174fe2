//! Carries Azure Notification Hubs operations over hyper and rustls, on tokio, smol, async-std or a runtime of your own.
//!
//! ```
//! use nh_core::Notification;
//! use nh_hyper::Client;
//!
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # runtime.block_on(async {
//! # let emulator = nh_emulator::Emulator::start().await?;
//! # let hub = nh_core::Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
//! # let client = Client::builder(hub).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
//! // let client = Client::from_connection_string(connection_string, "news")?;
//! let toast = r#"<toast><visual><binding template="ToastText01"><text id="1">Hello</text></binding></visual></toast>"#;
//! let receipt = client.send(Notification::windows(toast)?, "sports").await?;
//! println!("queued as {:?}", receipt.notification_id);
//! # assert!(receipt.notification_id.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a call does
//!
//! It builds and signs the request at the runtime's time, sends it over a pooled connection, and reads the answer up to a
//! limit. It is tried again only if the attempt certainly was not carried out: the service refused it for now (429; 403 or
//! 503 with `Retry-After`), or no connection was made. **A send that may have gone out is not repeated**: its
//! [`Error`] says so ([`Error::fate_unknown`]), and what to do is the caller's to decide. Redirects are not followed, as a
//! signature is for one host.
//!
//! # Features
//!
//! They add and never switch; all can be on. hyper and TLS are compiled once, whatever the runtime.
//!
//! | feature | what it adds |
//! |---|---|
//! | `tokio` (default) | `Tokio` |
//! | `smol` | `Smol`; no tokio runtime is started |
//! | `async-std` | `AsyncStd`; no tokio runtime is started. async-std is discontinued (RUSTSEC-2025-0052): for programs that still run on it |
//! | `futures-io` | `FuturesIo`: streams for a [`Runtime`] of your own |
//! | `ring` (default), `aws-lc-rs` | who computes for TLS; with both it is ring |
//! | `webpki-roots` | `ClientBuilder::webpki_roots` |
//! | `http2` | `ClientBuilder::http2` |
//!
//! Any other runtime is an implementation of [`Runtime`]. The [`guide`] has a page on each of: a quick start, runtimes, stacks of
//! your own, TLS and proxies, errors and retries, tests.

mod call_options;
mod carrier;
mod client;
mod client_builder;
mod connector;
mod error;
mod exchange;
mod failure;
pub mod guide;
mod items;
mod namespace_client;
mod pool;
mod proxy;
mod runtime;
mod tls;
mod trace;
mod within;

pub use call_options::CallOptions;
pub use client::Client;
pub use client_builder::ClientBuilder;
pub use error::Error;
pub use items::Items;
pub use namespace_client::NamespaceClient;
#[cfg(feature = "async-std")]
pub use runtime::AsyncStd;
#[cfg(feature = "futures-io")]
pub use runtime::FuturesIo;
pub use runtime::Runtime;
#[cfg(feature = "smol")]
pub use runtime::Smol;
#[cfg(feature = "tokio")]
pub use runtime::Tokio;
