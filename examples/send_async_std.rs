//! The same send on async-std: the runtime is a value, the rest does not change.
//!
//! `cargo run -p examples --example send_async_std`

use examples::Target;
use nh_hyper::{AsyncStd, Notification, Transport};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    async_std::task::block_on(send())
}

async fn send() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let client = target.client(Transport::builder_on(AsyncStd))?;

    let goal = Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")])?;
    let receipt = client.send(goal, ["sports", "politics"]).await?;
    match receipt.notification_id {
        Some(id) => println!("queued as {id}"),
        None => println!("queued (only hubs of the Standard tier say under which id)"),
    }
    Ok(())
}
