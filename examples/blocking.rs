//! No async at all, and still retries as they should be: nh-core decides, ureq carries, the thread sleeps.
//!
//! `cargo run -p examples --example blocking`

use examples::Target;
use nh_core::http::{Request, Response};
use nh_core::retry::{Decision, Fate, RetryPolicy};
use nh_core::{Hub, ListRegistrations, Operation, bytes::Bytes};
use std::error::Error;
use std::io::ErrorKind;
use std::time::{Duration, Instant, SystemTime};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Executes an operation: tries again what certainly was not done, or what does no harm twice.
fn execute<O: Operation>(agent: &ureq::Agent, hub: &Hub, operation: &O) -> Result<O::Output, Box<dyn Error>> {
    let deadline = Instant::now() + Duration::from_secs(120);
    let policy = RetryPolicy::default();
    let mut retry = policy.start(operation.repeatable());
    loop {
        let request = hub.request(operation, SystemTime::now())?;
        let carried = carry(agent, request);
        let fate = match &carried {
            Ok(response) => operation.fate(response),
            Err(error) => Some(fate_of_error(error)),
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

fn carry(agent: &ureq::Agent, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
    let mut response = agent.run(request.map(|body| body.to_vec()))?;
    let body = Bytes::from(response.body_mut().read_to_vec()?);
    Ok(response.map(|_| body))
}

/// Without a connection nothing was sent. After that, only the service knows.
fn fate_of_error(error: &ureq::Error) -> Fate {
    use ureq::{Error::*, Timeout::*};
    match error {
        HostNotFound | ConnectionFailed | Timeout(Resolve | Connect) => Fate::NotDone { retry_after: None },
        Io(why) if why.kind() == ErrorKind::ConnectionRefused => Fate::NotDone { retry_after: None },
        Io(_) | Timeout(_) | Protocol(_) | BodyStalled => Fate::Unknown,
        // The same would come of another attempt.
        _ => Fate::Final,
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
