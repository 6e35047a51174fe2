//! Bring your own HTTP stack: nh-core builds the request and reads the response, ureq carries them. No async at all.
//!
//! `cargo run -p examples --example embed_ureq`

use examples::Target;
use nh_core::{Audience, Hub, Notification, Operation, SendNotification, bytes::Bytes};
use std::error::Error;
use std::time::SystemTime;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let mut tls = TlsConfig::builder();
    if let Some(ca) = &target.ca_pem {
        tls = tls.root_certs(RootCerts::new_with_certs(&[Certificate::from_pem(ca.as_bytes())?]));
    }
    // nh-core reads the service's errors itself.
    let config =
        ureq::Agent::config_builder().tls_config(tls.build()).http_status_as_error(false).max_redirects(0);
    let agent = config.build().new_agent();

    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let alert = Notification::apple(r#"{"aps":{"alert":"Hello from Rust"}}"#)?;
    let send = SendNotification::new(alert, Audience::tag("sports")?)?.test();

    let request = hub.request(&send, SystemTime::now())?;
    let mut response = agent.run(request.map(|body| body.to_vec()))?;
    let body = Bytes::from(response.body_mut().read_to_vec()?);
    let answer = send.response(response.map(|_| body))?;

    let outcome = answer.outcome.ok_or("the service answered a test send without an outcome")?;
    println!("{} succeeded, {} failed", outcome.success, outcome.failure);
    Ok(())
}
