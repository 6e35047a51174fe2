//! From the global options to a hub or namespace, and a client for it.

use crate::args::Global;
use crate::failure::{Failure, chain};
use crate::terminal::{VisibleStderr, tell};
use nh_core::{ConnectionString, Hub, Namespace};
use nh_emulator::Emulator;
use nh_hyper::{Client, NamespaceClient, Transport, TransportBuilder};
use std::path::Path;

/// Where the command goes.
pub(crate) struct Destination {
    pub(crate) hub: Hub,
    trust: Trust,
}

/// Whom to trust, and the emulator that lives as long as the command.
struct Trust {
    /// Certificate authorities besides the platform's.
    ca: Option<String>,
    emulator: Option<Emulator>,
}

impl Destination {
    /// The hub that the options name.
    pub(crate) async fn of(global: &Global) -> Result<Destination, Failure> {
        let name = global.hub()?;
        let trust = Trust::of(global).await?;
        let hub = match (&trust.emulator, name) {
            (Some(emulator), _) => Hub::from_connection_string(emulator.connection_string(), emulator.hub())?,
            (None, Some(name)) => Hub::from_connection_string(connection_string(global)?, name)?,
            (None, None) => {
                let named = ConnectionString::parse(connection_string(global)?)?;
                Hub::try_from(named).map_err(|error| {
                    let error = chain(&error);
                    Failure::Usage(format!("{error}; on the command line: --hub or NOTIFICATION_HUB_NAME"))
                })?
            }
        };
        Ok(Destination { hub, trust })
    }

    pub(crate) fn client(&self, dump: bool) -> Result<Client, Failure> {
        let mut builder = self.trust.apply(Transport::builder())?;
        if dump {
            builder = builder.dump(VisibleStderr);
        }
        Ok(builder.build()?.hub(self.hub.clone()))
    }
}

/// The namespace that the options name. What is returned beside the client must live as long as it.
pub(crate) async fn namespace(global: &Global) -> Result<(NamespaceClient, impl Sized + use<>), Failure> {
    let trust = Trust::of(global).await?;
    let namespace = match &trust.emulator {
        Some(emulator) => Namespace::from_connection_string(emulator.namespace_connection_string())?,
        None => Namespace::from_connection_string(connection_string(global)?)?,
    };
    let client = trust.apply(Transport::builder())?.build()?.namespace(namespace);
    Ok((client, trust))
}

impl Trust {
    async fn of(global: &Global) -> Result<Trust, Failure> {
        let ca = global.ca.as_deref().map(read_ca).transpose()?;
        let emulator = match global.emulator {
            true => Some(Emulator::builder().demo_devices(true).start().await?),
            false => None,
        };
        if let Some(emulator) = &emulator {
            tell(format_args!("started an emulator at {} for this command", emulator.address()));
        }
        Ok(Trust { ca, emulator })
    }

    fn apply(&self, mut builder: TransportBuilder) -> Result<TransportBuilder, Failure> {
        if let Some(ca) = &self.ca {
            builder = builder.add_root_pem(ca.as_bytes())?;
        }
        if let Some(emulator) = &self.emulator {
            builder = builder.platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?;
        }
        Ok(builder)
    }
}

fn connection_string(global: &Global) -> Result<&str, Failure> {
    global.connection_string.as_deref().ok_or_else(|| {
        Failure::Usage(
            "no connection string: give --connection-string or set NOTIFICATIONHUBS_CONNECTION_STRING, \
             or try it with --emulator"
                .into(),
        )
    })
}

fn read_ca(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::Usage(format!("--ca {}: {}", path.display(), chain(&error)));
    std::fs::read_to_string(path).map_err(failed)
}
