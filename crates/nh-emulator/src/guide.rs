//! Pages to read: nothing to call.

/// How any SDK talks to the emulator.
#[doc = include_str!("../docs/clients.md")]
pub mod clients {}

/// How a file declares what an emulator has, with each of its keys.
#[doc = include_str!("../docs/config.md")]
pub mod config {}

/// An emulator for the tests of other languages: for pytest, and for Node's test runner.
#[doc = include_str!("../docs/in_your_tests.md")]
pub mod in_your_tests {}

/// What a test, a script or the inbox page asks of the emulator itself.
#[doc = include_str!("../docs/control_api.md")]
pub mod control_api {}

/// What Prometheus scrapes.
#[doc = include_str!("../docs/metrics.md")]
pub mod metrics {}

/// What no document tells of the real service, and how it is here.
#[doc = include_str!("../docs/differences.md")]
pub mod differences {}
