//! Pages to read. There is nothing to call here.

/// From a connection string to a notification.
#[doc = include_str!("../docs/quick_start.md")]
pub mod quick_start {}

/// Eight whole programs, from their `Cargo.toml` to what they print.
#[doc = include_str!("../docs/first_programs.md")]
pub mod first_programs {}

/// What came of a send: from the receipt to the dead handle.
#[doc = include_str!("../docs/receipts.md")]
pub mod receipts {}

/// tokio, smol, async-std, a runtime of your own, or none.
#[doc = include_str!("../docs/runtimes.md")]
pub mod runtimes {}

/// Your own sockets, your own middleware, your own operations.
#[doc = include_str!("../docs/own_stack.md")]
pub mod own_stack {}

/// Certificate authorities and proxies.
#[doc = include_str!("../docs/tls_and_proxies.md")]
pub mod tls_and_proxies {}

/// A client without a key in its configuration: Microsoft Entra ID.
#[doc = include_str!("../docs/entra.md")]
pub mod entra {}

/// Which requests may have been carried out, and which are tried again.
#[doc = include_str!("../docs/errors_and_retries.md")]
pub mod errors_and_retries {}

/// What becomes of a call, fault by fault.
#[doc = include_str!("../docs/fault_matrix.md")]
pub mod fault_matrix {}

/// Counts and times of calls and attempts.
#[doc = include_str!("../docs/metrics.md")]
pub mod metrics {}

/// From FCM's legacy protocol to FCM HTTP v1.
#[doc = include_str!("../docs/migrate_gcm.md")]
pub mod migrate_gcm {}

/// Tests without a hub.
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

/// From .NET: the common calls side by side, and what behaves differently.
#[doc = include_str!("../docs/from_dotnet.md")]
pub mod from_dotnet {}

/// From Java: the common calls side by side, and what behaves differently.
#[doc = include_str!("../docs/from_java.md")]
pub mod from_java {}

/// From JavaScript: the common calls side by side, and what behaves differently.
#[doc = include_str!("../docs/from_javascript.md")]
pub mod from_javascript {}

/// From the Python tutorial: its calls side by side, and what behaves differently.
#[doc = include_str!("../docs/from_python.md")]
pub mod from_python {}

/// What a diagnosis finds, code by code.
#[doc = include_str!("../docs/findings.md")]
pub mod findings {}
