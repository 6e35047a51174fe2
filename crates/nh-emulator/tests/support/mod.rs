//! A caller that builds and signs requests by hand: nothing of nh-core is in them.

#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(unreachable_pub, reason = "shared by test binaries")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use nh_emulator::Emulator;
use nh_outcome::ErrorDocument;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};
use ureq::http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

pub const ALERT: &str = r#"{"aps":{"alert":"Hello"}}"#;
pub const MESSAGES: &str = "/demo-hub/messages?api-version=2020-06";

pub struct Caller {
    pub emulator: Emulator,
    agent: ureq::Agent,
}

pub struct Answer {
    pub status: u16,
    head: Response<()>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers().get(name).map(|value| value.to_str().unwrap())
    }

    pub fn error(&self) -> ErrorDocument {
        ErrorDocument::parse(self.body.as_bytes()).unwrap()
    }
}

impl Caller {
    pub fn new() -> Caller {
        Caller::of(Emulator::builder().demo_devices(true).start_blocking().unwrap())
    }

    pub fn of(emulator: Emulator) -> Caller {
        let authority = Certificate::from_pem(emulator.ca_pem().as_bytes()).unwrap();
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[authority])).build();
        let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build();
        Caller { emulator, agent: config.new_agent() }
    }

    fn part(connection_string: &str, name: &str) -> String {
        let part = connection_string.split(';').find_map(|part| part.strip_prefix(&format!("{name}=")));
        part.unwrap().to_owned()
    }

    /// A token for the namespace, signed here.
    pub fn token(connection_string: &str, expiry: u64) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let resource = encode(&Caller::part(connection_string, "Endpoint"));
        let key = Caller::part(connection_string, "SharedAccessKey");
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(format!("{resource}\n{expiry}").as_bytes());
        let signature = encode(&STANDARD.encode(mac.finalize().into_bytes()));
        let name = Caller::part(connection_string, "SharedAccessKeyName");
        format!("SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={name}")
    }

    pub fn now() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    /// Asks with all rights in the namespace, and as the operation's own content if nothing else is said.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let token = Caller::token(self.emulator.namespace_connection_string(), Caller::now() + 60);
        let mut headers: Vec<_> =
            headers.iter().copied().chain([("Authorization", token.as_str())]).collect();
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Content-Type")) {
            let json = ["/messages", "/schedulednotifications", "/installations/"];
            let json = json.iter().any(|word| path.contains(word));
            headers.push(("Content-Type", if json { "application/json" } else { "application/atom+xml" }));
        }
        self.ask_as_it_is(method, path, &headers, body)
    }

    pub fn ask_as_it_is(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let uri = format!("https://localhost:{}{path}", self.emulator.address().port());
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = self.agent.run(request.body(body.to_owned()).unwrap()).unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        Answer { status: response.status().as_u16(), head: response.map(drop), body }
    }

    /// The control API.
    pub fn control(&self, method: &str, path: &str, json: &str) -> (u16, serde_json::Value) {
        let headers = if json.is_empty() { &[][..] } else { &[("Content-Type", "application/json")] };
        let answer = self.ask_as_it_is(method, &format!("/$emulator/{path}"), headers, json);
        (answer.status, serde_json::from_str(&answer.body).unwrap_or_default())
    }

    /// What a request over a connection of its own is answered with, as it comes; empty if the connection was dropped.
    pub fn raw(&self, request: &str) -> String {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(self.emulator.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}
