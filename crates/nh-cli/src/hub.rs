mod apply;

use crate::connect::NamespaceOrEmulator;
use crate::document::{Document, Given, print_fields};
use crate::failure::Failure;
use crate::global::Global;
use crate::in_flight::carry;
use crate::terminal::{print, print_json, shown};
use apply::Apply;
use nh_core::{HubDescription, RegistrationTtl};
use nh_hyper::NamespaceClient;

const EXAMPLE: &str = r#"A description, as `hub get --json` prints it. It holds keys, so @FILE is better than the command line:
  {
    "registration_ttl": "P90D",
    "credentials": {"gcm": {"GoogleApiKey": ".."}}
  }"#;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Hub {
    /// Show the names of all
    List {
        #[command(flatten)]
        connection: NamespaceOrEmulator,
    },
    /// Show one; with --json whole, with its keys
    Get {
        /// Its name
        name: String,
        #[command(flatten)]
        connection: NamespaceOrEmulator,
    },
    /// Create one
    #[command(after_help = EXAMPLE)]
    Create {
        /// Its name
        name: String,
        /// Its description in JSON: the text itself, @FILE, or - for standard input. Without it, the service chooses
        #[arg(value_name = "DOCUMENT")]
        description: Option<Given>,
        #[command(flatten)]
        connection: NamespaceOrEmulator,
    },
    /// Replace the description of one: what the document leaves out is gone
    #[command(after_help = EXAMPLE)]
    Update {
        /// Its name
        name: String,
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        connection: NamespaceOrEmulator,
    },
    /// Make hubs as a file declares them: credentials, rules, settings
    Apply(Apply),
    /// Delete one and everything in it
    Delete {
        /// Its name
        name: String,
        /// Really
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        connection: NamespaceOrEmulator,
    },
}

impl Hub {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Hub::List { connection } => {
                let namespace = connection.destination(global).await?;
                let names = namespace.client()?.list_hubs().await.map_err(Failure::of_read)?;
                if global.json {
                    return print_json(&names);
                }
                print(&names.iter().map(|name| shown(name) + "\n").collect::<String>())
            }
            Hub::Get { name, connection } => {
                let namespace = connection.destination(global).await?;
                show(global, &namespace.client()?.get_hub(name).await.map_err(Failure::of_read)?)
            }
            Hub::Create { name, description, connection } => {
                // Read before anything is asked.
                let description = match description {
                    Some(given) => given.json("description")?,
                    None => HubDescription::new(),
                };
                let namespace = connection.destination(global).await?;
                let client = namespace.client()?;
                let create = async |client: NamespaceClient| client.create_hub(name, description).await;
                let created =
                    carry(&client, create).await.map_err(|failure| match failure.is_conflict() {
                        true => failure
                            .with_note("; a hub of this name is there already: `nhub hub update` changes it"),
                        false => failure,
                    })?;
                written(global, &created)
            }
            Hub::Update { name, document, connection } => {
                let description: HubDescription = document.json()?;
                let namespace = connection.destination(global).await?;
                let client = namespace.client()?;
                let update = async |client: NamespaceClient| client.update_hub(name, description).await;
                written(global, &carry(&client, update).await?)
            }
            Hub::Apply(apply) => apply.run(global).await,
            Hub::Delete { name, yes: false, .. } => {
                Err(Failure::usage(format!("hub {name}: this deletes it and everything in it; say --yes")))
            }
            Hub::Delete { name, connection, .. } => {
                let namespace = connection.destination(global).await?;
                let client = namespace.client()?;
                carry(&client, async |client| client.delete_hub(&*name).await).await?;
                let told = match global.json {
                    true => print_json(&serde_json::json!({ "hub": name })),
                    false => print_fields(&[("deleted", Some(&name))]),
                };
                told.map_err(|why| why.after(format_args!("hub {name} was deleted")))
            }
        }
    }
}

/// What is shown after a change.
fn written(global: &Global, hub: &HubDescription) -> Result<(), Failure> {
    let name = hub.name().unwrap_or_default();
    show(global, hub).map_err(|why| why.after(format_args!("hub {name} was written")))
}

fn show(global: &Global, hub: &HubDescription) -> Result<(), Failure> {
    if global.json {
        return print_json(hub);
    }
    let platforms: Vec<_> =
        hub.credentials().iter().map(|credential| credential.platform().as_str()).collect();
    let platforms = platforms.join(", ");
    let rules: Vec<_> = hub
        .authorization_rules()
        .iter()
        .map(|rule| {
            let rights: Vec<_> = rule.rights().iter().map(|right| right.as_str()).collect();
            format!("{} ({})", rule.key_name(), rights.join(", "))
        })
        .collect();
    let ttl = hub.registration_ttl().map(|ttl| match ttl {
        RegistrationTtl::After(time) => format!("expire after {} days", time.as_secs() / 86_400),
        _ => "never expire".to_owned(),
    });
    let mut fields = vec![
        ("hub", hub.name()),
        ("registrations", ttl.as_deref()),
        ("credentials", (!platforms.is_empty()).then_some(platforms.as_str())),
        ("disabled", hub.is_disabled().then_some("yes")),
        ("metadata", hub.user_metadata()),
    ];
    fields.extend(rules.iter().map(|rule| ("rule", Some(rule.as_str()))));
    print_fields(&fields)
}
