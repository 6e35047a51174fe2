use crate::connect::OrEmulator;
use crate::document::{Document, Given, cut, print_fields, row};
use crate::failure::Failure;
use crate::global::Global;
use crate::in_flight::carry;
use crate::terminal::{print, print_json, shown, tell};
use nh_core::{Installation as Device, InstallationChange};
use serde::Deserialize;

const EXAMPLE: &str = r#"An installation:
  {
    "installationId": "8a2c1b7e",
    "platform": "apns",
    "pushChannel": "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
    "tags": ["sports"],
    "userId": "bob",
    "templates": {"news": {"body": "{\"aps\":{\"alert\":\"$(title)\"}}", "tags": ["news"]}}
  }
The platform of iPhones is apns, that of Windows wns, that of others the word of `nhub send`.
A browser's pushChannel is {"endpoint":"..","p256dh":"..","auth":".."}."#;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Installation {
    /// Show one
    Get {
        /// Its id
        id: String,
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Create or replace one
    #[command(after_help = EXAMPLE)]
    Put {
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Change parts of one
    Patch(Patch),
    /// Delete one
    Delete {
        /// Its id
        id: String,
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Show all, or those with a tag or of a user, as the hub's registrations show them; with --json one a line
    List(List),
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Those with this tag, also if only a template of theirs has it
    #[arg(long)]
    tag: Option<String>,
    /// Those of this user
    #[arg(long, value_name = "ID", conflicts_with = "tag")]
    user: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    connection: OrEmulator,
}

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("changes").required(true).multiple(true))]
pub(crate) struct Patch {
    /// The installation's id
    id: String,
    /// Give it another channel (a browser: {"endpoint":..,"p256dh":..,"auth":..})
    #[arg(long, value_name = "HANDLE", group = "changes")]
    push_channel: Option<String>,
    /// Add a tag
    #[arg(long = "add-tag", value_name = "TAG", group = "changes")]
    add_tags: Vec<String>,
    /// Remove a tag
    #[arg(long = "remove-tag", value_name = "TAG", group = "changes")]
    remove_tags: Vec<String>,
    /// Say whose it is
    #[arg(long, value_name = "USER", group = "changes", conflicts_with = "no_user")]
    user: Option<String>,
    /// Say that it is nobody's any more
    #[arg(long, group = "changes")]
    no_user: bool,
    /// Further changes, a JSON Patch: [{"op":..,"path":..,"value":..}]; the text itself, @FILE, or - for standard input
    #[arg(long, value_name = "DOCUMENT", group = "changes")]
    json_patch: Option<Given>,
    #[command(flatten)]
    connection: OrEmulator,
}

impl Installation {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Installation::Get { id, connection } => {
                let destination = connection.destination(global).await?;
                let installation =
                    destination.client()?.get_installation(id).await.map_err(Failure::of_read)?;
                show(global, &installation)
            }
            Installation::Put { document, connection } => {
                let installation: Device = document.json()?;
                for (path, _) in installation.unknown_members() {
                    tell(format_args!(
                        "warning: nobody knows the member {}; it is sent as it is",
                        shown(&path)
                    ));
                }
                let id = installation.id().to_owned();
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                carry(&client, async |client| client.put_installation(installation).await).await?;
                done(global, "put", &id)
            }
            Installation::Patch(patch) => {
                let changes = changes(&patch)?;
                let destination = patch.connection.destination(global).await?;
                let client = destination.client()?;
                carry(&client, async |client| client.patch_installation(&*patch.id, changes).await).await?;
                done(global, "changed", &patch.id)
            }
            Installation::Delete { id, connection } => {
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                carry(&client, async |client| client.delete_installation(&*id).await).await?;
                done(global, "deleted", &id)
            }
            Installation::List(list) => list.run(global).await,
        }
    }
}

const WIDTHS: [usize; 5] = [36, 12, 24, 40, 0];

impl List {
    async fn run(self, global: &Global) -> Result<(), Failure> {
        let destination = self.connection.destination(global).await?;
        let client = destination.client()?;
        let mut installations = match (self.tag, self.user) {
            (Some(tag), _) => client.list_installations_by_tag(tag)?,
            (None, Some(user)) => client.list_installations_by_user(user)?,
            (None, None) => client.list_installations(),
        };
        if !global.json {
            print(&row(WIDTHS, ["INSTALLATION", "PLATFORM", "USER", "TAGS", "PUSH CHANNEL"]))?;
        }
        let mut left = self.limit.unwrap_or(usize::MAX);
        while left > 0 {
            let Some(installation) = installations.next().await else { break };
            let installation = installation.map_err(Failure::of_read)?;
            left -= 1;
            if global.json {
                print_json(&installation)?;
                continue;
            }
            let handle = installation.handle.parts().next().map(|(_, handle)| handle).unwrap_or_default();
            let line = row(
                WIDTHS,
                [
                    &installation.installation_id,
                    installation.handle.platform().installation_word(),
                    installation.user_id.as_deref().unwrap_or_default(),
                    &installation.tags.join(", "),
                    &cut(handle, 40),
                ],
            );
            print(&line)?;
        }
        Ok(())
    }
}

/// An operation of a JSON Patch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    op: String,
    path: String,
    value: Option<String>,
}

fn changes(patch: &Patch) -> Result<Vec<InstallationChange>, Failure> {
    let mut changes = Vec::new();
    if let Some(text) = &patch.push_channel {
        changes.push(InstallationChange::push_channel(text)?);
    }
    for tag in &patch.remove_tags {
        changes.push(InstallationChange::remove_tag(tag.as_str())?);
    }
    for tag in &patch.add_tags {
        changes.push(InstallationChange::add_tag(tag.as_str())?);
    }
    if let Some(user) = &patch.user {
        changes.push(InstallationChange::user(user)?);
    }
    changes.extend(patch.no_user.then(InstallationChange::remove_user));
    if let Some(given) = &patch.json_patch {
        for change in given.json::<Vec<Change>>("JSON Patch")? {
            changes.push(InstallationChange::new(&change.op, &change.path, change.value)?);
        }
    }
    Ok(changes)
}

fn show(global: &Global, installation: &Device) -> Result<(), Failure> {
    if global.json {
        return print_json(installation);
    }
    let names = |names: Vec<&str>| (!names.is_empty()).then(|| names.join(", "));
    let tags = names(installation.tags().iter().map(String::as_str).collect());
    let templates = names(installation.templates().keys().map(String::as_str).collect());
    let tiles = names(installation.secondary_tiles().keys().map(String::as_str).collect());
    print_fields(&[
        ("installation", Some(installation.id())),
        ("user", installation.user()),
        ("platform", Some(installation.platform().installation_word())),
        ("push channel", Some(installation.push_channel().handle())),
        ("expired", installation.push_channel_expired().filter(|expired| *expired).map(|_| "yes")),
        ("tags", tags.as_deref()),
        ("templates", templates.as_deref()),
        ("secondary tiles", tiles.as_deref()),
    ])
}

fn done(global: &Global, what: &str, id: &str) -> Result<(), Failure> {
    let told = match global.json {
        true => print_json(&serde_json::json!({ "installation_id": id })),
        false => print_fields(&[(what, Some(id))]),
    };
    told.map_err(|why| why.after(format_args!("installation {id} was {what}")))
}
