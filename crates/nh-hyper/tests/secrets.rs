//! Nothing that is written shows a secret: not what is traced at the finest level, by any crate, not dumps, not errors, not `Debug`.

#![cfg(all(feature = "tokio", feature = "ring", feature = "http2"))]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use nh_core::credentials::GcmCredential;
use nh_core::retry::RetryPolicy;
use nh_core::{
    BlobContainer, ConnectionString, DeviceHandle, FeedbackPosition, HubDescription, Installation, ListBlobs,
    Operation, PnsHandle, PushSubscription, Registration, SasUri, SendNotification, SubmitJob,
};
use nh_emulator::{Emulator, Fault};
use nh_hyper::{Hub, Namespace, Notification, Platform, Transport};
use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// All that is written.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn note(&self, what: impl std::fmt::Debug) {
        writeln!(self.clone(), "{what:?}\n{what:#?}").unwrap();
    }

    fn note_error(&self, error: &(dyn std::error::Error + 'static)) {
        self.note(error);
        let mut next = Some(error);
        while let Some(error) = next {
            writeln!(self.clone(), "{error}").unwrap();
            next = error.source();
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A secret as it could be written.
fn encodings(secret: &str) -> Vec<String> {
    let percent = |bytes: &str| {
        bytes.bytes().fold(String::new(), |mut text, b| {
            if b.is_ascii_alphanumeric() {
                text.push(b.into());
            } else {
                write!(text, "%{b:02X}").unwrap();
            }
            text
        })
    };
    let hex = secret.bytes().fold(String::new(), |mut text, b| {
        write!(text, "{b:02x}").unwrap();
        text
    });
    let bytes = format!("{:?}", secret.as_bytes());
    let mut all = vec![
        secret.to_owned(),
        percent(secret),
        percent(&percent(secret)),
        percent(secret).to_lowercase(),
        STANDARD.encode(secret),
        URL_SAFE.encode(secret),
        hex.to_uppercase(),
        hex,
        bytes.trim_matches(['[', ']']).to_owned(),
    ];
    // And what it stands for, if it is base64.
    if let Ok(raw) = STANDARD.decode(secret) {
        all.push(format!("{raw:?}").trim_matches(['[', ']']).to_owned());
    }
    all
}

/// A proxy that nobody may use.
fn proxy() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
            );
        }
    });
    port
}

fn value<'a>(connection_string: &'a str, name: &str) -> &'a str {
    let mut parts = connection_string.split(';').filter_map(|part| part.split_once('='));
    parts.find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn nothing_that_is_written_shows_a_secret() {
    let written = Written::default();
    let sink = written.clone();
    // Every crate's, for all threads.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || sink.clone())
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secrets = runtime.block_on(everything(&written));
    let text = written.text();
    assert!(
        text.contains("TRACE") && text.contains("/messages") && text.contains("SharedAccessSignature"),
        "{text}"
    );
    // The URLs of blobs have one each time that they are asked for.
    for (place, found) in text.match_indices("sig=").chain(text.match_indices("sig%3D")) {
        let value: String = text[place + found.len()..].chars().take(60).collect();
        assert!(value.starts_with("[redacted]") || value.starts_with("REDACTED"), "sig={value}");
    }
    for secret in secrets {
        for written in encodings(&secret) {
            assert!(!text.contains(&written), "{secret} is written as {written}");
        }
    }
}

/// Does a bit of everything, and says what is secret.
async fn everything(written: &Written) -> Vec<String> {
    let emulator = Emulator::builder().demo_devices(true).start().await.unwrap();
    let (hub_string, namespace_string) =
        (emulator.connection_string(), emulator.namespace_connection_string());
    let hub = Hub::from_connection_string(hub_string, emulator.hub()).unwrap();
    let namespace = Namespace::from_connection_string(namespace_string).unwrap();
    let mut secrets =
        ["Sesame+Open/1=", "sesame-auth", "Pass w0rd&proxy", "sig-of-a-blob"].map(str::to_owned).to_vec();
    secrets.extend([hub_string, namespace_string].map(|text| value(text, "SharedAccessKey").to_owned()));

    for http2 in [false, true] {
        let builder = Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem()).unwrap();
        let builder = builder.dump(written.clone()).retry(RetryPolicy::NEVER);
        let builder = builder.http2(http2);
        let transport = builder.build().unwrap();
        let client = transport.hub(&hub);
        let apple = || Notification::apple(r#"{"aps":{"alert":"Hello"}}"#).unwrap();
        written.note(client.send(apple(), "sports").await.unwrap());
        for fault in [Fault::status(500), Fault::dropped_after(), Fault::truncated(), Fault::status(401)] {
            emulator.add_fault(fault.times(1)).unwrap();
            written.note_error(&client.send(apple(), "sports").await.unwrap_err());
        }
        let browser = PushSubscription {
            endpoint: "https://push.example/1".into(),
            p256dh: "BNcR".into(),
            auth: "sesame-auth".into(),
        };
        let device = DeviceHandle::browser(browser.clone()).unwrap();
        let installation = Installation::new("1", Platform::Browser, device).unwrap();
        written.note(&installation);
        client.put_installation(&installation).await.unwrap();
        written.note(client.get_installation("1").await.unwrap());
        let registration = Registration::new(PnsHandle::browser(browser).unwrap());
        written.note(client.create_registration(registration).await.unwrap());
        let uri = SasUri::new("https://account.blob.test/c?sv=1&sig=sig-of-a-blob").unwrap();
        let job = SubmitJob::export(uri);
        written.note(&job);
        written.note(client.submit_job(job).await.unwrap());
        // Feedback: its container, the list of its blobs, a blob, and one that nobody may read.
        let report = "<?xml version='1.0'?><PnsFeedback xmlns='http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'>\
            <Platform>browser</Platform><PnsHandle>sesame-auth</PnsHandle></PnsFeedback><?xml version='1.0'?><Pns";
        emulator.write_blob(&format!("feedback-{}/11262026", emulator.hub()), report);
        let mut feedback = client.read_feedback(FeedbackPosition::START);
        while let Some(dead) = feedback.next().await {
            match dead {
                Ok(dead) => written.note((&dead, dead.remedy())),
                Err(error) => written.note_error(&error),
            }
        }
        written.note(&feedback);
        let plan = client.plan_prune(FeedbackPosition::START).await.unwrap();
        written.note(&plan);
        written.note(client.prune(plan.deletions));
        let uri = client.get_feedback_container().await.unwrap();
        let container = BlobContainer::new(&uri).unwrap();
        written.note((&uri, &container));
        let changed = SasUri::new(uri.as_str().replace("sp=rl", "sp=rwl")).unwrap();
        let refused = BlobContainer::new(&changed).unwrap();
        written.note_error(&transport.execute(&refused, &ListBlobs::new()).await.unwrap_err());
        let of_namespace = transport.namespace(&namespace);
        let credential = GcmCredential { google_api_key: "Sesame+Open/1=" };
        let description = HubDescription::new().with_credential(credential).unwrap();
        written.note(&description);
        written.note(of_namespace.create_hub("news", description).await.unwrap());
        written.note(of_namespace.get_hub("news").await.unwrap());
        of_namespace.delete_hub("news").await.unwrap();
        written.note((&transport, &client, &of_namespace));
    }

    // The signature of the very requests that were sent: the hub signs once for half an hour.
    let send = SendNotification::new(Notification::apple("{}").unwrap(), "sports").unwrap();
    let request = hub.request(&send, SystemTime::now()).unwrap();
    let token = request.headers()["authorization"].to_str().unwrap();
    let signature = token
        .split('&')
        .find_map(|part| part.trim_start_matches("SharedAccessSignature ").strip_prefix("sig="));
    secrets.push(signature.unwrap().to_owned());
    written.note(&request);
    written.note((&hub, &namespace, &send, send.name()));
    let parsed: ConnectionString = hub_string.parse().unwrap();
    written.note(&parsed);

    #[cfg(feature = "entra")]
    secrets.extend(without_a_key(written, &emulator).await);

    let port = proxy();
    let proxied = Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem()).unwrap();
    let proxied = proxied.retry(RetryPolicy::NEVER).dump(written.clone());
    let proxied =
        proxied.proxy(&format!("http://user:Pass%20w0rd%26proxy@127.0.0.1:{port}")).unwrap().build().unwrap();
    written.note(&proxied);
    let far = hub_string.replace("localhost", "nh.test");
    let client = proxied.hub(Hub::from_connection_string(&far, "demo-hub").unwrap());
    written.note_error(&client.send(Notification::apple("{}").unwrap(), "sports").await.unwrap_err());

    // What is wrong is named, and not repeated.
    for wrong in [
        hub_string.replace(';', ","),
        hub_string.replace("SharedAccessKeyName=", "Name="),
        format!("x{hub_string}="),
    ] {
        written.note_error(
            &Hub::from_connection_string(&wrong, "demo-hub")
                .map(drop)
                .err()
                .unwrap_or_else(|| panic!("{wrong}")),
        );
    }
    secrets
}

/// A client that gets its key: what Azure Resource Manager is told, and what it answers.
#[cfg(feature = "entra")]
async fn without_a_key(written: &Written, emulator: &Emulator) -> Vec<String> {
    use nh_core::{AccessToken, AzureCloud, ResourceId};
    use nh_hyper::entra::{BoxError, Entra, TokenSource};

    const KEYS: [&str; 2] = ["c2VzYW1lLW9mLWFybS1vbmU=", "c2VzYW1lLW9mLWFybS10d28="];
    const TOKEN: &str = "eyJ0eXAi.c2VzYW1lLXRva2Vu.c2ln";

    struct Tokens;
    impl TokenSource for Tokens {
        async fn token(&self, _: &str) -> Result<AccessToken, BoxError> {
            Ok(AccessToken::new(TOKEN)?)
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let cloud = AzureCloud::new(format!("http://{}", listener.local_addr().unwrap()), "test").unwrap();
    let string = |key| {
        format!(
            "Endpoint=sb://localhost:{}/;SharedAccessKeyName=Full;SharedAccessKey={key}",
            emulator.address().port()
        )
    };
    let keys = format!(
        r#"{{"primaryConnectionString":"{}","secondaryConnectionString":"{}","primaryKey":"{}","secondaryKey":"{}","keyName":"Full"}}"#,
        string(KEYS[0]),
        string(KEYS[1]),
        KEYS[0],
        KEYS[1]
    );
    let torn = keys.replacen("\"primaryKey\":\"", "\"primaryKey\":[\"", 1);
    std::thread::spawn(move || {
        for (status, body) in [("200 OK", keys), ("403 Forbidden", String::new()), ("200 OK", torn)] {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let _ = stream.read(&mut [0; 8192]);
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    let rule = ResourceId::new("29cfa613-cbbc-4512-b1d6-1b3a92c7fa40", "group", "namespace")
        .and_then(|namespace| namespace.with_hub(emulator.hub())?.with_rule("Full"))
        .unwrap();
    let entra = Entra::new(&rule, Tokens).unwrap().cloud(cloud);
    written.note(&entra);
    let transport = Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem()).unwrap();
    let transport = transport.retry(RetryPolicy::NEVER).dump(written.clone()).build().unwrap();
    let client = transport.hub_by_entra(entra.clone()).await.unwrap();
    written.note((&client, client.target().credential()));
    // The emulator does not know this key, and then nobody gives another.
    written.note_error(&client.send(Notification::apple("{}").unwrap(), "sports").await.unwrap_err());
    written.note_error(&transport.hub_by_entra(entra).await.unwrap_err());
    KEYS.into_iter().chain([TOKEN]).map(str::to_owned).collect()
}
