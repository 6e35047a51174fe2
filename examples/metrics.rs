//! Counts and times of calls, for Prometheus, and the same from the other side: what the emulator counted. A service answers
//! `GET /metrics` with such a text.
//!
//! `cargo run -p examples --example metrics`

use examples::Target;
use metrics_exporter_prometheus::PrometheusBuilder;
use nh_emulator::{Emulator, Fault};
use nh_hyper::{Notification, Transport, describe_metrics};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // First the recorder, then what it gets. Buckets are in seconds.
    let buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0];
    let exporter =
        PrometheusBuilder::new().with_recommended_naming(true).set_buckets(&buckets)?.install_recorder()?;
    describe_metrics();

    let emulator = Emulator::builder().demo_devices(true).start_blocking()?;
    emulator.add_fault(Fault::status(429).retry_after(1).times(1))?;
    let emulators_metrics = emulator.page_url() + "metrics";
    let target = Target::from(emulator);
    let client = target.client(Transport::builder())?;

    // The first is refused for a second, and tried again.
    for _ in 0..2 {
        client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    }
    client.get_installation("nobody").await.expect_err("nobody has it");

    let text = exporter.render();
    println!("{text}");
    for (name, labels, value) in [
        ("nh_call_duration_seconds_count", &[r#"nh_operation="SendNotification""#][..], 2),
        ("nh_call_duration_seconds_count", &[r#"nh_fate="final""#, r#"error_type="404""#], 1),
        ("nh_attempts_total", &[r#"nh_operation="SendNotification""#, r#"http_request_resend_count="0""#], 2),
        ("nh_attempts_total", &[r#"nh_operation="SendNotification""#, r#"http_request_resend_count="1""#], 1),
        ("nh_wait_duration_seconds_count", &[r#"nh_throttled="true""#], 1),
        ("http_client_request_duration_seconds_count", &[r#"http_response_status_code="429""#], 1),
        ("http_client_active_requests", &[r#"http_request_method="POST""#], 0),
    ] {
        assert_eq!(value_of(&text, name, labels), Some(value.to_string().as_str()), "{name} {labels:?}");
    }

    let text = ureq::get(emulators_metrics).call()?.body_mut().read_to_string()?;
    println!("{text}");
    let labels = [r#"operation="SendNotification""#, r#"status="429""#];
    assert_eq!(value_of(&text, "nh_emulator_requests_total", &labels), Some("1"));
    Ok(())
}

/// The value of the one line with this name and these labels.
fn value_of<'a>(text: &'a str, name: &str, labels: &[&str]) -> Option<&'a str> {
    let mut lines = text.lines().filter(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('{') && labels.iter().all(|label| rest.contains(label)))
    });
    let (_, value) = lines.next()?.rsplit_once(' ')?;
    lines.next().is_none().then_some(value)
}
