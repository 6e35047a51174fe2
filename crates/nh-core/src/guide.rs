//! Pages about the service and about other SDKs. These modules contain text only.

/// The calls of the .NET, Java, JavaScript and Python SDKs, and the operations of this crate that replace them.
#[doc = include_str!("../docs/sdk_calls.md")]
pub mod sdk_calls {}

/// The traps of the service: where it does not behave as a program expects, and what this crate does about it.
#[doc = include_str!("../docs/traps.md")]
pub mod traps {}
