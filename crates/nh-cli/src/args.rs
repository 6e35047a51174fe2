//! The commands. What each takes stands in the file that runs it.

use crate::cancel::Cancel;
use crate::doctor::Doctor;
use crate::emulator::Emulator;
use crate::failure::Failure;
use crate::feedback::Feedback;
use crate::hub::Hub;
use crate::installation::Installation;
use crate::job::Job;
use crate::migrate::Migrate;
use crate::outcome::Outcome;
use crate::profile::Profile;
use crate::prune::Prune;
use crate::registration::Registration;
use crate::send::Send;
use crate::shell::{Completions, Man};
use crate::token::Token;
use clap::{Parser, Subcommand};

/// Push notifications through Azure Notification Hubs
#[derive(Debug, Parser)]
#[command(name = "nhub", version, arg_required_else_help = true, after_help = EXIT_STATUS, after_long_help = LONG_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

// Options of all commands. A doc comment here would take the place of the command's own.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Print JSON: one document, or one a line for lists and what goes on for a while. An error is one JSON object on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Take what the options and the environment leave open from this profile of the configuration file. Stands before the command
    /// or after it
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

macro_rules! exit_status {
    () => {
        "\
Exit status:
  0  Done
  1  The service or the network said no, or the output could not be written
  2  Wrong usage: nothing was sent
  3  Unknown: it may have been sent, or it was sent and could not be told
  4  A test send reached nobody, or failed on some device; the doctor says that a push will not arrive"
    };
}

pub(crate) const EXIT_STATUS: &str = exit_status!();

const LONG_HELP: &str = concat!(
    exit_status!(),
    r#"

Output with --json:
  Standard output has one document, or one a line where it says so. Standard error has one object a line:
  {"error":{"kind","exit_status","message","http_status","tracking_id"}} says why the command ends; kind is refused (1),
  usage (2), fate_unknown (3) or undelivered (4). {"note":{"message"}} is for people. Only --dump stays text.

  send                     {"notification_id","tracking_id","outcome"}
  send, several requests   one a line: {"event":"part",..}, {"event":"progress",..}, and {"event":"summary",..} at the end
  send --dry-run           one a line: {"method","url","headers","body"}
  doctor                   {"facts","findings":[{"code","severity","subject","text","remedy"}]}; severity is error, warning or note
  outcome                  the telemetry of one notification a line, each with its notification_id. Of several ids, one that is
                           not known is {"notification_id","error"}
  cancel                   {"notification_id"}
  installation get         the installation, as the service has it
  installation list        one installation a line
  installation, others     {"installation_id"}
  registration list        one registration a line
  registration create-id   {"registration_id"}
  registration delete      {"registration_id"}, or {"deleted"} with --handle
  registration, others     the registration
  job list                 one job a line
  job, others              the job; pack and unpack print files and lines, as they do without --json
  migrate                  one a line: {"event","registration_id" or "installation_id" or "line","successor","reasons"}, and
                           {"event":"summary",..} at the end
  feedback read            one document a line
  feedback follow          one dead handle a line: the document, and "remedy"
  feedback container       {"container_uri"}
  prune                    one device a line: {"event","feedback",..}, and {"event":"summary",..} at the end; event is
                           would_delete, deleted, gone_already, kept, not_deleted or not_looked_up
  hub list                 the names
  hub delete               {"hub"}
  hub, others              the description, with its keys
  token                    {"authorization","uri"}
  emulator                 {"connection_string","listen_only_connection_string","namespace_connection_string","hub","hubs",
                           "address","page","ca_file"}, when it is ready
  profile list             one a line: {"name","namespace","hub","ca"}

Configuration file:
  ~/.config/nhub/config.toml (in XDG_CONFIG_HOME, if that is set; on Windows in %APPDATA%) keeps profiles:
  [profile.staging]
  connection_string = "Endpoint=sb://..;SharedAccessKeyName=..;SharedAccessKey=.."
  hub = "news"
  ca = "staging-ca.pem"
  A flag wins over the environment, and the environment over the profile."#
);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send a notification
    #[command(after_help = EXIT_STATUS)]
    Send(Box<Send>),
    /// Say why a push does not arrive, and what to do
    Doctor(Box<Doctor>),
    /// Show what has become of notifications
    Outcome(Outcome),
    /// Take back a scheduled notification
    Cancel(Cancel),
    /// Installations: devices that apps keep under ids of their own
    #[command(subcommand)]
    Installation(Installation),
    /// Registrations: devices that are registered with their PNS handles
    #[command(subcommand)]
    Registration(Registration),
    /// Imports and exports of many registrations
    #[command(subcommand)]
    Job(Job),
    /// Give legacy registrations and installations their successors. A dry run, unless --yes is given
    Migrate(Box<Migrate>),
    /// The handles that push services have reported as gone
    #[command(subcommand)]
    Feedback(Feedback),
    /// Delete what feedback calls dead: installations, and registrations by their handles. Without --yes it only says what
    Prune(Prune),
    /// The hubs of a namespace, and their keys
    #[command(subcommand)]
    Hub(Hub),
    /// Print a token: the value of an Authorization header, valid for 60 minutes
    Token(Token),
    /// Run a local Notification Hubs service until Ctrl-C
    Emulator(Box<Emulator>),
    /// The profiles of the configuration file
    #[command(subcommand)]
    Profile(Profile),
    /// Print a completion script
    Completions(Completions),
    /// Print the manual page, or write the pages of all commands
    Man(Man),
}

impl Command {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Command::Send(command) => command.run(global).await,
            Command::Doctor(command) => command.run(global).await,
            Command::Outcome(command) => command.run(global).await,
            Command::Cancel(command) => command.run(global).await,
            Command::Installation(command) => command.run(global).await,
            Command::Registration(command) => command.run(global).await,
            Command::Job(command) => command.run(global).await,
            Command::Migrate(command) => command.run(global).await,
            Command::Feedback(command) => command.run(global).await,
            Command::Prune(command) => command.run(global).await,
            Command::Hub(command) => command.run(global).await,
            Command::Token(command) => command.run(global).await,
            Command::Emulator(command) => command.run(global).await,
            Command::Profile(command) => command.run(global),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
        }
    }
}
