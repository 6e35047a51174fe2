use crate::args::{self, Global};
use crate::failure::Failure;
use crate::print;
use nh_emulator::Emulator;
use serde::Serialize;
use std::io::Write as _;

/// What a program needs to talk to the emulator.
#[derive(Serialize)]
struct Ready<'a> {
    connection_string: &'a str,
    listen_only_connection_string: &'a str,
    hub: &'a str,
    address: String,
    ca_file: String,
}

pub(crate) async fn run(global: &Global, args: args::Emulator) -> Result<(), Failure> {
    let mut builder = Emulator::builder().listen(args.listen);
    if let Some(hub) = &global.hub {
        builder = builder.hub(hub);
    }
    if let Some(directory) = args.data {
        builder = builder.data(directory);
    }
    let emulator = builder.start().await?;
    // Deleted when the command ends.
    let mut ca_file = tempfile::Builder::new().prefix("nhub-emulator-ca-").suffix(".pem").tempfile()?;
    ca_file.write_all(emulator.ca_pem().as_bytes())?;
    ca_file.flush()?;

    let ready = Ready {
        connection_string: emulator.connection_string(),
        listen_only_connection_string: emulator.listen_only_connection_string(),
        hub: emulator.hub(),
        address: emulator.address().to_string(),
        ca_file: ca_file.path().display().to_string(),
    };
    if global.json {
        let json = serde_json::to_string(&ready).expect("strings are JSON");
        print(format!("{json}\n").as_bytes())?;
    } else {
        print(ready.text().as_bytes())?;
    }
    tokio::signal::ctrl_c().await?;
    eprintln!("nhub: the emulator delivered {} notifications", emulator.inbox().len());
    Ok(())
}

impl Ready<'_> {
    fn text(&self) -> String {
        let Ready { connection_string, listen_only_connection_string, hub, address, ca_file } = self;
        format!(
            "connection string  {connection_string}\n\
             listen only        {listen_only_connection_string}\n\
             hub                {hub}\n\
             address            https://{address}/\n\
             CA file            {ca_file}\n\
             inbox              https://{address}/$emulator/inbox\n\
             \n\
             Point any SDK at it: trust the CA file (Node: NODE_EXTRA_CA_CERTS), use the connection string.\n\
             Ctrl-C ends it.\n"
        )
    }
}
