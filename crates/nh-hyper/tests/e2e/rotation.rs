//! Keys that are replaced while they are in use.

use crate::calls::{alert, builder, client};
use futures_lite::future::zip;
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::retry::RetryPolicy;
use nh_core::{AccessRight, AuthorizationRule, Credential, Hub, HubDescription, Namespace};
use nh_emulator::Emulator;
use nh_hyper::{Runtime, Transport};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KEYS: [&str; 2] =
    ["Zmlyc3Qta2V5LWZpcnN0LWtleS1maXJzdC1rZXktMDE=", "c2Vjb25kLWtleS1zZWNvbmQta2V5LXNlY29uZC1rZXk="];

fn key(which: usize) -> Credential {
    Credential::shared_access_key("Rotated", KEYS[which]).unwrap()
}

pub(crate) async fn both_keys_are_good_while_they_change(runtime: impl Runtime + Clone) {
    let emulator = Emulator::builder().demo_devices(true).start().await.unwrap();
    let namespace = Namespace::from_connection_string(emulator.namespace_connection_string()).unwrap();
    let rule = AuthorizationRule::new("Rotated", [AccessRight::Send, AccessRight::Listen])
        .and_then(|rule| rule.with_primary_key(KEYS[0]))
        .and_then(|rule| rule.with_secondary_key(KEYS[1]));
    let description = HubDescription::new().with_authorization_rule(rule.unwrap()).unwrap();
    client(&emulator, runtime.clone())
        .transport()
        .namespace(namespace)
        .create_hub("rotated", description)
        .await
        .unwrap();

    let hub = Hub::from_connection_string(emulator.namespace_connection_string(), "rotated").unwrap();
    hub.credential().replace(key(0));
    let client = builder(&emulator, runtime).build().unwrap().hub(hub.clone());
    let sends = async {
        for _ in 0..20 {
            client.send(alert(), "sports").await.unwrap();
        }
    };
    let replaced = async {
        for which in [1, 0, 1, 0, 1] {
            hub.credential().replace(key(which));
            client.send(alert(), "sports").await.unwrap();
        }
    };
    zip(sends, replaced).await;
    let sent = emulator.requests().into_iter().filter(|request| request.hub.as_deref() == Some("rotated"));
    assert_eq!(sent.filter(|request| request.status == Some(201)).count(), 26, "25 sends and the hub itself");
}

/// Each attempt is signed anew: a key that is replaced between two of them signs the second.
pub(crate) async fn a_key_replaced_between_two_attempts(runtime: impl Runtime) {
    let text = format!(
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Old;SharedAccessKey={}",
        KEYS[0]
    );
    let hub = Hub::from_connection_string(&text, "news").unwrap();
    let signed = Arc::new(Mutex::new(Vec::new()));
    let (seen, shared) = (signed.clone(), hub.clone());
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let mut seen = seen.lock().unwrap();
        seen.push(request.headers()["authorization"].to_str().unwrap().contains("skn=Old"));
        shared.credential().replace(key(1));
        let status = if seen.len() == 1 { 429 } else { 201 };
        let response = Response::builder().status(status).header("Retry-After", "0");
        std::future::ready(Ok::<_, Infallible>(response.body(Full::<Bytes>::default()).unwrap()))
    });
    let once_more = RetryPolicy::new().attempts(2).base(Duration::ZERO);
    let transport = Transport::builder_on(runtime).service(service).retry(once_more).build().unwrap();
    let client = transport.hub(hub);
    client.send(alert(), "sports").await.unwrap();
    assert_eq!(*signed.lock().unwrap(), [true, false]);
}
