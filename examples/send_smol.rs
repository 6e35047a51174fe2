//! A send on smol, in a binary without a tokio runtime.
//!
//! `cargo run -p examples --example send_smol`

use examples::Target;
use nh_core::notification::{ApplePayload, ApsAlert, PushType};
use nh_core::{Hub, Notification};
use nh_hyper::{Smol, Transport};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    smol::block_on(async {
        let target = Target::find()?;
        let mut builder = Transport::builder_on(Smol);
        if let Some(ca) = &target.ca_pem {
            builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
        }
        let client =
            builder.build()?.hub(Hub::from_connection_string(&target.connection_string, &target.hub)?);

        let goal =
            ApplePayload::alert(ApsAlert::new("Redmond 2, Bellevue 1").title("Goal!")).sound("default");
        let notification = Notification::apple(goal)?.push_type(PushType::Alert);
        let receipt = client.send(notification, "sports && !politics").await?;
        println!("queued as {:?}", receipt.notification_id);
        Ok(())
    })
}
