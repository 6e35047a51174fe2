//! The same send on async-std: the runtime is a value, the rest does not change.
//!
//! `cargo run -p examples --example send_async_std`

use examples::Target;
use nh_core::{Hub, Notification};
use nh_hyper::{AsyncStd, Transport};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    async_std::task::block_on(send())
}

async fn send() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let mut builder = Transport::builder_on(AsyncStd);
    if let Some(ca) = &target.ca_pem {
        builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
    }
    let client = builder.build()?.hub(Hub::from_connection_string(&target.connection_string, &target.hub)?);

    let goal = Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")])?;
    let receipt = client.send(goal, ["sports", "politics"]).await?;
    match receipt.notification_id {
        Some(id) => println!("queued as {id}"),
        None => println!("queued (only hubs of the Standard tier say under which id)"),
    }
    Ok(())
}
