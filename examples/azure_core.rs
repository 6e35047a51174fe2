//! In a program that uses Azure's SDK for Rust: nh-core builds the request and reads the response, azure_core's `HttpClient` carries them. The
//! kinds of its errors say whether the request may have been carried out.
//!
//! `cargo run -p examples --example azure_core`

use azure_core::error::ErrorKind;
use azure_core::http::{HttpClient, Method, Request, Url};
use examples::Target;
use nh_core::retry::Fate;
use nh_core::{Credential, Hub, Notification, Operation, SendNotification, http};
use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let client = client(&target)?;
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let send = SendNotification::new(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports")?;
    let receipt = execute(&*client, &hub, &send).await?;
    println!("queued, tracking id {:?}", receipt.tracking_id);

    // Nobody listens here: the send did not go out, and can be sent again.
    let free = TcpListener::bind("127.0.0.1:0")?;
    let nowhere = hub_at(&free)?;
    drop(free);
    let refused = execute(&*client, &nowhere, &send).await.expect_err("nobody listens");
    println!("{:?}: {}", refused.fate, refused.why);
    assert!(refused.fate.is_not_done());

    // Somebody takes the connection and closes it: the send may have gone out.
    let closes = TcpListener::bind("127.0.0.1:0")?;
    let silent = hub_at(&closes)?;
    thread::spawn(move || closes.incoming().for_each(drop));
    let broken = execute(&*client, &silent, &send).await.expect_err("there is no answer");
    println!("{:?}: {}", broken.fate, broken.why);
    assert!(broken.fate.is_unknown());
    Ok(())
}

fn hub_at(listener: &TcpListener) -> Result<Hub, Box<dyn Error>> {
    let credential = Credential::shared_access_key("Full", "c2VjcmV0")?;
    Ok(Hub::new(format!("http://{}", listener.local_addr()?), "news", credential)?)
}

/// What failed, and what is known of the request.
#[derive(Debug)]
struct Failed {
    fate: Fate,
    why: Box<dyn Error>,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.why.fmt(f)
    }
}

impl Error for Failed {}

impl Failed {
    fn new(fate: Fate, why: impl Into<Box<dyn Error>>) -> Failed {
        Failed { fate, why: why.into() }
    }

    /// Of an error that azure_core gives in place of an answer.
    fn carried(why: azure_core::Error) -> Failed {
        let fate = match why.kind() {
            // "The request was never sent", says its documentation.
            ErrorKind::Connection => Fate::NotDone { retry_after: None },
            // The rest says nothing of what the service has seen.
            _ => Fate::Unknown,
        };
        Failed::new(fate, why)
    }
}

/// All it takes to execute any operation.
async fn execute<O: Operation>(
    client: &dyn HttpClient,
    hub: &Hub,
    operation: &O,
) -> Result<O::Output, Failed> {
    let before = |why: Box<dyn Error>| Failed::new(Fate::Final, why);
    let request = hub.request(operation, SystemTime::now()).map_err(|why| before(why.into()))?;
    let request = to_azure(&request).map_err(before)?;
    let answer = client.execute_request(&request).await.map_err(Failed::carried)?;
    let answer = answer.try_into_raw_response().await.map_err(Failed::carried)?;

    let mut response = http::Response::builder().status(u16::from(answer.status()));
    for (name, value) in answer.headers().iter() {
        response = response.header(name.as_str(), value.as_str());
    }
    let body = answer.into_body().into();
    let response = response.body(body).map_err(|why| Failed::new(Fate::Unknown, why))?;
    let fate = operation.fate(&response).unwrap_or(Fate::Final);
    operation.response(response).map_err(|why| Failed::new(fate, why))
}

fn to_azure(request: &http::Request<nh_core::bytes::Bytes>) -> Result<Request, Box<dyn Error>> {
    let method: Method = request.method().as_str().parse()?;
    let mut azure = Request::new(Url::parse(&request.uri().to_string())?, method);
    for (name, value) in request.headers() {
        azure.insert_header(name.as_str().to_owned(), value.to_str()?.to_owned());
    }
    azure.set_body(request.body().clone());
    Ok(azure)
}

/// azure_core's own client trusts the platform's authorities. The emulator's authority is not among them, so its reqwest is made here.
fn client(target: &Target) -> Result<Arc<dyn HttpClient>, Box<dyn Error>> {
    // reqwest leaves it to the program who computes for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if let Some(ca) = &target.ca_pem {
        builder = builder.tls_certs_only([reqwest::Certificate::from_pem(ca.as_bytes())?]);
    }
    Ok(Arc::new(builder.build()?))
}
