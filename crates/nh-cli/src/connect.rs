//! From the global options to a hub and a client for it.

use crate::args::Global;
use crate::failure::Failure;
use nh_core::Hub;
use nh_emulator::Emulator;
use nh_hyper::Client;
use std::path::Path;

/// Where the command goes.
pub(crate) struct Destination {
    pub(crate) hub: Hub,
    /// Certificate authorities to trust besides the platform's.
    ca: Option<String>,
    /// Lives as long as the command.
    emulator: Option<Emulator>,
}

impl Destination {
    pub(crate) async fn of(global: &Global) -> Result<Destination, Failure> {
        let ca = global.ca.as_deref().map(read_ca).transpose()?;
        if global.emulator {
            let emulator = Emulator::start().await?;
            eprintln!("nhub: started an emulator at {} for this command", emulator.address());
            let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
            return Ok(Destination { hub, ca, emulator: Some(emulator) });
        }
        let Some(connection_string) = &global.connection_string else {
            return Err(Failure::Usage(
                "no connection string: give --connection-string or set NOTIFICATIONHUBS_CONNECTION_STRING, \
                 or try it with --emulator"
                    .into(),
            ));
        };
        let hub = match &global.hub {
            Some(name) => Hub::from_connection_string(connection_string, name)?,
            None => Hub::from_entity_path(connection_string).map_err(|error| {
                Failure::Usage(format!("{error}; on the command line: --hub or NOTIFICATION_HUB_NAME"))
            })?,
        };
        Ok(Destination { hub, ca, emulator: None })
    }

    pub(crate) fn client(&self, dump: bool) -> Result<Client, Failure> {
        let mut builder = Client::builder(self.hub.clone());
        if let Some(ca) = &self.ca {
            builder = builder.add_root_pem(ca.as_bytes())?;
        }
        if let Some(emulator) = &self.emulator {
            builder = builder.platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?;
        }
        if dump {
            builder = builder.dump(std::io::stderr());
        }
        Ok(builder.build()?)
    }
}

fn read_ca(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("--ca {}: {error}", path.display())))
}
