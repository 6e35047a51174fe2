//! What can be said on the command line.

use clap::{Args as ClapArgs, Parser, Subcommand};
use nh_core::Format;
use std::net::SocketAddr;
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
    /// Connection string of the namespace or hub
    #[arg(
        long,
        global = true,
        help_heading = "Connection",
        env = "NOTIFICATIONHUBS_CONNECTION_STRING",
        hide_env_values = true,
        value_name = "STRING"
    )]
    pub(crate) connection_string: Option<String>,
    /// Name of the hub; not needed if the connection string has an EntityPath
    #[arg(
        long,
        global = true,
        help_heading = "Connection",
        env = "NOTIFICATION_HUB_NAME",
        value_name = "NAME"
    )]
    pub(crate) hub: Option<String>,
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
    /// To this PNS handle (a browser: {"endpoint":..,"p256dh":..,"auth":..}); several go out as one batch
    #[arg(long = "device", value_name = "HANDLE", conflicts_with_all = ["tags", "expression"])]
    pub(crate) devices: Vec<String>,
    /// At this time, in RFC 3339: 2026-12-24T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = rfc3339, conflicts_with_all = ["devices", "test"])]
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

#[derive(Debug, ClapArgs)]
pub(crate) struct Outcome {
    /// The id that `send` printed
    pub(crate) notification_id: String,
    /// Ask again until it is known
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Emulator {
    /// Listen on this address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
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
