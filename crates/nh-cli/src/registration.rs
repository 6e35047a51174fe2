use crate::connect::OrEmulator;
use crate::document::{Document, cut, print_fields, row};
use crate::failure::Failure;
use crate::global::{Global, whole_number};
use crate::handle;
use crate::in_flight::carry;
use crate::terminal::{print, print_json, print_line};
use nh_core::{
    BuildError, DeleteRegistration, IfMatch, ListRegistrations, ListRegistrationsByHandle,
    ListRegistrationsByTag, Registration as Device, UpdateRegistration,
};
use nh_hyper::{Client, Items};

const EXAMPLE: &str = r#"A registration:
  {
    "kind": "apple",
    "device_token": "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
    "tags": ["sports", "follows_RedSox"],
    "template": {"body": "{\"aps\":{\"alert\":\"$(title)\"}}", "name": "news"}
  }
Without template, it is a native registration.
`nhub registration list --json --emulator` shows more kinds."#;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Registration {
    /// Print a new id, for `put`
    CreateId {
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Register a device; each time makes one more registration
    #[command(after_help = EXAMPLE)]
    Create {
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Create or replace the registration with an id
    #[command(after_help = EXAMPLE)]
    Put {
        /// Its id
        id: String,
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Replace a registration, if its etag is still the one in the document (without etag: whatever it is)
    #[command(after_help = EXAMPLE)]
    Update {
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Show one
    Get {
        /// Its id
        id: String,
        #[command(flatten)]
        connection: OrEmulator,
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
        #[command(flatten)]
        connection: OrEmulator,
    },
    /// Show all, or those with a tag or handle; with --json one a line
    List(List),
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Those of this device: apple:TOKEN, fcmv1:TOKEN, windows:URI, baidu:USER,CHANNEL, browser:ENDPOINT,P256DH,AUTH, ..
    #[arg(long, value_name = "KIND:HANDLE", conflicts_with = "tag")]
    handle: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<usize>)]
    limit: Option<usize>,
    #[command(flatten)]
    connection: OrEmulator,
}

impl Registration {
    pub(crate) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Registration::CreateId { connection } => {
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                let id = carry(&client, async |client| client.create_registration_id().await).await?;
                if global.json {
                    return print_json(&serde_json::json!({ "registration_id": id }));
                }
                print_line(&id)
            }
            Registration::Create { document, connection } => {
                let registration: Device = document.json()?;
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                let create = async |client: Client| client.create_registration(registration).await;
                written(global, &carry(&client, create).await?)
            }
            Registration::Put { id, document, connection } => {
                let registration: Device = document.json()?;
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                let put = async |client: Client| client.upsert_registration(id, registration).await;
                written(global, &carry(&client, put).await?)
            }
            Registration::Update { document, connection } => {
                let registration: Device = document.json()?;
                let id = registration.id().unwrap_or_default().to_owned();
                // A document without etag asks for it, as the command's help says.
                let if_match = registration.etag().map_or(Ok(IfMatch::ANY), IfMatch::etag)?;
                let update = UpdateRegistration::new(id, registration, if_match)?;
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                written(global, &carry(&client, async |client| client.execute(&update).await).await?)
            }
            Registration::Get { id, connection } => {
                let destination = connection.destination(global).await?;
                let found = destination.client()?.get_registration(id).await.map_err(Failure::of_read)?;
                show(global, &found)
            }
            Registration::Delete { handle: Some(handle), connection, .. } => {
                let handle = handle::pns_handle("--handle", &handle)?;
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                let delete = async |client: Client| client.delete_registrations_by_handle(handle).await;
                let deleted = carry(&client, delete).await?;
                let told = match global.json {
                    true => print_json(&serde_json::json!({ "deleted": deleted })),
                    false => print_fields(&[("deleted", Some(&format!("{deleted} registrations")))]),
                };
                told.map_err(|why| why.after(format_args!("{deleted} registrations were deleted")))
            }
            Registration::Delete { id, etag, handle: None, connection } => {
                let id = id.unwrap_or_default();
                let if_match = etag.as_deref().map_or(Ok(IfMatch::ANY), IfMatch::etag)?;
                let delete = DeleteRegistration::new(&*id)?.if_match(if_match);
                let destination = connection.destination(global).await?;
                let client = destination.client()?;
                carry(&client, async |client| client.execute(&delete).await).await?;
                let told = match global.json {
                    true => print_json(&serde_json::json!({ "registration_id": id })),
                    false => print_fields(&[("deleted", Some(&id))]),
                };
                told.map_err(|why| why.after(format_args!("registration {id} was deleted")))
            }
            Registration::List(list) => show_list(global, &list).await,
        }
    }
}

fn first(list: &List, client: &Client) -> Result<Items<Device>, BuildError> {
    // The service gives at most 100 a page.
    let top = u32::try_from(list.limit.unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    Ok(match (&list.tag, &list.handle) {
        (Some(tag), _) => client.list(ListRegistrationsByTag::new(tag.as_str())?.top(top)),
        (None, Some(handle)) => {
            client.list(ListRegistrationsByHandle::new(handle::pns_handle("--handle", handle)?).top(top))
        }
        (None, None) => client.list(ListRegistrations::new().top(top)),
    })
}

const WIDTHS: [usize; 6] = [42, 4, 12, 26, 16, 0];

async fn show_list(global: &Global, list: &List) -> Result<(), Failure> {
    let destination = list.connection.destination(global).await?;
    let client = destination.client()?;
    let mut items = first(list, &client)?;
    // Not before it is known that there is a list.
    let mut head =
        (!global.json).then(|| row(WIDTHS, ["ID", "ETAG", "PLATFORM", "HANDLE", "TEMPLATE", "TAGS"]));
    let mut left = list.limit.unwrap_or(usize::MAX);
    while left > 0 {
        let Some(registration) = items.next().await else { break };
        let registration = registration.map_err(Failure::of_read)?;
        left -= 1;
        if global.json {
            print_json(&registration)?;
            continue;
        }
        let handle = registration.handle().parts().next().map_or("", |(_, value)| value);
        let template = registration.template().map_or("", |template| template.name().unwrap_or("(no name)"));
        let line = row(
            WIDTHS,
            [
                registration.id().unwrap_or_default(),
                registration.etag().unwrap_or_default(),
                registration.platform().as_str(),
                &cut(handle, WIDTHS[3]),
                template,
                &registration.tags().join(", "),
            ],
        );
        print(&(head.take().unwrap_or_default() + &line))?;
    }
    print(&head.unwrap_or_default())
}

/// What is shown after a change.
fn written(global: &Global, registration: &Device) -> Result<(), Failure> {
    let id = registration.id().unwrap_or_default();
    show(global, registration).map_err(|why| why.after(format_args!("registration {id} was written")))
}

fn show(global: &Global, registration: &Device) -> Result<(), Failure> {
    if global.json {
        return print_json(registration);
    }
    let tags = registration.tags().join(", ");
    let mut fields = vec![
        ("registration", registration.id()),
        ("etag", registration.etag()),
        ("platform", Some(registration.platform().as_str())),
    ];
    // A browser's keys are nobody's business on a screen.
    let parts = registration.handle().parts().filter(|(name, _)| !matches!(*name, "p256dh" | "auth"));
    fields.extend(parts.map(|(name, value)| (name, Some(value))));
    fields.extend([
        ("secondary tile", registration.secondary_tile()),
        ("tags", (!tags.is_empty()).then_some(tags.as_str())),
    ]);
    if let Some(template) = registration.template() {
        fields.extend([("template", template.name().or(Some("(no name)"))), ("body", Some(template.body()))]);
    }
    print_fields(&fields)
}
