//! In a program that already has reqwest: nh-core builds the request and reads the response, reqwest carries them.
//!
//! `cargo run -p examples --example embed_reqwest`

use examples::Target;
use nh_core::{Hub, Operation, PutInstallation, bytes::Bytes, http};
use nh_core::{Installation, Platform};
use std::error::Error;
use std::time::SystemTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    // reqwest leaves it to the program who computes for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if let Some(ca) = &target.ca_pem {
        builder = builder.tls_certs_only([reqwest::Certificate::from_pem(ca.as_bytes())?]);
    }
    let http = builder.build()?;

    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let phone = Installation::new("8a2c1b7e", Platform::FcmV1, "dk3:APA91b_aB-c")?.with_tags(["sports"])?;
    execute(&http, &hub, &PutInstallation::new(phone)).await?;
    println!("put installation 8a2c1b7e");
    Ok(())
}

/// All it takes to execute any operation.
async fn execute<O: Operation>(
    http: &reqwest::Client,
    hub: &Hub,
    operation: &O,
) -> Result<O::Output, Box<dyn Error>> {
    let request = hub.request(operation, SystemTime::now())?;
    let answer = http.execute(request.try_into()?).await?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let body: Bytes = answer.bytes().await?;
    Ok(operation.response(response.body(body)?)?)
}
