//! tower middleware over the client's requests: at most 100 a second, each of them logged.
//!
//! `cargo run -p examples --example tower_middleware`

use examples::Target;
use nh_hyper::nh_core::http::Request;
use nh_hyper::{Notification, Transport};
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
    let client = target.client(Transport::builder().layer(middleware))?;

    for topic in ["sports", "politics", "news"] {
        let alert = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
        let receipt = client.send(alert, topic).await?;
        println!("queued as {:?}", receipt.notification_id);
    }
    Ok(())
}
