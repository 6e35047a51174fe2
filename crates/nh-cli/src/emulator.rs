use crate::document::wrong_file;
use crate::emulator_probe::Probe;
use crate::failure::{Failure, chain, why};
use crate::global::{Global, whole_number};
use crate::terminal::{print, print_json, tell};
use crate::told_to_end::told_to_end;
use nh_emulator::{Config, Emulator as Service, Served};
use serde::Serialize;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

/// So many hints are told.
const MAX_HINTS: usize = 1000;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Emulator {
    #[command(subcommand)]
    command: Option<Command>,
    /// Listen on this address, or on this port of loopback: 8443, localhost:8443, 0.0.0.0:8443. Any free port unless given
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = listen_address)]
    listen: SocketAddr,
    /// What it has when it starts: hubs, keys, devices, faults, a tier, in TOML. The guide of nh-emulator has each key. Options win
    /// over the file. `nhub hub apply` takes the same file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Name of a hub that it has; several may be given. demo-hub unless given
    #[arg(long = "hub", env = "NOTIFICATION_HUB_NAME", hide_env_values = true, value_name = "NAME")]
    hubs: Vec<String>,
    /// The name by which others reach it. It stands in the certificate and the connection strings. In a container: the name of
    /// its service
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// The key of each hub's rule with all rights, so that connection strings stay the same: 256 bits in base64, as
    /// `openssl rand -base64 32` prints them. Random unless given
    #[arg(long, env = "NHUB_EMULATOR_KEY", hide_env_values = true, value_name = "KEY")]
    key: Option<String>,
    /// The same for the namespace's rule
    #[arg(long, env = "NHUB_EMULATOR_NAMESPACE_KEY", hide_env_values = true, value_name = "KEY")]
    namespace_key: Option<String>,
    /// Give each hub a few demo devices
    #[arg(long)]
    demo: bool,
    /// The namespace's pricing tier: what it lacks is answered with 403. standard unless given
    #[arg(long, value_enum)]
    tier: Option<Tier>,
    /// Answer a hub's sends with 429 after so many in a minute
    #[arg(long, value_name = "SENDS", value_parser = whole_number::<u32>)]
    throttle: Option<u32>,
    /// Refuse newer api-versions than this, as old hubs do: 2017-11
    #[arg(long, value_name = "VERSION")]
    newest_api_version: Option<String>,
    /// Keep hubs, registrations, installations, keys and the schedule in this directory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the certificate authority in this directory, so that it has to be trusted only once
    #[arg(long, value_name = "DIR")]
    tls_dir: Option<PathBuf>,
    /// Show this certificate, a PEM file with its chain, in place of one of the emulator's own
    #[arg(long, value_name = "FILE", requires = "cert_key", conflicts_with = "tls_dir")]
    cert: Option<PathBuf>,
    /// The certificate's private key, a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    cert_key: Option<PathBuf>,
    /// Let whoever shows this token use the page and the control API, from anywhere
    #[arg(long, env = "NHUB_CONTROL_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    control_token: Option<String>,
    /// Let everyone who reaches it use the page and the control API, not only loopback. For a container on a machine of your own.
    /// With --control-token only those who show the token
    #[arg(long)]
    open_control: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Probe(Probe),
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Tier {
    Free,
    Basic,
    Standard,
}

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

impl Emulator {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self.command {
            Some(Command::Probe(probe)) => probe.run(global).await,
            None => self.serve(global).await,
        }
    }

    async fn serve(self, global: &Global) -> Result<(), Failure> {
        // Before all else: in a container it is the first process, and a signal that such a process does not handle does nothing.
        let mut told_to_end = pin!(told_to_end()?);
        let mut builder = Service::builder().listen(self.listen);
        if let Some(file) = &self.config {
            builder = builder.config(Config::read(file).map_err(|why| Failure::usage(chain(&why)))?);
        }
        if self.demo {
            builder = builder.demo_devices(true);
        }
        if let Some(tier) = self.tier {
            builder = builder.tier(match tier {
                Tier::Free => nh_emulator::Tier::Free,
                Tier::Basic => nh_emulator::Tier::Basic,
                Tier::Standard => nh_emulator::Tier::Standard,
            });
        }
        for hub in &self.hubs {
            builder = builder.hub(hub);
        }
        if let Some(name) = self.host {
            builder = builder.host(name);
        }
        if let Some(sends) = self.throttle {
            builder = builder.throttle(sends);
        }
        if let Some(version) = self.newest_api_version {
            builder = builder.newest_api_version(version);
        }
        if let Some(directory) = self.data {
            builder = builder.data(directory);
        }
        if let Some(directory) = &self.tls_dir {
            builder = builder.tls_directory(directory);
        }
        if let (Some(certificate), Some(key)) = (&self.cert, &self.cert_key) {
            builder = builder.certificate(read_pem(certificate)?, read_pem(key)?);
        }
        if let Some(key) = self.key {
            builder = builder.key(key);
        }
        if let Some(key) = self.namespace_key {
            builder = builder.namespace_key(key);
        }
        match self.control_token {
            Some(token) if token.is_empty() => {
                let error = "--control-token or NHUB_CONTROL_TOKEN is empty: give a token, or none to let only loopback in";
                return Err(Failure::usage(error.to_owned()));
            }
            Some(token) => builder = builder.control_token(token),
            None if self.open_control => builder = builder.open_control(true),
            None if self.listen.ip().is_loopback() => {}
            None => {
                tell(
                    "only loopback may see the inbox page; --control-token lets in who shows it, --open-control everyone",
                );
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
        let started = tokio::select! {
            started = builder.start() => started,
            () = told_to_end.as_mut() => {
                tell("ended by a signal before the emulator was ready");
                return Ok(());
            }
        };
        let emulator = started.map_err(|why| match why.kind() {
            io::ErrorKind::InvalidInput => Failure::usage(chain(&why)),
            _ => why.into(),
        })?;
        // Without a directory of its own it is deleted when the command ends.
        let mut own = None;
        let ca_file = match self.tls_dir {
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
}

/// Loopback, unless an address is named.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost").unwrap_or(text);
    let port = port.strip_prefix(':').unwrap_or(port);
    if let Ok(port) = port.parse::<u16>() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse().map_err(|_| {
        "it is no address with a port; write it as 8443, localhost:8443 or 0.0.0.0:8443".to_owned()
    })
}

fn read_pem(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| wrong_file(path, why(&error)))
}

impl Ready<'_> {
    fn text(&self) -> String {
        let Ready { connection_string, listen_only_connection_string, namespace_connection_string, .. } =
            self;
        let Ready { hub, hubs, address, page, ca_file, .. } = self;
        let set = |name: &str, value: &str| match cfg!(windows) {
            true => format!("  $env:{name} = '{value}'\n"),
            false => format!("  export {name}='{value}'\n"),
        };
        let variables = [
            set("NOTIFICATIONHUBS_CONNECTION_STRING", connection_string),
            set("NOTIFICATION_HUB_NAME", hub),
            set("SSL_CERT_FILE", ca_file),
        ];
        format!(
            "inbox              {page}\n\
             connection string  {connection_string}\n\
             listen only        {listen_only_connection_string}\n\
             namespace          {namespace_connection_string}\n\
             hubs               {}\n\
             address            https://{address}/\n\
             CA file            {ca_file}\n\
             \n\
             Any SDK can use it. It needs the connection string, the hub's name, and trust in the CA file. For programs that you start\n\
             in another terminal (Node takes NODE_EXTRA_CA_CERTS in place of SSL_CERT_FILE):\n\
             \n\
             {}\n\
             Ctrl-C ends it.\n",
            hubs.join(", "),
            variables.concat()
        )
    }
}
