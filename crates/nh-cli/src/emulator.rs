use crate::args::{self, Global, Tier};
use crate::failure::Failure;
use crate::terminal::{print, print_json, tell};
use crate::told_to_end::told_to_end;
use nh_emulator::{Emulator, Served};
use serde::Serialize;
use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// So many hints are told.
const MAX_HINTS: usize = 1000;

/// What a program needs to talk to the emulator.
#[derive(Serialize)]
struct Ready<'a> {
    connection_string: &'a str,
    listen_only_connection_string: &'a str,
    namespace_connection_string: &'a str,
    hub: &'a str,
    hubs: &'a [String],
    address: String,
    page: String,
    ca_file: String,
}

pub(crate) async fn run(global: &Global, args: args::Emulator) -> Result<(), Failure> {
    let mut builder = Emulator::builder().listen(args.listen).demo_devices(args.demo).tier(match args.tier {
        Tier::Free => nh_emulator::Tier::Free,
        Tier::Basic => nh_emulator::Tier::Basic,
        Tier::Standard => nh_emulator::Tier::Standard,
    });
    for hub in &global.hubs {
        builder = builder.hub(hub);
    }
    if let Some(name) = args.host {
        builder = builder.host(name);
    }
    if let Some(sends) = args.throttle {
        builder = builder.throttle(sends);
    }
    if let Some(directory) = args.data {
        builder = builder.data(directory);
    }
    if let Some(directory) = &args.tls_dir {
        builder = builder.tls_directory(directory);
    }
    if let (Some(certificate), Some(key)) = (&args.cert, &args.cert_key) {
        builder = builder.certificate(read_pem(certificate)?, read_pem(key)?);
    }
    if let Some(key) = args.key {
        builder = builder.key(key);
    }
    if let Some(key) = args.namespace_key {
        builder = builder.namespace_key(key);
    }
    match args.control_token {
        Some(token) if token.is_empty() => {
            let error = "--control-token or NHUB_CONTROL_TOKEN is empty: give a token, or none to let only loopback in";
            return Err(Failure::Usage(error.to_owned()));
        }
        Some(token) => builder = builder.control_token(token),
        None if args.listen.ip().is_loopback() => {}
        None => {
            tell("only loopback may see the inbox page; --control-token lets others in");
        }
    }
    let told = Mutex::new(HashSet::new());
    builder = builder.on_request(move |request| {
        for hint in &request.hints {
            // Each once: a program that makes a mistake makes it often.
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() < MAX_HINTS && told.insert(hint.clone()) {
                tell(format_args!("{}: {hint}", request.operation.as_deref().unwrap_or(&request.path)));
            }
        }
    });
    let emulator = builder.start().await?;
    // Without a directory of its own it is deleted when the command ends.
    let mut own = None;
    let ca_file = match args.tls_dir {
        Some(directory) => directory.join("ca.pem"),
        None => {
            let file = tempfile::Builder::new().prefix("nhub-emulator-ca-").suffix(".pem").tempfile()?;
            let file = own.insert(file);
            file.write_all(emulator.ca_pem().as_bytes())?;
            file.flush()?;
            file.path().to_owned()
        }
    };

    let ready = Ready {
        connection_string: emulator.connection_string(),
        listen_only_connection_string: emulator.listen_only_connection_string(),
        namespace_connection_string: emulator.namespace_connection_string(),
        hub: emulator.hub(),
        hubs: &emulator.hubs(),
        address: emulator.address().to_string(),
        page: emulator.page_url(),
        ca_file: ca_file.display().to_string(),
    };
    // Before anybody knows that it is ready: a signal that comes at once must not kill it.
    let told_to_end = told_to_end()?;
    if global.json {
        print_json(&ready)?;
    } else {
        print(&ready.text())?;
    }
    told_to_end.await;
    let Served { requests, notifications, deliveries, .. } = emulator.served();
    tell(format_args!(
        "the emulator answered {requests} requests, sent {notifications} notifications and delivered {deliveries}"
    ));
    Ok(())
}

fn read_pem(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|why| Failure::Usage(format!("{}: {why}", path.display())))
}

impl Ready<'_> {
    fn text(&self) -> String {
        let Ready { connection_string, listen_only_connection_string, namespace_connection_string, .. } =
            self;
        let Ready { hubs, address, page, ca_file, .. } = self;
        format!(
            "inbox              {page}\n\
             connection string  {connection_string}\n\
             listen only        {listen_only_connection_string}\n\
             namespace          {namespace_connection_string}\n\
             hubs               {}\n\
             address            https://{address}/\n\
             CA file            {ca_file}\n\
             \n\
             Point any SDK at it: trust the CA file (Node: NODE_EXTRA_CA_CERTS), use the connection string.\n\
             Ctrl-C ends it.\n",
            hubs.join(", ")
        )
    }
}
