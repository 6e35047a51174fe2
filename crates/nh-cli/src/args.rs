//! The commands. What each takes stands in the file that runs it.

use crate::cancel::Cancel;
use crate::doctor::Doctor;
use crate::emulator::Emulator;
use crate::failure::Failure;
use crate::feedback::Feedback;
use crate::global::Global;
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
use clap::{CommandFactory as _, Parser, Subcommand};

/// Push notifications through Azure Notification Hubs
#[derive(Debug, Parser)]
#[command(name = "nhub", version, arg_required_else_help = true, after_help = EXIT_STATUS, after_long_help = LONG_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

macro_rules! exit_status {
    () => {
        "\
Exit status:
  0  Done
  1  The service or the network said no, or the output could not be written
  2  Wrong usage: nothing was sent
  3  Unknown: it may have been sent, or it was sent and could not be told
  4  A test send reached nobody, or failed on some device; the doctor says that a push will not arrive;
     hub apply --diff found a difference"
    };
}

pub(crate) const EXIT_STATUS: &str = exit_status!();

const LONG_HELP: &str = concat!(
    exit_status!(),
    r#"

Output with --json:
  Standard output has one document, or one a line where it says so.
  Standard error has one object a line. Why the command ends:
    {"error":{"kind","exit_status","message","http_status","tracking_id"}}
    kind is refused (1), usage (2), fate_unknown (3), undelivered (4) or differs (4)
  What is for people: {"note":{"message"}}. Only --dump stays text.

  send                     {"notification_id","tracking_id","outcome"}
  send, several requests   one a line: {"event":"part",..} for each,
                           {"event":"progress",..}, at last {"event":"summary",..}
  send --dry-run           one a line: {"method","url","headers","body"}
  doctor                   {"facts","findings":[{"code","severity","subject","text",
                           "remedy"}]}; severity is error, warning or note
  outcome                  the telemetry of one notification a line, each with its
                           notification_id. Of several ids, one that is not known
                           is {"notification_id","error"}
  cancel                   {"notification_id"}
  installation get         the installation, as the service has it
  installation list        one installation a line
  installation, others     {"installation_id"}
  registration list        one registration a line
  registration create-id   {"registration_id"}
  registration delete      {"registration_id"}; with --handle {"deleted"}
  registration, others     the registration
  job list                 one job a line
  job pack, unpack         the same as without --json
  job, others              the job
  migrate                  one a line: {"event","successor","reasons"} and one of
                           "registration_id", "installation_id" and "line"; at last
                           {"event":"summary",..}
  feedback read            one document a line
  feedback follow          one dead handle a line: the document, and "remedy"
  feedback container       {"container_uri"}
  prune                    one device a line: {"event","feedback",..}, at last
                           {"event":"summary",..}; event is would_delete, deleted,
                           gone_already, kept, not_deleted or not_looked_up
  hub list                 the names
  hub apply                one hub a line: {"hub","event","differences"}; event is
                           created, changed, unchanged, would_create or would_change
  hub delete               {"hub"}
  hub, others              the description, with its keys
  token                    {"authorization","uri"}
  emulator                 when it is ready: {"connection_string",
                           "listen_only_connection_string",
                           "namespace_connection_string","hub","hubs","address",
                           "page","ca_file"}
  emulator probe           {"url","version"}
  profile list             one a line: {"name","namespace","hub","ca"}

Configuration file:
  It keeps profiles: ~/.config/nhub/config.toml, or nhub/config.toml in
  XDG_CONFIG_HOME, or on Windows %APPDATA%\nhub\config.toml
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
            Command::Completions(command) => command.run(Args::command()),
            Command::Man(command) => command.run(Args::command()),
        }
    }
}
