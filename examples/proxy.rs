//! Behind a corporate proxy. Without an argument the environment says which: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
//!
//! `cargo run -p examples --example proxy -- http://user:password@proxy.contoso.com:3128`

use examples::Target;
use nh_core::{Hub, Notification};
use nh_hyper::Client;
use std::error::Error;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let mut builder = Client::builder(hub).connect_timeout(Duration::from_secs(20));
    if let Some(url) = std::env::args().nth(1) {
        builder = builder.proxy(&url)?;
    }
    // A proxy that looks into TLS has an authority of its own: add_root_pem trusts it.
    if let Some(ca) = &target.ca_pem {
        builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
    }
    // The emulator is on loopback, which needs no proxy.
    let receipt =
        builder.build()?.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    println!("queued as {:?}", receipt.notification_id);
    Ok(())
}
