use crate::args::{Global, List, Registration as Command};
use crate::connect::Destination;
use crate::document::{cut, print_fields, read_json, row};
use crate::failure::Failure;
use crate::handle;
use crate::terminal::{print, print_json, print_line};
use nh_core::{
    BuildError, DeleteRegistration, IfMatch, ListRegistrations, ListRegistrationsByHandle,
    ListRegistrationsByTag, Registration, UpdateRegistration,
};
use nh_hyper::{Client, Items};

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Failure> {
    match command {
        Command::CreateId => {
            let id = client(global).await?.0.create_registration_id().await?;
            if global.json {
                return print_json(&serde_json::json!({ "registration_id": id }));
            }
            print_line(&id)
        }
        Command::Create(document) => {
            let registration: Registration = read_json(&document.file)?;
            show(global, &client(global).await?.0.create_registration(registration).await?)
        }
        Command::Put { id, document } => {
            let registration: Registration = read_json(&document.file)?;
            show(global, &client(global).await?.0.upsert_registration(id, registration).await?)
        }
        Command::Update(document) => {
            let registration: Registration = read_json(&document.file)?;
            let id = registration.id().unwrap_or_default().to_owned();
            // A document without etag asks for it, as the command's help says.
            let if_match = registration.etag().map_or(Ok(IfMatch::ANY), IfMatch::etag)?;
            let update = UpdateRegistration::new(id, registration, if_match)?;
            show(global, &client(global).await?.0.execute(&update).await?)
        }
        Command::Get { id } => {
            show(global, &client(global).await?.0.get_registration(id).await.map_err(Failure::of_read)?)
        }
        Command::Delete { handle: Some(handle), .. } => {
            let deleted = handle::pns_handle(&handle)?;
            let deleted = client(global).await?.0.delete_registrations_by_handle(deleted).await?;
            if global.json {
                return print_json(&serde_json::json!({ "deleted": deleted }));
            }
            print_fields(&[("deleted", Some(&format!("{deleted} registrations")))])
        }
        Command::Delete { id, etag, handle: None } => {
            let id = id.unwrap_or_default();
            let if_match = etag.as_deref().map_or(Ok(IfMatch::ANY), IfMatch::etag)?;
            let delete = DeleteRegistration::new(&*id)?.if_match(if_match);
            client(global).await?.0.execute(&delete).await?;
            if global.json {
                return print_json(&serde_json::json!({ "registration_id": id }));
            }
            print_fields(&[("deleted", Some(&id))])
        }
        Command::List(list) => show_list(global, &list).await,
    }
}

/// The destination must live as long as the client.
async fn client(global: &Global) -> Result<(Client, Destination), Failure> {
    let destination = Destination::of(global).await?;
    Ok((destination.client(false)?, destination))
}

fn first(list: &List, client: &Client) -> Result<Items<Registration>, BuildError> {
    // The service gives at most 100 a page.
    let top = u32::try_from(list.limit.unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    Ok(match (&list.tag, &list.handle) {
        (Some(tag), _) => client.list(ListRegistrationsByTag::new(tag.as_str())?.top(top)),
        (None, Some(handle)) => {
            client.list(ListRegistrationsByHandle::new(handle::pns_handle(handle)?).top(top))
        }
        (None, None) => client.list(ListRegistrations::new().top(top)),
    })
}

const WIDTHS: [usize; 6] = [42, 4, 12, 26, 16, 0];

async fn show_list(global: &Global, list: &List) -> Result<(), Failure> {
    let (client, _destination) = client(global).await?;
    let mut items = first(list, &client)?;
    if !global.json {
        print(&row(WIDTHS, ["ID", "ETAG", "PLATFORM", "HANDLE", "TEMPLATE", "TAGS"]))?;
    }
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
        print(&line)?;
    }
    Ok(())
}

fn show(global: &Global, registration: &Registration) -> Result<(), Failure> {
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
