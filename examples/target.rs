//! Where the examples send to: your hub, or an emulator that is started when there is none.

use nh_emulator::Emulator;
use std::env;
use std::error::Error;

/// A hub, and what it takes to reach it.
#[derive(Debug)]
pub struct Target {
    /// `NOTIFICATIONHUBS_CONNECTION_STRING`, or the emulator's.
    pub connection_string: String,
    /// `NOTIFICATION_HUB_NAME`, or the emulator's.
    pub hub: String,
    /// The emulator's certificate authority, in PEM. A real hub needs none.
    pub ca_pem: Option<String>,
    _emulator: Option<Emulator>,
}

impl Target {
    /// Reads the environment, and starts an emulator if it names no hub.
    ///
    /// # Errors
    /// A connection string without a hub name, or no room for an emulator.
    pub fn find() -> Result<Target, Box<dyn Error>> {
        if let Ok(connection_string) = env::var("NOTIFICATIONHUBS_CONNECTION_STRING") {
            let hub = env::var("NOTIFICATION_HUB_NAME").map_err(|_| "set NOTIFICATION_HUB_NAME too")?;
            return Ok(Target { connection_string, hub, ca_pem: None, _emulator: None });
        }
        let emulator = Emulator::start_blocking()?;
        println!(
            "NOTIFICATIONHUBS_CONNECTION_STRING is not set: using an emulator at {}",
            emulator.address()
        );
        Ok(Target::from(emulator))
    }
}

impl From<Emulator> for Target {
    fn from(emulator: Emulator) -> Target {
        Target {
            connection_string: emulator.connection_string().to_owned(),
            hub: emulator.hub().to_owned(),
            ca_pem: Some(emulator.ca_pem().to_owned()),
            _emulator: Some(emulator),
        }
    }
}

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
