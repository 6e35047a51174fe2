//! The image in a real container engine.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_hyper::Transport;
use nh_hyper::nh_core::{Hub, Notification};
use nh_testcontainers::{EmulatorContainer, EmulatorImage};

const APPLE: &str = r#"{"aps":{"alert":"Hello"}}"#;

#[tokio::test]
#[ignore = "needs a container engine and the image: release/image OUT"]
async fn a_push_through_a_container_arrives() {
    let image = EmulatorImage::default().hub("news").demo_devices(true);
    let emulator = EmulatorContainer::start(image).await.unwrap();
    let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap();
    let transport =
        Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem()).unwrap().build().unwrap();
    transport.hub(hub).send(Notification::apple(APPLE).unwrap(), "sports").await.unwrap();

    let inbox = ureq::get(format!("{}inbox", emulator.page_url()))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let inbox: serde_json::Value = serde_json::from_str(&inbox).unwrap();
    assert_eq!(inbox[0]["payload"], APPLE);
    // It says of itself what it was asked by.
    let status = ureq::get(format!("{}status", emulator.page_url()))
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["connection_string"], emulator.connection_string());
}
