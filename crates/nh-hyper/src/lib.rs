//! Carries Azure Notification Hubs operations over hyper and rustls, on tokio, smol, async-std or a runtime of your own.
//!
//! ```
//! use nh_hyper::{Client, Notification};
//!
//! # demo::run!(|client, emulator| {
//! // let client = Client::from_connection_string(connection_string, "news")?;
//! let toast = r#"<toast><visual><binding template="ToastText01"><text id="1">Hello</text></binding></visual></toast>"#;
//! let receipt = client.send(Notification::windows(toast)?, "sports").await?;
//! println!("queued as {:?}", receipt.notification_id);
//! # assert!(receipt.notification_id.is_some());
//! # });
//! ```
//!
//! # What is where
//!
//! - [`Client`] sends to a hub. [`NamespaceClient`] manages the hubs of a namespace.
//! - [`DeadHandles`] and [`prune`] tell and delete the devices that are gone. [`Outcomes`] waits for what became of many notifications.
//! - [`bulk`] sends one notification to any number of recipients, and accounts for each of them.
//! - [`migrate`] gives legacy FCM registrations and installations their successors for FCM HTTP v1.
//! - [`Transport`] carries the requests of both: connections, TLS, proxy, timeouts, retries. Clients of many hubs can share one.
//! - What daily use needs of nh-core stands at the root of this crate: [`Notification`], [`Audience`], [`Installation`] and so on.
//!   All of it is [`nh_core`]. One line in `Cargo.toml` is enough.
//!
//! # What a call does
//!
//! It builds and signs the request, sends it over a pooled connection, and reads the answer up to a limit. The runtime tells the
//! time. The call is tried again only if the attempt was certainly not carried out: the service refused it for now (429; 403 or
//! 503 with `Retry-After`), or no connection was made. Operations that do no harm twice are also tried again after other failures.
//! **A send that may have gone out is not repeated.** Its [`Error`] says so ([`Error::fate`]), and you decide what to do.
//! Redirects are not followed, because a signature is for one host.
//!
//! # Features
//!
//! Features only add. All of them can be on together. hyper and TLS are compiled once for all runtimes.
//!
//! | feature | what it adds |
//! |---|---|
//! | `tokio` (default) | `Tokio` |
//! | `smol` | `Smol`; no tokio runtime is started |
//! | `async-std` | `AsyncStd`; no tokio runtime is started. async-std is discontinued (RUSTSEC-2025-0052). This is for programs that still run on it |
//! | `futures-io` | `FuturesIo`: streams for a [`Runtime`] of your own |
//! | `ring` (default), `aws-lc-rs` | the cryptography of TLS. If both are on, ring is used |
//! | `webpki-roots` | `TransportBuilder::webpki_roots` |
//! | `http2` | `TransportBuilder::http2` |
//! | `entra` | `entra`: the key comes from Azure Resource Manager, for a token of Microsoft Entra ID, and is renewed when it is rotated |
//! | `azure-core` | the same with the credentials of azure_identity, which are those of azure_core |
//! | `metrics` | counts and times of calls and attempts, through the crate [metrics](https://docs.rs/metrics): see the [guide](guide::metrics) |
//!
//! Any other runtime is an implementation of [`Runtime`]. The [`guide`] has pages: a quick start, what came of a send, runtimes, stacks of your own, TLS
//! and proxies, clients without a key, errors and retries, the fault matrix, metrics, tests, the findings of a diagnosis.

#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "nothing from outside makes this crate panic"
    )
)]

mod abreast;
mod brakes;
pub mod bulk;
mod call;
mod call_options;
mod chain;
mod client;
mod connector;
pub mod diagnose;
mod dump;
#[cfg(feature = "entra")]
pub mod entra;
mod error;
mod exchange;
mod failure;
mod feedback;
pub mod foreign;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod guide;
mod http1;
#[cfg(feature = "http2")]
mod http2;
mod interim;
mod items;
mod journey;
mod listed_installations;
mod measure;
pub mod migrate;
mod namespace_client;
mod outcomes;
mod pool;
mod proxy;
mod proxy_error;
pub mod prune;
mod renewal;
mod runtime;
#[cfg(any(fuzzing, test))]
mod scripted_io;
mod settings;
mod socks5;
mod stack;
mod step;
mod tls;
mod trace;
mod transport;
mod transport_builder;
mod tunnel;
mod within;

pub use call_options::CallOptions;
pub use client::Client;
pub use error::Error;
pub use feedback::{DeadHandles, FeedbackError};
pub use items::Items;
pub use listed_installations::ListedInstallations;
#[cfg(feature = "metrics")]
pub use measure::describe_metrics;
pub use namespace_client::NamespaceClient;
pub use outcomes::{NotificationEnd, Outcomes};
#[cfg(feature = "async-std")]
pub use runtime::AsyncStd;
#[cfg(feature = "futures-io")]
pub use runtime::FuturesIo;
pub use runtime::Runtime;
#[cfg(feature = "smol")]
pub use runtime::Smol;
#[cfg(feature = "tokio")]
pub use runtime::Tokio;
pub use stack::{HttpService, Stack};
pub use step::Step;
pub use transport::Transport;
pub use transport_builder::TransportBuilder;

pub use nh_core;
pub use nh_core::retry::{Fate, RetryPolicy};
pub use nh_core::{
    Audience, BuildError, ConnectionString, Credential, DeadHandle, DeviceHandle, FeedbackPosition, Hub,
    HubDescription, Installation, InstallationChange, InstallationTemplate, IntoAudience, IntoDevice,
    IntoTag, IntoTime, Job, ListedInstallation, Namespace, Notification, NotificationDetails,
    NotificationOutcome, Outcome, Payload, Platform, PnsHandle, Receipt, Recipient, Registration,
    RegistrationTemplate, SasUri, SecondaryTile, SendAll, ServiceError, SubmitJob, Tag, TagExpression,
    TestReceipt,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
