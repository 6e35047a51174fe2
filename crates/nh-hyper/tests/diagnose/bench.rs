//! A healthy hub, to be broken.

use nh_core::{
    HubDescription, Installation, InstallationTemplate, PnsHandle, Registration, RegistrationTemplate,
};
use nh_emulator::{Emulator, EmulatorBuilder};
use nh_hyper::diagnose::{Diagnose, Diagnosis};
use nh_hyper::{Client, Hub, Notification, Platform, Runtime, Tokio, Transport};
use std::time::{Duration, SystemTime};

pub(crate) const APPLE: &str = "00FC13ADFF785122B4AD28809A3420982341241421348097878E577C991DE8F0";
pub(crate) const PHONE: &str = "phone";

/// An emulator, and a client of its hub with the key that may do everything.
pub(crate) struct Bench {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
}

impl Bench {
    /// A hub with native and template devices, and an installation.
    pub(crate) async fn healthy(builder: EmulatorBuilder) -> Bench {
        let bench = Bench::empty(builder).await;
        let client = &bench.client;
        let natives = [
            PnsHandle::apple(APPLE),
            PnsHandle::fcm_v1("android-1"),
            PnsHandle::windows("https://a.notify.windows.com/1"),
        ];
        for handle in natives {
            let native = Registration::new(handle.unwrap()).with_tags(["sports", "ios_beta"]).unwrap();
            client.create_registration(native).await.unwrap();
        }
        for (handle, body) in [
            (PnsHandle::fcm_v1("android-2"), r#"{"message":{"data":{"text":"$(text)"}}}"#),
            (
                PnsHandle::windows("https://a.notify.windows.com/2"),
                "<toast><visual><binding template=\"T\"><text>$(text)</text></binding></visual></toast>",
            ),
        ] {
            let template = RegistrationTemplate::new(body).with_name("news").unwrap();
            let device = Registration::new(handle.unwrap()).with_tags(["sports", "templated"]).unwrap();
            client.create_registration(device.with_template(template)).await.unwrap();
        }
        client.put_installation(installation()).await.unwrap();
        bench
    }

    pub(crate) async fn empty(builder: EmulatorBuilder) -> Bench {
        let emulator = builder.start().await.unwrap();
        let client = client(&emulator, Tokio, emulator.connection_string(), emulator.hub());
        Bench { emulator, client }
    }

    /// A client with another key or another hub.
    pub(crate) fn other(&self, connection_string: &str, hub: &str) -> Client {
        client(&self.emulator, Tokio, connection_string, hub)
    }

    /// A client on a machine whose clock is wrong.
    pub(crate) fn at(&self, clock: Off) -> Client {
        client(&self.emulator, clock, self.emulator.connection_string(), self.emulator.hub())
    }

    pub(crate) async fn register(&self, registration: Registration) {
        self.client.create_registration(registration).await.unwrap();
    }
}

pub(crate) fn installation() -> Installation {
    Installation::new(PHONE, Platform::FcmV1, "android-3")
        .unwrap()
        .with_user("bob@contoso.com")
        .unwrap()
        .with_tags(["sports"])
        .unwrap()
        .with_template("news", InstallationTemplate::new(r#"{"message":{"data":{"text":"$(text)"}}}"#))
}

fn client(emulator: &Emulator, runtime: impl Runtime, connection_string: &str, hub: &str) -> Client {
    let transport = Transport::builder_on(runtime).platform_roots(false);
    let transport = transport.add_root_pem(emulator.ca_pem().as_bytes()).unwrap().build().unwrap();
    transport.hub(Hub::from_connection_string(connection_string, hub).unwrap())
}

/// A clock that is so many seconds ahead.
pub(crate) struct Off(pub(crate) i64);

impl Runtime for Off {
    type Stream = <Tokio as Runtime>::Stream;
    async fn connect(&self, host: &str, port: u16) -> std::io::Result<Self::Stream> {
        Tokio.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        Tokio.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        Tokio.sleep(duration)
    }
    fn now(&self) -> SystemTime {
        let off = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 { SystemTime::now() - off } else { SystemTime::now() + off }
    }
}

pub(crate) fn apple() -> Notification {
    Notification::apple(r#"{"aps":{"alert":"Goal!"}}"#).unwrap().into()
}

pub(crate) fn android() -> Notification {
    Notification::fcm_v1(r#"{"message":{"notification":{"title":"Goal!"}}}"#).unwrap().into()
}

pub(crate) fn text() -> Notification {
    Notification::template([("text", "Goal!")]).unwrap().into()
}

/// The words of the codes, in order of the alphabet.
pub(crate) fn words(diagnosis: &Diagnosis) -> String {
    let mut words: Vec<_> = diagnosis.codes().into_iter().map(|code| code.as_str()).collect();
    words.sort_unstable();
    words.join(" ")
}

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) async fn run(question: Diagnose) -> Diagnosis {
    question.run().await.unwrap()
}

/// Breaks a healthy hub, and asks.
pub(crate) async fn broken(
    name: &str,
    builder: EmulatorBuilder,
    expected: &str,
    ask: impl AsyncFnOnce(&Bench) -> Diagnosis,
) {
    let bench = Bench::healthy(builder).await;
    let diagnosis = ask(&bench).await;
    assert_eq!(words(&diagnosis), expected, "{name}: {:#?}", diagnosis.findings);
    for finding in &diagnosis.findings {
        let text = finding.to_string();
        assert!(finding.text.ends_with(['.', '?']) && finding.remedy.ends_with('.'), "{name}: {text}");
        assert!(!text.contains('\n') && !text.contains("SharedAccessKey="), "{name}: {text}");
    }
}

pub(crate) fn standard() -> EmulatorBuilder {
    Emulator::builder()
}

/// What the emulator has pushed since the hub was built.
pub(crate) fn pushed(bench: &Bench) -> u64 {
    bench.emulator.served().notifications
}

/// Changes the description of the hub.
pub(crate) async fn change(bench: &Bench, with: impl FnOnce(HubDescription) -> HubDescription) {
    let namespace =
        nh_core::Namespace::from_connection_string(bench.emulator.namespace_connection_string()).unwrap();
    let namespace = bench.client.transport().namespace(namespace);
    let description = namespace.get_hub(bench.emulator.hub()).await.unwrap();
    namespace.update_hub(bench.emulator.hub(), with(description)).await.unwrap();
}
