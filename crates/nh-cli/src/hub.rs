use crate::args::{Global, Hub as Command};
use crate::connect;
use crate::document::{print_fields, read_json};
use crate::failure::Failure;
use crate::terminal::{print, print_json, shown};
use nh_core::{HubDescription, RegistrationTtl};

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Failure> {
    if let Command::Delete { name, yes: false } = &command {
        return Err(Failure::Usage(format!("hub {name}: this deletes it and everything in it; say --yes")));
    }
    // Read before anything is asked.
    let description = match &command {
        Command::Create { file: Some(file), .. } => read_json(file)?,
        Command::Update { document, .. } => read_json(&document.file)?,
        _ => HubDescription::new(),
    };
    let (namespace, _trust) = connect::namespace(global).await?;
    match command {
        Command::List => {
            let names = namespace.list_hubs().await.map_err(Failure::of_read)?;
            if global.json {
                return print_json(&names);
            }
            print(&names.iter().map(|name| shown(name) + "\n").collect::<String>())
        }
        Command::Get { name } => show(global, &namespace.get_hub(name).await.map_err(Failure::of_read)?),
        Command::Create { name, .. } => show(global, &namespace.create_hub(name, description).await?),
        Command::Update { name, .. } => show(global, &namespace.update_hub(name, description).await?),
        Command::Delete { name, .. } => {
            namespace.delete_hub(&*name).await?;
            if global.json {
                return print_json(&serde_json::json!({ "hub": name }));
            }
            print_fields(&[("deleted", Some(&name))])
        }
    }
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
