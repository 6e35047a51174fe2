//! What a collector sees: a span for each call and for each attempt, with OpenTelemetry's names. Here they are printed.
//!
//! `cargo run -p examples --example observe`

use examples::Target;
use nh_core::{Hub, Notification};
use nh_hyper::Client;
use std::error::Error;
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In its place a service has the layer of its collector: tracing-opentelemetry, for example.
    tracing_subscriber::fmt().json().with_span_events(FmtSpan::CLOSE).init();

    let target = Target::find()?;
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let mut builder = Client::builder(hub).user_agent("contoso-backend/1.2")?;
    if let Some(ca) = &target.ca_pem {
        builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
    }
    builder.build()?.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    Ok(())
}
