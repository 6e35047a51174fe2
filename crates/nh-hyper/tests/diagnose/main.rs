//! Each broken situation is named right, and a healthy hub gives no finding. Nothing is ever pushed.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

mod bench;
mod codes;
mod healthy;
mod hubs;
mod installations;
mod limits;
mod network;
mod notifications;
mod reached;
mod templates;
