//! tower middleware over the client's requests: at most 100 a second, each of them logged.
//!
//! `cargo run -p examples --example tower_middleware`

use examples::Target;
use nh_core::{Hub, Notification, http::Request};
use nh_hyper::Transport;
use std::error::Error;
use std::time::Duration;
use tower::ServiceBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let middleware = ServiceBuilder::new().buffer(64).rate_limit(100, Duration::from_secs(1)).map_request(
        |request: Request<_>| {
            println!("{} {}", request.method(), request.uri().path());
            request
        },
    );
    let mut builder = Transport::builder().layer(middleware);
    if let Some(ca) = &target.ca_pem {
        builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
    }
    let client = builder.build()?.hub(Hub::from_connection_string(&target.connection_string, &target.hub)?);

    for topic in ["sports", "politics", "news"] {
        let alert = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
        let receipt = client.send(alert, topic).await?;
        println!("queued as {:?}", receipt.notification_id);
    }
    Ok(())
}
