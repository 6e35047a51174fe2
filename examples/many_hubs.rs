//! Many hubs over one pool of connections: made, used and deleted, by way of their namespace.
//!
//! `cargo run -p examples --example many_hubs`

use examples::Target;
use nh_hyper::{Audience, HubDescription, Namespace, Notification, Transport};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let transport = target.trust(Transport::builder())?.build()?;

    // The key must be the namespace's.
    let namespace = transport.namespace(Namespace::from_connection_string(&target.connection_string)?);
    let tenants = ["nh-example-redmond", "nh-example-bellevue"];
    for name in tenants {
        namespace.create_hub(name, HubDescription::new()).await?;
    }
    println!("hubs: {}", namespace.list_hubs().await?.join(", "));

    let hello = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
    for name in tenants {
        let receipt = namespace.hub(name)?.send(hello.clone(), Audience::EVERYONE).await?;
        println!("{name}: queued as {:?}", receipt.notification_id);
    }
    for name in tenants {
        namespace.delete_hub(name).await?;
    }
    Ok(())
}
