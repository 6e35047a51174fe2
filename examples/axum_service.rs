//! A small backend: an app registers its device, and is told "Hello". It calls itself once, and ends.
//!
//! `cargo run -p examples --example axum_service`

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use examples::Target;
use nh_hyper::{Audience, Client, Hub, Installation, Notification, Transport};
use std::error::Error;

/// `PUT /devices`, the installation as the app sends it. Who it belongs to is not for the app to say.
async fn register(
    State(client): State<Client>,
    Json(device): Json<Installation>,
) -> Result<StatusCode, Refusal> {
    let device = device.with_user("bob@contoso.com").map_err(|error| refusal(error.into()))?;
    client.put_installation(device).await.map_err(refusal)?;
    Ok(StatusCode::CREATED)
}

/// `POST /hello/{user}`
async fn hello(State(client): State<Client>, Path(user): Path<String>) -> Result<StatusCode, Refusal> {
    let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#).map_err(|error| refusal(error.into()))?;
    let bob = Audience::user(&user).map_err(|error| refusal(error.into()))?;
    client.send(hello, bob).await.map_err(refusal)?;
    Ok(StatusCode::ACCEPTED)
}

type Refusal = (StatusCode, String);

/// What the caller got wrong is said; what the service says stays here.
fn refusal(error: nh_hyper::Error) -> Refusal {
    if error.is_build() {
        return (StatusCode::BAD_REQUEST, error.to_string());
    }
    eprintln!("{error}");
    (StatusCode::BAD_GATEWAY, "the notification service did not take it".to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let builder = target.trust(Transport::builder())?;
    let app = Router::new()
        .route("/devices", put(register))
        .route("/hello/{user}", post(hello))
        .with_state(builder.build()?.hub(hub));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });

    tokio::task::spawn_blocking(move || -> Result<(), ureq::Error> {
        let device = r#"{"installationId":"1","platform":"apns","pushChannel":"AB12"}"#;
        let put =
            ureq::put(format!("{url}/devices")).header("Content-Type", "application/json").send(device)?;
        let post = ureq::post(format!("{url}/hello/bob@contoso.com")).send_empty()?;
        println!("registered: {}, hello: {}", put.status(), post.status());
        Ok(())
    })
    .await??;
    Ok(())
}
