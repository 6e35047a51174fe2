//! No async at all, and still retries as they should be: nh-core decides, ureq carries, the thread sleeps.
//!
//! `cargo run -p examples --example blocking`

use examples::Target;
use nh_core::retry::{Decision, Fate, RetryPolicy};
use nh_core::{Hub, ListRegistrations, Operation, bytes::Bytes};
use std::error::Error;
use std::time::{Duration, Instant, SystemTime};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Executes an operation: tries again what certainly was not done, or what does no harm twice.
fn execute<O: Operation>(agent: &ureq::Agent, hub: &Hub, operation: &O) -> Result<O::Output, Box<dyn Error>> {
    let deadline = Instant::now() + Duration::from_secs(120);
    let policy = RetryPolicy::default();
    let mut retry = policy.start(operation.repeatable());
    loop {
        let request = hub.request(operation, SystemTime::now())?;
        let head = request.clone();
        let carried = agent.run(request.map(|body| body.to_vec())).and_then(|mut response| {
            let body = Bytes::from(response.body_mut().read_to_vec()?);
            Ok(response.map(|_| body))
        });
        let fate = match &carried {
            Ok(response) => Fate::of_response(&head, response),
            // Nothing was sent if nobody could be reached; of anything else nobody knows.
            Err(ureq::Error::HostNotFound | ureq::Error::ConnectionFailed) => {
                Some(Fate::NotDone { retry_after: None })
            }
            Err(_) => Some(Fate::Unknown),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        // Any number will do for jitter.
        let random = left.subsec_nanos();
        match fate.map(|fate| retry.after(fate, left, random)) {
            Some(Decision::Wait(wait)) => std::thread::sleep(wait),
            _ => return Ok(operation.response(carried?)?),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let mut tls = TlsConfig::builder();
    if let Some(ca) = &target.ca_pem {
        tls = tls.root_certs(RootCerts::new_with_certs(&[Certificate::from_pem(ca.as_bytes())?]));
    }
    let config =
        ureq::Agent::config_builder().tls_config(tls.build()).http_status_as_error(false).max_redirects(0);
    let agent = config.build().new_agent();
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;

    // Page by page, without a stream.
    let mut next = Some(ListRegistrations::new().top(5));
    while let Some(list) = next {
        let page = execute(&agent, &hub, &list)?;
        for registration in page.items {
            println!("{:?}", registration.handle());
        }
        next = page.next;
    }
    Ok(())
}
