//! tower middleware round the client's requests: at most 100 a second, each of them logged.
//!
//! `cargo run -p examples --example tower_middleware`

use examples::{Target, https};
use http_body_util::Full;
use nh_core::{Hub, Notification, bytes::Bytes, http::Request};
use nh_hyper::Client;
use std::error::Error;
use std::time::Duration;
use tower::ServiceBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;

    // Any service of http messages: here hyper's own client.
    let service = ServiceBuilder::new()
        .buffer(64)
        .rate_limit(100, Duration::from_secs(1))
        .map_request(|request: Request<Full<Bytes>>| {
            println!("{} {}", request.method(), request.uri().path());
            request
        })
        .service(https(&target)?);
    let client = Client::from_service(hub, service)?;

    for topic in ["sports", "politics", "news"] {
        let alert = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
        let receipt = client.send(alert, topic).await?;
        println!("queued as {:?}", receipt.notification_id);
    }
    Ok(())
}
