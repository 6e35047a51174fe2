//! What can be said on the command line.

use crate::failure::Failure;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use nh_core::Format;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Push notifications through Azure Notification Hubs.
#[derive(Debug, Parser)]
#[command(name = "nhub", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Global {
    /// Connection string of the namespace or hub. Better not given here: other users of this machine can read command lines, and
    /// shells keep them. Set the environment variable NOTIFICATIONHUBS_CONNECTION_STRING instead; `read -rs` takes it without
    /// showing or keeping it
    #[arg(
        long,
        global = true,
        help_heading = "Connection",
        env = "NOTIFICATIONHUBS_CONNECTION_STRING",
        hide_env_values = true,
        value_name = "STRING"
    )]
    pub(crate) connection_string: Option<String>,
    /// Name of the hub; not needed if the connection string has an EntityPath. An emulator may have several
    #[arg(
        long = "hub",
        global = true,
        help_heading = "Connection",
        env = "NOTIFICATION_HUB_NAME",
        value_name = "NAME"
    )]
    pub(crate) hubs: Vec<String>,
    /// Talk to an emulator with a few demo devices, started for this one command
    #[arg(long, global = true, help_heading = "Connection")]
    pub(crate) emulator: bool,
    /// Trust the certificate authorities in this PEM file too
    #[arg(long, global = true, help_heading = "Connection", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send a notification
    Send(Send),
    /// Show what has become of a notification
    Outcome(Outcome),
    /// Take back a scheduled notification
    Cancel {
        /// The id that `send --at` printed
        notification_id: String,
    },
    /// Installations: devices that apps keep under ids of their own
    #[command(subcommand)]
    Installation(Installation),
    /// Registrations: devices that are registered with their PNS handles
    #[command(subcommand)]
    Registration(Registration),
    /// Imports and exports of many registrations
    #[command(subcommand)]
    Job(Job),
    /// The handles that push services have reported as gone
    #[command(subcommand)]
    Feedback(Feedback),
    /// The hubs of a namespace, and their keys
    #[command(subcommand)]
    Hub(Hub),
    /// Print a token for the hub: the value of an Authorization header, valid for 60 minutes
    Token,
    /// Run a local Notification Hubs service until Ctrl-C
    Emulator(Emulator),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Send {
    /// apple, fcmv1, gcm, windows, windowsphone, adm, baidu, browser, xiaomi or template
    #[arg(value_name = "PLATFORM")]
    pub(crate) format: Format,
    /// The payload itself, @FILE, or - for standard input
    #[arg(required_unless_present = "property")]
    pub(crate) payload: Option<String>,
    /// To devices with this tag; several tags mean any of them
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// To devices that match a tag expression
    #[arg(long = "tags", value_name = "EXPRESSION", conflicts_with = "tags")]
    pub(crate) expression: Option<String>,
    /// To this PNS handle (a browser: {"endpoint":..,"p256dh":..,"auth":..}); several go out as batches of up to 1000, browsers
    /// one by one
    #[arg(long = "device", value_name = "HANDLE", conflicts_with_all = ["tags", "expression"])]
    pub(crate) devices: Vec<String>,
    /// To all devices of this user; several users go out 20 to a request
    #[arg(long = "user", value_name = "ID", conflicts_with_all = ["tags", "expression", "devices"])]
    pub(crate) users: Vec<String>,
    /// To this installation; several go out 20 to a request
    #[arg(long = "installation", value_name = "ID", conflicts_with_all = ["tags", "expression", "devices", "users"])]
    pub(crate) installations: Vec<String>,
    #[command(flatten)]
    pub(crate) from_file: FromFile,
    /// At this time, in RFC 3339: 2026-12-24T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = rfc3339, conflicts_with_all = ["devices", "devices_file", "test"])]
    pub(crate) at: Option<OffsetDateTime>,
    /// A platform header: 'apns-priority: 5'
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// A property of a template notification: name=value
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = property, conflicts_with = "payload")]
    pub(crate) property: Vec<(String, String)>,
    /// Ask what became of it, on up to ten devices
    #[arg(long)]
    pub(crate) test: bool,
    /// Write request and response to stderr, signature redacted
    #[arg(long)]
    pub(crate) dump: bool,
    /// Print the request, signature redacted, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Recipients in a file, of any number. Memory does not grow with them.
///
/// A line that is wrong is refused, and the others are sent. A line that stands there twice is sent once if both are in one request, and
/// twice if not; `sort -u` takes repeats out before.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Recipients in a file")]
#[command(group = clap::ArgGroup::new("list").conflicts_with_all(["tags", "expression", "devices", "users", "installations"]))]
pub(crate) struct FromFile {
    /// To the PNS handles in this file, one a line, as --device takes them; - is standard input. 1000 go out in a request. One that
    /// is wrong is refused, and the others are sent. One that stands there twice is sent once if both are in one request, and twice
    /// if not
    #[arg(long = "devices", value_name = "FILE", group = "list")]
    pub(crate) devices_file: Option<PathBuf>,
    /// The same for user ids; 20 go out in a request
    #[arg(long = "users-file", value_name = "FILE", group = "list")]
    pub(crate) users_file: Option<PathBuf>,
    /// The same for installation ids; 20 go out in a request
    #[arg(long = "installations-file", value_name = "FILE", group = "list")]
    pub(crate) installations_file: Option<PathBuf>,
    /// At most so many requests at the same time. It begins with 2, and has fewer while the service throttles
    #[arg(long, value_name = "COUNT", default_value_t = 16, requires = "list",
        value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) in_flight: u32,
    /// Keep in this file what became of each request. If the command ends early, even by a kill, run it once more with the same
    /// arguments: it goes on where it stopped
    #[arg(long, value_name = "FILE", requires = "list")]
    pub(crate) journal: Option<PathBuf>,
    /// Send once more to those that may have got it, or not, as the journal says
    #[arg(long, requires = "journal")]
    pub(crate) repeat_unknown: bool,
    /// Write to this file what became of each line, as JSON, one object for each range of lines. It is there when the command ends. A
    /// run that goes on reports all lines, also those of the runs before it
    #[arg(long, value_name = "FILE", requires = "list")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Outcome {
    /// The id that `send` printed
    pub(crate) notification_id: String,
    /// Ask again every 10 seconds until it is known
    #[arg(long)]
    pub(crate) wait: bool,
    /// Stop waiting after so many minutes: the service knows within 30, or never
    #[arg(long, value_name = "MINUTES", default_value_t = 30, requires = "wait")]
    pub(crate) timeout: u64,
}

/// A document that a command takes.
#[derive(Debug, ClapArgs)]
pub(crate) struct Document {
    /// Read it from this file; - is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Installation {
    /// Show one
    Get {
        /// Its id
        id: String,
    },
    /// Create or replace one, from the service's JSON: {"installationId":..,"platform":..,"pushChannel":..}
    Put(Document),
    /// Change parts of one
    Patch(Patch),
    /// Delete one
    Delete {
        /// Its id
        id: String,
    },
}

#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
pub(crate) struct Patch {
    /// The installation's id
    pub(crate) id: String,
    /// Give it another channel (a browser: {"endpoint":..,"p256dh":..,"auth":..})
    #[arg(long, value_name = "HANDLE", group = "change")]
    pub(crate) push_channel: Option<String>,
    /// Add a tag
    #[arg(long = "add-tag", value_name = "TAG", group = "change")]
    pub(crate) add_tags: Vec<String>,
    /// Remove a tag
    #[arg(long = "remove-tag", value_name = "TAG", group = "change")]
    pub(crate) remove_tags: Vec<String>,
    /// Say whose it is
    #[arg(long, value_name = "USER", group = "change", conflicts_with = "no_user")]
    pub(crate) user: Option<String>,
    /// Say that it is nobody's any more
    #[arg(long, group = "change")]
    pub(crate) no_user: bool,
    /// Further changes from this file: a JSON Patch, [{"op":..,"path":..,"value":..}]; - is standard input
    #[arg(long, value_name = "FILE", group = "change")]
    pub(crate) file: Option<PathBuf>,
}

/// Registrations are JSON here: {"kind":"apple","device_token":..,"tags":[..],"template":{"body":..}}
#[derive(Debug, Subcommand)]
pub(crate) enum Registration {
    /// Print a new id, for `put`
    CreateId,
    /// Register a device; each time makes one more registration
    Create(Document),
    /// Create or replace the registration with an id
    Put {
        /// Its id
        id: String,
        #[command(flatten)]
        document: Document,
    },
    /// Replace a registration, if its etag is still the one in the document (without etag: whatever it is)
    Update(Document),
    /// Show one
    Get {
        /// Its id
        id: String,
    },
    /// Delete one, or all of a device
    Delete {
        /// Its id
        #[arg(required_unless_present = "handle")]
        id: Option<String>,
        /// Only this version
        #[arg(long, conflicts_with = "handle")]
        etag: Option<String>,
        /// All of this device, as `list --handle` finds them
        #[arg(long, value_name = "KIND:HANDLE", conflicts_with = "id")]
        handle: Option<String>,
    },
    /// Show all, or those with a tag or handle; with --json one a line
    List(List),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct List {
    /// Those with this tag
    #[arg(long)]
    pub(crate) tag: Option<String>,
    /// Those of this device: apple:TOKEN, fcmv1:TOKEN, windows:URI, baidu:USER,CHANNEL, browser:ENDPOINT,P256DH,AUTH, ..
    #[arg(long, value_name = "KIND:HANDLE", conflicts_with = "tag")]
    pub(crate) handle: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Write all registrations to a file in a container
    Export {
        /// The container's URL, with a signature that allows reading, writing and listing
        #[arg(long, value_name = "URL")]
        output: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Import the registrations of a file that `pack` has made
    Import {
        /// What to do with them
        kind: ImportKind,
        /// The file's URL, with a signature that allows reading
        #[arg(long, value_name = "URL")]
        input: String,
        /// The container's URL, with a signature that allows reading, writing and listing
        #[arg(long, value_name = "URL")]
        output: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Show one
    Get {
        /// Its id
        id: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Show all
    List,
    /// Make an import file of registrations in JSON, one a line (as `registration list --json` prints them). Those of unknown
    /// kind are left out and named on stderr
    Pack(Document),
    /// Make JSON, one a line, of a job's Output.txt or Failed.txt
    Unpack(Document),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Wait {
    /// Ask again every 10 seconds until it is done
    #[arg(long)]
    pub(crate) wait: bool,
    /// Stop waiting after so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 60, requires = "wait")]
    pub(crate) timeout: u64,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ImportKind {
    /// Create them; the service chooses the ids
    Create,
    /// Replace those that exist
    Update,
    /// Create or replace them
    Upsert,
    /// Delete them
    Delete,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Feedback {
    /// Print the URL of the container that it is collected in
    Container,
    /// Show what a blob of the container says; with --json one a line
    Read(Document),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hub {
    /// Show the names of all
    List,
    /// Show one; with --json whole, with its keys
    Get {
        /// Its name
        name: String,
    },
    /// Create one
    Create {
        /// Its name
        name: String,
        /// Its description in JSON, as `get --json` prints it; - is standard input
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Replace the description of one: what the document leaves out is gone
    Update {
        /// Its name
        name: String,
        #[command(flatten)]
        document: Document,
    },
    /// Delete one and everything in it
    Delete {
        /// Its name
        name: String,
        /// Really
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Emulator {
    /// Listen on this address, or on this port of loopback: 8443, localhost:8443, 0.0.0.0:8443. Any free port unless given
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub(crate) listen: SocketAddr,
    /// The name by which others reach it. It stands in the certificate and the connection strings. In a container: the name of
    /// its service
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// The key of each hub's rule with all rights, so that connection strings stay the same: 256 bits in base64, as
    /// `openssl rand -base64 32` prints them. Random unless given
    #[arg(long, env = "NHUB_EMULATOR_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// The same for the namespace's rule
    #[arg(long, env = "NHUB_EMULATOR_NAMESPACE_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) namespace_key: Option<String>,
    /// Give each hub a few demo devices
    #[arg(long)]
    pub(crate) demo: bool,
    /// The namespace's pricing tier: what it lacks is answered with 403
    #[arg(long, value_enum, default_value_t)]
    pub(crate) tier: Tier,
    /// Answer a hub's sends with 429 after so many in a minute
    #[arg(long, value_name = "SENDS", value_parser = sends_a_minute)]
    pub(crate) throttle: Option<u32>,
    /// Keep hubs, registrations, installations, keys and the schedule in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep the certificate authority in this directory, so that it has to be trusted only once
    #[arg(long, value_name = "DIR")]
    pub(crate) tls_dir: Option<PathBuf>,
    /// Show this certificate, a PEM file with its chain, in place of one of the emulator's own
    #[arg(long, value_name = "FILE", requires = "cert_key", conflicts_with = "tls_dir")]
    pub(crate) cert: Option<PathBuf>,
    /// The certificate's private key, a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) cert_key: Option<PathBuf>,
    /// Let whoever shows this token use the page and the control API, from anywhere
    #[arg(long, env = "NHUB_CONTROL_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) control_token: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Tier {
    Free,
    Basic,
    #[default]
    Standard,
}

impl Global {
    /// The one hub that is meant.
    pub(crate) fn hub(&self) -> Result<Option<&str>, Failure> {
        match self.hubs.as_slice() {
            [] => Ok(None),
            [hub] => Ok(Some(hub)),
            _ => {
                Err(Failure::Usage("--hub is given more than once; only an emulator may have several".into()))
            }
        }
    }
}

fn sends_a_minute(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "it is no whole number from 0 on".to_owned())
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

fn rfc3339(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|error| format!("{error}; write it as 2026-12-24T18:00:00Z"))
}

fn header(text: &str) -> Result<(String, String), String> {
    pair(text, ':').ok_or_else(|| "no colon; write it as 'apns-priority: 5'".to_owned())
}

fn property(text: &str) -> Result<(String, String), String> {
    pair(text, '=').ok_or_else(|| "no equals sign; write it as name=value".to_owned())
}

fn pair(text: &str, separator: char) -> Option<(String, String)> {
    let (name, value) = text.split_once(separator)?;
    // A property's value may begin with spaces; a header's does not.
    let value = if separator == ':' { value.trim() } else { value };
    Some((name.trim().to_owned(), value.to_owned()))
}
