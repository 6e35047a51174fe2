//! A Windows toast to everyone who is tagged `sports`, and what became of it. On tokio.
//!
//! `cargo run -p examples --example send_windows`

use examples::Target;
use nh_hyper::{Notification, Transport};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let client = target.client(Transport::builder())?;

    let toast = r#"<toast launch="a=1"><visual><binding template="ToastText01"><text id="1">Hello from Rust</text></binding></visual></toast>"#;
    let answer = client.test_send(Notification::windows(toast)?, "sports").await?;

    let outcome = answer.outcome.ok_or("the service answered a test send without an outcome")?;
    println!("{} succeeded, {} failed", outcome.success, outcome.failure);
    for result in &outcome.results {
        println!("{}: {}", result.application_platform, result.outcome);
    }
    Ok(())
}
