//! Pages to read: nothing to call.

/// The calls of the .NET, Java, JavaScript and Python clients, and where they are found here.
#[doc = include_str!("../docs/sdk_calls.md")]
pub mod sdk_calls {}

/// Traps of the service.
#[doc = include_str!("../docs/traps.md")]
pub mod traps {}
