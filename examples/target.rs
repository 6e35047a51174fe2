//! Where the examples send to: your hub, or an emulator that is started when there is none.

use nh_emulator::Emulator;
use nh_hyper::{Client, Hub, TransportBuilder};
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
        let emulator = Emulator::builder().demo_devices(true).start_blocking()?;
        println!(
            "NOTIFICATIONHUBS_CONNECTION_STRING is not set: using an emulator at {}",
            emulator.address()
        );
        Ok(Target::from(emulator))
    }
}

impl Target {
    /// A client of the hub. With a hub of your own, `Client::from_connection_string(connection_string, "my-hub")` is enough.
    ///
    /// # Errors
    /// Fails if the connection string cannot be read, or if the platform has no certificate authorities.
    pub fn client(&self, transport: TransportBuilder) -> Result<Client, nh_hyper::Error> {
        let hub = Hub::from_connection_string(&self.connection_string, &self.hub)?;
        Ok(self.trust(transport)?.build()?.hub(hub))
    }

    /// Trusts the emulator. A hub of your own needs none of this.
    ///
    /// # Errors
    /// Fails if the emulator's certificate cannot be read.
    pub fn trust(&self, transport: TransportBuilder) -> Result<TransportBuilder, nh_hyper::Error> {
        match &self.ca_pem {
            Some(ca) => Ok(transport.add_root_pem(ca.as_bytes())?.platform_roots(false)),
            None => Ok(transport),
        }
    }
}

impl From<Emulator> for Target {
    fn from(emulator: Emulator) -> Target {
        Target {
            connection_string: emulator.namespace_connection_string().to_owned(),
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
