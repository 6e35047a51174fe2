//! A send on smol, in a binary without a tokio runtime.
//!
//! `cargo run -p examples --example send_smol`

use examples::Target;
use nh_hyper::nh_core::notification::{ApplePayload, ApsAlert, PushType};
use nh_hyper::{Notification, Smol, Transport};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    smol::block_on(async {
        let target = Target::find()?;
        let client = target.client(Transport::builder_on(Smol))?;

        let goal =
            ApplePayload::alert(ApsAlert::new("Redmond 2, Bellevue 1").title("Goal!")).sound("default");
        let notification = Notification::apple(goal)?.push_type(PushType::Alert);
        let receipt = client.send(notification, "sports && !politics").await?;
        println!("queued as {:?}", receipt.notification_id);
        Ok(())
    })
}
