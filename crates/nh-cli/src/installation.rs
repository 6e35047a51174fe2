use crate::args::{Global, Installation as Command, Patch};
use crate::connect::Destination;
use crate::document::{print_fields, read_json};
use crate::failure::Failure;
use crate::terminal::{print_json, shown, tell};
use nh_core::{Installation, InstallationChange};
use serde::Deserialize;

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Failure> {
    match command {
        Command::Get { id } => {
            let installation = Destination::of(global).await?;
            let installation =
                installation.client(false)?.get_installation(id).await.map_err(Failure::of_read)?;
            show(global, &installation)
        }
        Command::Put(document) => {
            let installation: Installation = read_json(&document.file)?;
            for (path, _) in installation.unknown_members() {
                tell(format_args!("warning: nobody knows the member {}; it is sent as it is", shown(&path)));
            }
            let id = installation.id().to_owned();
            Destination::of(global).await?.client(false)?.put_installation(installation).await?;
            done(global, "put", &id)
        }
        Command::Patch(patch) => {
            let changes = changes(&patch)?;
            Destination::of(global).await?.client(false)?.patch_installation(&*patch.id, changes).await?;
            done(global, "changed", &patch.id)
        }
        Command::Delete { id } => {
            Destination::of(global).await?.client(false)?.delete_installation(&*id).await?;
            done(global, "deleted", &id)
        }
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
    if let Some(file) = &patch.file {
        for change in read_json::<Vec<Change>>(file)? {
            changes.push(InstallationChange::new(&change.op, &change.path, change.value)?);
        }
    }
    Ok(changes)
}

fn show(global: &Global, installation: &Installation) -> Result<(), Failure> {
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
    if global.json {
        return print_json(&serde_json::json!({ "installation_id": id }));
    }
    print_fields(&[(what, Some(id))])
}
