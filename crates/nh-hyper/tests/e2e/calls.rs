//! Every call, over TLS, against the emulator.

use nh_core::{
    Audience, Credential, DeviceHandle, Hub, Notification, NotificationState, Operation, Outcome, Platform,
    PushSubscription, Receipt, SendNotification,
};
use nh_emulator::Emulator;
use nh_hyper::{Client, Runtime, Transport, TransportBuilder};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

const TOAST: &str = r#"<toast launch="a=1"><visual><binding template="ToastText01"><text id="1">Hello</text></binding></visual></toast>"#;
const ALERT: &str = r#"{"aps":{"alert":"Hello"}}"#;

pub(crate) async fn emulator() -> Emulator {
    Emulator::builder().demo_devices(true).start().await.unwrap()
}

pub(crate) fn hub(emulator: &Emulator) -> Hub {
    Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap()
}

pub(crate) fn builder(emulator: &Emulator, runtime: impl Runtime) -> TransportBuilder {
    Transport::builder_on(runtime).platform_roots(false).add_root_pem(emulator.ca_pem().as_bytes()).unwrap()
}

pub(crate) fn client(emulator: &Emulator, runtime: impl Runtime) -> Client {
    builder(emulator, runtime).build().unwrap().hub(hub(emulator))
}

pub(crate) fn alert() -> Notification {
    Notification::apple(ALERT).unwrap().into()
}

pub(crate) async fn send_to_a_tag(runtime: impl Runtime) {
    let emulator = emulator().await;
    let toast = Notification::windows(TOAST).unwrap().ttl(Duration::from_secs(60));
    let receipt = client(&emulator, runtime).send(toast, "sports").await.unwrap();
    let inbox = emulator.inbox();
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].payload, TOAST);
    assert_eq!(inbox[0].platform, Platform::Windows);
    assert_eq!(inbox[0].headers["x-wns-type"], "wns/toast");
    assert_eq!(inbox[0].headers["x-wns-ttl"], "60");
    assert_eq!(receipt.notification_id.as_deref(), Some(&*inbox[0].notification_id));
    assert!(receipt.tracking_id.is_some());
}

pub(crate) async fn send_to_an_expression(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    client.send(alert(), "sports && !politics").await.unwrap();
    client.send(alert(), ["politics", "nobody"]).await.unwrap();
    client.send(alert(), Audience::user("bob@contoso.com").unwrap()).await.unwrap();
    // The demo iPhone has the tags sports, news and that user.
    assert_eq!(emulator.inbox().len(), 2);
}

pub(crate) async fn send_to_everyone(runtime: impl Runtime) {
    let emulator = emulator().await;
    let greeting =
        Notification::template([("greeting_en", "Hello <&>"), ("greeting_fr", "Salut <&>")]).unwrap();
    client(&emulator, runtime).send(greeting, Audience::EVERYONE).await.unwrap();
    let inbox = emulator.inbox();
    let payloads: Vec<_> =
        inbox.iter().map(|delivery| (delivery.platform.as_str(), delivery.payload.as_str())).collect();
    assert_eq!(
        payloads,
        [
            ("apple", r#"{"aps":{"alert":"Hello <&>"}}"#),
            (
                "windows",
                r#"<toast><visual><binding template="ToastText01"><text id="1">Salut &lt;&amp;&gt;</text></binding></visual></toast>"#
            ),
        ]
    );
}

pub(crate) async fn test_send(runtime: impl Runtime) {
    let emulator = emulator().await;
    let answer =
        client(&emulator, runtime).test_send(Notification::windows(TOAST).unwrap(), "sports").await.unwrap();
    let outcome = answer.outcome.unwrap();
    assert_eq!((outcome.success, outcome.failure, outcome.results.len()), (1, 0, 1));
    assert_eq!(outcome.results[0].application_platform, Platform::Windows);
    assert_eq!(outcome.results[0].outcome, Outcome::Success);
    assert_eq!(outcome.results[0].registration_id, emulator.inbox()[0].registration_id);
}

pub(crate) async fn test_send_to_nobody(runtime: impl Runtime) {
    let emulator = emulator().await;
    let outcome = client(&emulator, runtime).test_send(alert(), "nobody").await.unwrap().outcome.unwrap();
    assert_eq!((outcome.success, outcome.failure, outcome.results.len()), (0, 0, 0));
}

pub(crate) async fn send_direct(runtime: impl Runtime) {
    let emulator = emulator().await;
    client(&emulator, runtime).send_direct(alert(), "ab12").await.unwrap();
    let inbox = emulator.inbox();
    assert_eq!(
        (inbox.len(), inbox[0].pns_handle.as_str(), inbox[0].registration_id.as_deref()),
        (1, "ab12", None)
    );
}

pub(crate) async fn send_direct_to_a_browser(runtime: impl Runtime) {
    let emulator = emulator().await;
    let browser = DeviceHandle::browser(PushSubscription {
        endpoint: "https://push.example/1".into(),
        p256dh: "BNcR".into(),
        auth: "tBHI".into(),
    })
    .unwrap();
    let hello = Notification::browser(r#"{"title":"Hello","message":"M"}"#).unwrap();
    client(&emulator, runtime).send_direct(hello, browser).await.unwrap();
    assert_eq!(emulator.inbox()[0].pns_handle, "https://push.example/1");
}

pub(crate) async fn send_batch(runtime: impl Runtime) {
    let emulator = emulator().await;
    let handles: Vec<String> = (0..1000).map(|n| format!("handle-\"{n}\"-é")).collect();
    let receipt = client(&emulator, runtime).send_batch(alert(), &handles).await.unwrap();
    let inbox = emulator.inbox();
    assert_eq!(inbox.iter().map(|delivery| delivery.pns_handle.clone()).collect::<Vec<_>>(), handles);
    assert_eq!(receipt.notification_id.as_deref(), Some(&*inbox[0].notification_id));
}

pub(crate) async fn schedule_and_cancel(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
    let id = client.schedule(alert(), "sports", in_an_hour).await.unwrap().notification_id.unwrap();
    client.cancel(&id).await.unwrap();
    let again = client.cancel(&id).await.unwrap_err();
    assert!(again.as_service().unwrap().is_not_found(), "{again}");
    assert_eq!(emulator.inbox(), []);
}

pub(crate) async fn a_key_that_may_only_listen(runtime: impl Runtime) {
    let emulator = emulator().await;
    let hub = Hub::from_connection_string(emulator.listen_only_connection_string(), emulator.hub()).unwrap();
    let client = builder(&emulator, runtime).build().unwrap().hub(hub);
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.as_service().unwrap().is_forbidden() && error.fate().is_final(), "{error}");
    assert_eq!(emulator.inbox(), []);
}

pub(crate) async fn a_hub_that_does_not_exist(runtime: impl Runtime) {
    let emulator = emulator().await;
    let hub = Hub::from_connection_string(emulator.namespace_connection_string(), "nowhere").unwrap();
    let client = builder(&emulator, runtime).build().unwrap().hub(hub);
    let error = client.send(alert(), "sports").await.unwrap_err();
    let service = error.as_service().unwrap();
    assert!(service.is_not_found());
    assert_eq!(service.message(), Some("No service is hosted at the specified address."));
    assert!(service.tracking_id().is_some());
}

pub(crate) async fn a_replaced_key(runtime: impl Runtime) {
    let emulator = emulator().await;
    let hub = hub(&emulator);
    let client = builder(&emulator, runtime).build().unwrap().hub(hub.clone());
    client.send(alert(), "sports").await.unwrap();
    hub.credential()
        .replace(Credential::shared_access_key("DefaultFullSharedAccessSignature", "d3Jvbmc=").unwrap());
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.as_service().unwrap().is_unauthorized(), "{error}");
    assert_eq!(
        error.as_service().unwrap().message(),
        Some("InvalidSignature: The token has an invalid signature.")
    );
}

/// A writer that a test can read.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(buf)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) async fn the_dump_shows_everything_but_the_signature(runtime: impl Runtime) {
    let emulator = emulator().await;
    let (hub, dump) = (hub(&emulator), Shared::default());
    let client = builder(&emulator, runtime).dump(dump.clone()).build().unwrap().hub(hub.clone());
    client.test_send(alert(), "sports").await.unwrap();
    let text = dump.text();
    for shown in [
        "POST /demo-hub/messages?api-version=2020-06&test HTTP/1.1\r\n",
        "servicebusnotification-tags: sports\r\n",
        ALERT,
        "user-agent: nh-hyper/",
        "HTTP/1.1 201 Created\r\n",
        "<NotificationOutcome ",
        "&sig=[redacted]&",
    ] {
        assert!(text.contains(shown), "{shown} is missing in\n{text}");
    }
    let token = hub.authorization(SystemTime::now()).unwrap();
    let signature = token.to_str().unwrap().split("sig=").nth(1).unwrap().split('&').next().unwrap();
    let key = emulator.connection_string().split("SharedAccessKey=").nth(1).unwrap();
    assert!(!text.contains(signature) && !text.contains(key), "{text}");
}

pub(crate) async fn bad_input_sends_nothing(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    let errors = [
        client.send(alert(), "breaking news").await.unwrap_err(),
        client.send(alert(), "").await.unwrap_err(),
        client.send_direct(alert(), "").await.unwrap_err(),
        client.send_batch(alert(), ["a", ""]).await.unwrap_err(),
        client.send_batch(alert(), [""; 0]).await.unwrap_err(),
        client.schedule(alert(), "(a", tomorrow).await.unwrap_err(),
        client.schedule(alert(), "a", tomorrow + Duration::from_secs(7 * 86_400)).await.unwrap_err(),
        client.cancel("").await.unwrap_err(),
        client.send_windows_notification("no XML", "a").await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_build() && error.fate().is_final() && !error.to_string().contains('\n'), "{error}");
    }
    assert_eq!(emulator.inbox(), []);
}

pub(crate) async fn any_operation_and_any_task(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime.clone());
    let (done, wait) = std::sync::mpsc::channel();
    // A boxed operation, executed in a task of its own: the future is Send.
    let operation: Box<dyn Operation<Output = Receipt>> =
        Box::new(SendNotification::new(alert(), Audience::tag("sports").unwrap()).unwrap());
    let (ready, readied) = tokio::sync::oneshot::channel();
    runtime.spawn(async move {
        done.send(client.execute(&*operation).await.is_ok()).unwrap();
        ready.send(()).unwrap();
    });
    readied.await.unwrap();
    assert!(wait.recv().unwrap());
    assert_eq!(emulator.inbox().len(), 1);
}

pub(crate) async fn many_at_once(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime.clone());
    let mut waiting = Vec::new();
    for _ in 0..50 {
        let (done, wait) = tokio::sync::oneshot::channel();
        let client = client.clone();
        runtime.spawn(async move { done.send(client.send(alert(), "sports").await).unwrap() });
        waiting.push(wait);
    }
    for wait in waiting {
        wait.await.unwrap().unwrap();
    }
    assert_eq!(emulator.inbox().len(), 50);
}

pub(crate) async fn the_tutorials_methods(runtime: impl Runtime) {
    let emulator = emulator().await;
    let hub = client(&emulator, runtime);
    let tile = r#"<wp:Notification xmlns:wp="WPNotification"><wp:Tile><wp:Title>T</wp:Title></wp:Tile></wp:Notification>"#;
    hub.send_windows_notification(TOAST, Audience::EVERYONE).await.unwrap();
    hub.send_apple_notification(ALERT, "sports").await.unwrap();
    hub.send_gcm_notification(r#"{"data":{"msg":"Hello!"}}"#, ["sports", "politics"]).await.unwrap();
    hub.send_adm_notification(r#"{"data":{"msg":"Hello!"}}"#, "sports").await.unwrap();
    hub.send_baidu_notification(r#"{"title":"T"}"#, "sports").await.unwrap();
    hub.send_mpns_notification(tile, "sports").await.unwrap();
    let fcm = r#"{"message":{"notification":{"title":"T"}}}"#;
    hub.send_fcm_v1_notification(fcm, "sports").await.unwrap();
    hub.send_browser_notification(r#"{"title":"T","message":"M"}"#, "sports").await.unwrap();
    // No demo device is a Xiaomi.
    hub.send_xiaomi_notification(r#"{"title":"T"}"#, "sports").await.unwrap();
    hub.send_template_notification([("greeting_en", "Hello")], Audience::EVERYONE).await.unwrap();
    let inbox = emulator.inbox();
    let platforms: Vec<_> = inbox.iter().map(|delivery| delivery.platform.as_str()).collect();
    assert_eq!(
        platforms,
        ["windows", "apple", "gcm", "adm", "baidu", "windowsphone", "fcmv1", "browser", "apple", "windows"]
    );
    assert_eq!(inbox[5].headers["x-windowsphone-target"], "token");
}

pub(crate) async fn what_became_of_a_notification(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let id = client.send(alert(), "sports").await.unwrap().notification_id.unwrap();
    let details = client.get_notification_details(&id).await.unwrap();
    assert_eq!(
        (details.state, details.notification_id.as_deref()),
        (NotificationState::Completed, Some(&*id))
    );
    assert_eq!(details.outcome_counts[&Platform::Apple]["Success"], 1);
    assert_eq!(
        (details.notification_body.as_deref(), details.tags.as_deref()),
        (Some(ALERT), Some("sports"))
    );
    assert_eq!(details.target_platforms, ["apple"]);

    let nobody = client.send(alert(), "nobody").await.unwrap().notification_id.unwrap();
    let details = client.wait_for_notification_details(&nobody, Duration::ZERO).await.unwrap();
    assert_eq!(details.state, NotificationState::NoTargetFound);

    let batch = client.send_batch(alert(), ["a", "b"]).await.unwrap().notification_id.unwrap();
    assert_eq!(
        client.get_notification_details(batch).await.unwrap().outcome_counts[&Platform::Apple]["Success"],
        2
    );

    let later = SystemTime::now() + Duration::from_secs(3600);
    let scheduled = client.schedule(alert(), "sports", later).await.unwrap().notification_id.unwrap();
    assert_eq!(
        client.get_notification_details(&scheduled).await.unwrap().state,
        NotificationState::Scheduled
    );
    client.cancel(&scheduled).await.unwrap();
    assert_eq!(client.get_notification_details(&scheduled).await.unwrap().state, NotificationState::Canceled);

    let error = client.get_notification_details("NH-unknown").await.unwrap_err();
    assert!(error.as_service().unwrap().is_not_found());
}
