//! No key in the configuration: a token of Microsoft Entra ID gets the hub's key from Azure Resource Manager (ARM), and the next one when the key
//! is rotated. ARM and Entra ID are played here, so that the program runs as it stands.
//!
//! `cargo run -p examples --example entra`

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};
use nh_emulator::Emulator;
use nh_hyper::entra::Entra;
use nh_hyper::nh_core::{AccessRight, AuthorizationRule, AzureCloud, ResourceId};
use nh_hyper::{BuildError, HubDescription, Namespace, Notification, Transport};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const FIRST: &str = "Zmlyc3Qta2V5LWZpcnN0LWtleS1maXJzdC1rZXktMDE=";
const SECOND: &str = "c2Vjb25kLWtleS1zZWNvbmQta2V5LXNlY29uZC1rZXk=";
const OTHER: &str = "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMDE=";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start().await?;
    let transport =
        Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes())?.build()?;
    let namespace =
        transport.namespace(Namespace::from_connection_string(emulator.namespace_connection_string())?);
    namespace.create_hub("news", with_key(FIRST)?).await?;
    let (cloud, key) = arm(format!("sb://localhost:{}/", emulator.address().port())).await?;

    // This is all that a program needs. With azure_identity: `let credential = ManagedIdentityCredential::new(None)?;`
    let credential: Arc<dyn TokenCredential> = Arc::new(Scripted);
    let rule: ResourceId =
        "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial/providers\
        /Microsoft.NotificationHubs/namespaces/contoso/notificationHubs/news/authorizationRules/Backend"
            .parse()?;
    let client = transport.hub_by_entra(Entra::new(&rule, credential)?.cloud(cloud)).await?;
    client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    println!("sent with the first key");

    *key.lock().expect("nobody has panicked") = SECOND.to_owned();
    namespace.update_hub("news", with_key(SECOND)?).await?;
    client.send(Notification::apple(r#"{"aps":{"alert":"Hello again"}}"#)?, "sports").await?;
    println!("the key was rotated: sent with the second key");
    Ok(())
}

fn with_key(key: &str) -> Result<HubDescription, BuildError> {
    let rights = [AccessRight::Send, AccessRight::Listen];
    let rule = AuthorizationRule::new("Backend", rights)?.with_primary_key(key)?;
    HubDescription::new().with_authorization_rule(rule.with_secondary_key(OTHER)?)
}

/// A credential as azure_identity has them.
#[derive(Debug)]
struct Scripted;

#[async_trait::async_trait]
impl TokenCredential for Scripted {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        println!("a token for {}", scopes.join(" "));
        let token = "eyJ0eXAi.eyJhdWQi.c2lnbmF0dXJl".to_owned();
        Ok(AccessToken::new(token, OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

/// A resource manager that has one rule, and the key that it answers with.
async fn arm(endpoint: String) -> Result<(AzureCloud, Arc<Mutex<String>>), Box<dyn Error>> {
    let key = Arc::new(Mutex::new(FIRST.to_owned()));
    let known = key.clone();
    let list_keys = axum::routing::post(move || async move {
        println!("ARM is asked for the keys");
        let primary = known.lock().expect("nobody has panicked").clone();
        let string =
            |key: &str| format!("Endpoint={endpoint};SharedAccessKeyName=Backend;SharedAccessKey={key}");
        axum::Json::<Value>(json!({
            "primaryConnectionString": string(&primary),
            "secondaryConnectionString": string(OTHER),
            "primaryKey": primary,
            "secondaryKey": OTHER,
            "keyName": "Backend",
        }))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let cloud = AzureCloud::new(format!("http://{}", listener.local_addr()?), "https://arm.test/.default")?;
    let router = axum::Router::new().route("/{*rule}", list_keys);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((cloud, key))
}
