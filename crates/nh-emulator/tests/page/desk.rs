//! An emulator, a client of it, and a browser that shows its page.

use super::browser::Browser;
use nh_core::{Audience, Hub, Notification, Operation, SendNotification};
use nh_emulator::{Emulator, EmulatorBuilder};
use std::time::SystemTime;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// What opens an emulator that asks for a token. One that asks for none does not care.
pub const TOKEN: &str = "sesame";

pub struct Desk {
    pub hub: Hub,
    pub agent: ureq::Agent,
    pub browser: Browser,
    pub emulator: Emulator,
}

impl Desk {
    pub fn new() -> Desk {
        Desk::of(Emulator::builder().demo_devices(true))
    }

    pub fn of(builder: EmulatorBuilder) -> Desk {
        let emulator = builder.start_blocking().unwrap();
        let authority = Certificate::from_pem(emulator.ca_pem().as_bytes()).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
        let browser = Browser::open(&format!("{}?token={TOKEN}", emulator.page_url()));
        browser.until("document.querySelector('#link').dataset.state === 'live'");
        Desk {
            hub: Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap(),
            agent: ureq::Agent::config_builder()
                .tls_config(tls)
                .http_status_as_error(false)
                .build()
                .new_agent(),
            browser,
            emulator,
        }
    }

    /// Another page of the same emulator.
    pub fn another_page(&self) -> Browser {
        let browser = Browser::open(&self.emulator.page_url());
        browser.until("document.querySelector('#link').dataset.state === 'live'");
        browser
    }

    /// What stands at an address.
    pub fn get(&self, url: &str) -> String {
        self.agent.get(url).call().unwrap().body_mut().read_to_string().unwrap()
    }

    pub fn ask(&self, operation: &impl Operation) {
        let request = self.hub.request(operation, SystemTime::now()).unwrap();
        let mut response = self.agent.run(request.map(|body| body.to_vec())).unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        assert!(response.status().is_success(), "{body}");
    }

    pub fn send(&self, notification: impl Into<Notification>, expression: &str) {
        self.ask(&SendNotification::new(notification, Audience::expression(expression).unwrap()).unwrap());
    }

    /// One of everything that is drawn.
    pub fn send_all_kinds(&self) {
        let scores = r#"{"aps":{"alert":{"title":"Redmond 2, Bellevue 1","subtitle":"Full time","body":"What a match! The winner came in the ninety-second minute."},"badge":3,"sound":"goal.caf"}}"#;
        let reminder = r#"<toast scenario="reminder"><visual><binding template="ToastGeneric"><text>Stand-up in 5 minutes</text><text>Room Cascade</text><image placement="appLogoOverride" hint-crop="circle" src="logo.png"/></binding></visual><actions><action content="Snooze" arguments="s"/><action content="Dismiss" arguments="d"/></actions></toast>"#;
        self.send(Notification::windows(r#"<badge value="12"/>"#).unwrap(), "sports");
        self.send(
            Notification::apple(r#"{"aps":{"content-available":1},"sync":"scores"}"#).unwrap(),
            "sports",
        );
        self.send(
            Notification::browser(r#"{"title":"Your ride is here","message":"Two minutes away"}"#).unwrap(),
            "sports",
        );
        self.send(Notification::fcm_v1(r#"{"message":{"notification":{"title":"Redmond 2, Bellevue 1","body":"Full time"},"data":{"match":"42"}}}"#).unwrap(), "sports");
        self.send(
            Notification::template([("greeting_en", "Hello"), ("greeting_fr", "Salut")]).unwrap(),
            "sports",
        );
        self.send(Notification::windows(reminder).unwrap(), "sports");
        self.send(Notification::apple(scores).unwrap(), "sports");
        self.browser.until("document.querySelectorAll('.row').length >= 7");
    }
}

pub fn apple(text: &str) -> nh_core::notification::Apple {
    Notification::apple(serde_json::json!({"aps": {"alert": text}}).to_string()).unwrap()
}
