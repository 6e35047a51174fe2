//! A client without a key in its configuration.

use crate::arm::{self, Arm, TOKEN, Tokens, World, has, keys, rule};
use crate::calls::alert;
use futures_lite::future::{poll_once, zip};
use nh_core::retry::RetryPolicy;
use nh_core::{
    AccessRight, AccessToken, AuthorizationRule, Hub, HubDescription, Namespace, Notification, Platform,
};
use nh_emulator::Emulator;
use nh_hyper::entra::{BoxError, TokenSource};
use nh_hyper::{CallOptions, Client, Error, Fate, Installation, Runtime, Transport, TransportBuilder};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const KEYS: [&str; 2] =
    ["Zmlyc3Qta2V5LWZpcnN0LWtleS1maXJzdC1rZXktMDE=", "c2Vjb25kLWtleS1zZWNvbmQta2V5LXNlY29uZC1rZXk="];

const OK: &str = "200 OK";

fn forbidden() -> arm::Says {
    let body = r#"{"error":{"code":"AuthorizationFailed","message":"The client 'me' does not have authorization."}}"#;
    ("403 Forbidden", "", body.to_owned())
}

fn description(key: &str) -> HubDescription {
    let rule =
        AuthorizationRule::new("Rotated", [AccessRight::Manage, AccessRight::Send, AccessRight::Listen])
            .and_then(|rule| rule.with_primary_key(key))
            .and_then(|rule| rule.with_secondary_key("dGhpcmQta2V5LXRoaXJkLWtleS10aGlyZC1rZXktMDE="));
    HubDescription::new().with_authorization_rule(rule.unwrap()).unwrap()
}

fn endpoint(emulator: &Emulator) -> String {
    format!("sb://localhost:{}/", emulator.address().port())
}

fn builder(emulator: &Emulator, arm: &Arm, runtime: impl Runtime) -> TransportBuilder {
    Transport::builder_on(runtime)
        .platform_roots(false)
        .add_root_pem(emulator.ca_pem())
        .unwrap()
        .add_root_pem(&arm.pem)
        .unwrap()
}

/// Runs all at once.
async fn all<F>(runtime: &impl Runtime, calls: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let mut waiting = Vec::new();
    for call in calls {
        let (done, wait) = tokio::sync::oneshot::channel();
        runtime.spawn(async move { drop(done.send(call.await)) });
        waiting.push(wait);
    }
    let mut outputs = Vec::new();
    for wait in waiting {
        outputs.push(wait.await.unwrap());
    }
    outputs
}

/// The whole way: ARM over TLS, the emulator, a hub that sends all the time, and a key that is replaced in the middle.
pub(crate) async fn a_rotated_key_loses_no_send(runtime: impl Runtime + Clone) {
    let emulator = Emulator::start().await.unwrap();
    let namespace = Namespace::from_connection_string(emulator.namespace_connection_string()).unwrap();
    let keys_of = |key| (OK, "", keys(&endpoint(&emulator), "Rotated", key));
    let arm = Arm::new(keys_of(KEYS[0]));
    let transport = builder(&emulator, &arm, runtime.clone()).build().unwrap();
    let namespace = transport.namespace(namespace);
    namespace.create_hub("rotated", description(KEYS[0])).await.unwrap();

    let tokens = Tokens::default();
    let client =
        transport.hub_by_entra(arm.entra(&rule(Some("rotated"), "Rotated"), tokens.clone())).await.unwrap();
    let phone = Installation::new("phone", Platform::Apple, "00AB").unwrap().with_tags(["all"]).unwrap();
    client.put_installation(phone).await.unwrap();

    let number = Arc::new(AtomicU64::new(0));
    let sends = |count: u64| {
        let (client, number) = (client.clone(), number.clone());
        async move {
            for _ in 0..count {
                let payload = format!("{{\"n\":{}}}", number.fetch_add(1, Ordering::Relaxed));
                client.send(Notification::apple(payload).unwrap(), "all").await.unwrap();
            }
        }
    };
    let rotated = async {
        sends(5).await;
        arm.says(keys_of(KEYS[1]));
        namespace.update_hub("rotated", description(KEYS[1])).await.unwrap();
    };
    zip(all(&runtime, (0..10).map(|_| sends(20))), rotated).await;
    sends(5).await;

    let mut arrived = BTreeMap::new();
    for delivery in emulator.inbox() {
        *arrived.entry(delivery.payload).or_insert(0) += 1;
    }
    assert_eq!(arrived.len(), 210, "none is lost");
    assert!(arrived.values().all(|times| *times == 1), "none came twice: {arrived:?}");
    let asked = arm.asked();
    assert_eq!(
        (asked.len(), tokens.asked.load(Ordering::Relaxed)),
        (2, 2),
        "once at the beginning, once for all"
    );
    let refused = emulator.requests().iter().filter(|request| request.status == Some(401)).count();
    assert!(refused > 0, "the key was changed while it was in use");

    let lower = asked[0].to_ascii_lowercase();
    assert!(
        asked[0].starts_with(
            "POST /subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial/providers/Microsoft.NotificationHubs\
             /namespaces/nh-sdk-ns/notificationHubs/rotated/authorizationRules/Rotated/listKeys?api-version=2023-09-01 HTTP/1.1\r\n"
        ) && lower.contains(&format!("\r\nauthorization: bearer {}\r\n", TOKEN.to_ascii_lowercase())),
        "{}",
        asked[0]
    );
    // A POST has to say how long its body is, also if there is none.
    assert!(lower.contains("\r\ncontent-length: 0\r\n"), "{lower}");
}

/// The key of a namespace opens its hubs, and they renew it too.
pub(crate) async fn the_hubs_of_a_namespace_share_its_key(runtime: impl Runtime) {
    let world = World::new(|| has("First"));
    let transport = Transport::builder_on(runtime).service(world.service()).build().unwrap();
    let cloud = nh_core::AzureCloud::new("https://arm.test", "https://arm.test/.default").unwrap();
    let of_namespace =
        nh_hyper::entra::Entra::new(&rule(None, "Root"), Tokens::default()).unwrap().cloud(cloud);
    let namespace = transport.namespace_by_entra(of_namespace.clone()).await.unwrap();
    let news = namespace.hub("news").unwrap();
    news.send(alert(), "sports").await.unwrap();
    assert_eq!(world.counts(), (1, 0, 1));

    let error = transport.hub_by_entra(of_namespace).await.unwrap_err().to_string();
    assert!(error.contains("names no hub; use namespace_by_entra"), "{error}");
    let error = transport.namespace_by_entra(world.entra()).await.unwrap_err().to_string();
    assert!(error.contains("names a hub; use hub_by_entra"), "{error}");
    assert_eq!(world.counts(), (1, 0, 1));
}

/// A thousand calls are refused before ARM answers, and all of them are sent once.
pub(crate) async fn a_thousand_calls_ask_once(runtime: impl Runtime + Clone) {
    const CALLS: usize = 1000;
    let (answers, wait) = tokio::sync::watch::channel(true);
    let name = Arc::new(Mutex::new("First"));
    let named = name.clone();
    let world = World::new(move || {
        let (mut wait, name) = (wait.clone(), *named.lock().unwrap());
        Box::pin(async move {
            wait.wait_for(|go| *go).await.unwrap();
            has(name).await
        })
    });
    let transport = Transport::builder_on(runtime.clone()).service(world.service()).max_in_flight(CALLS);
    let client = transport.build().unwrap().hub_by_entra(world.entra()).await.unwrap();

    answers.send_replace(false);
    world.takes("Second");
    *name.lock().unwrap() = "Second";
    let refused = world.refused.clone();
    let let_it_answer = async {
        while refused.load(Ordering::SeqCst) < CALLS {
            futures_lite::future::yield_now().await;
        }
        answers.send_replace(true);
    };
    let sends = (0..CALLS).map(|_| {
        let client = client.clone();
        async move { client.send(alert(), "sports").await.map(drop) }
    });
    let (results, ()) = zip(all(&runtime, sends), let_it_answer).await;
    assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
    assert_eq!(world.counts(), (CALLS, CALLS, 2), "each was refused once and sent once");
}

/// A runtime whose short waits are over at once and set its clock forward. Its timeouts never come.
#[derive(Clone)]
struct Moved<R> {
    inner: R,
    began: Instant,
    milliseconds: Arc<AtomicU64>,
}

impl<R: Runtime> Moved<R> {
    fn new(inner: R) -> Moved<R> {
        Moved { inner, began: Instant::now(), milliseconds: Arc::default() }
    }

    fn advance(&self, seconds: u64) {
        self.milliseconds.fetch_add(1000 * seconds, Ordering::SeqCst);
    }

    fn seconds(&self) -> u64 {
        self.milliseconds.load(Ordering::SeqCst) / 1000
    }
}

impl<R: Runtime + Clone> Runtime for Moved<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> std::io::Result<Self::Stream> {
        self.inner.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let milliseconds = self.milliseconds.clone();
        async move {
            if duration > Duration::from_secs(60) {
                std::future::pending::<()>().await;
            }
            milliseconds.fetch_add(duration.as_millis() as u64, Ordering::SeqCst);
        }
    }
    fn instant(&self) -> Instant {
        self.began + Duration::from_millis(self.milliseconds.load(Ordering::SeqCst))
    }
}

/// A client in a world, with timeouts that are longer than every wait.
async fn client(world: &World, runtime: impl Runtime) -> Result<Client, Error> {
    let builder = Transport::builder_on(runtime).service(world.service());
    let long = Duration::from_secs(1000);
    builder.attempt_timeout(long).overall_timeout(long).build()?.hub_by_entra(world.entra()).await
}

fn once(client: &Client) -> Client {
    client.with_options(CallOptions::new().retry(RetryPolicy::NEVER))
}

/// ARM has no other key: the refusal stands, and ARM is left alone for half a minute.
pub(crate) async fn a_key_that_is_refused_is_not_asked_for_again_and_again(runtime: impl Runtime + Clone) {
    let runtime = Moved::new(runtime);
    let world = World::new(|| has("First"));
    let client = client(&world, runtime.clone()).await.unwrap();
    world.takes("Nobody");
    for _ in 0..20 {
        let error = client.send(alert(), "sports").await.unwrap_err();
        assert_eq!((error.status().map(|status| status.as_u16()), error.fate()), (Some(401), Fate::Final));
        let text = error.to_string();
        assert!(text.contains("401") && text.contains("Azure Resource Manager has no other key"), "{text}");
        assert!(error.as_renewal().is_none() && !error.is_throttled(), "{error}");
    }
    assert_eq!(world.counts(), (0, 20, 2));
    runtime.advance(30);
    client.send(alert(), "sports").await.unwrap_err();
    assert_eq!(world.counts(), (0, 21, 3));
    // Good again: nothing is asked.
    world.takes("First");
    client.send(alert(), "sports").await.unwrap();
    assert_eq!(world.counts(), (1, 21, 3));
}

/// ARM is down when the key is rotated: the error says both, the call is not lost, and it goes on when ARM is there again.
pub(crate) async fn while_arm_is_down_the_old_key_stays(runtime: impl Runtime + Clone) {
    let runtime = Moved::new(runtime);
    let up = Arc::new(Mutex::new(Some("First")));
    let state = up.clone();
    let world = World::new(move || match *state.lock().unwrap() {
        Some(name) => has(name),
        None => Box::pin(async { arm::answer(503, "down") }),
    });
    let client = client(&world, runtime.clone()).await.unwrap();
    *up.lock().unwrap() = None;
    world.takes("Second");

    let error = once(&client).send(alert(), "sports").await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("401 Unauthorized")
            && text.contains("the key could not be renewed: the service answered 503"),
        "{text}"
    );
    assert!(!text.contains("may have been carried out"), "{text}");
    assert!(matches!(error.fate(), Fate::NotDone { retry_after: Some(_) }), "{:?}", error.fate());
    assert_eq!(error.as_renewal().unwrap().status().unwrap().as_u16(), 503);
    assert!(!error.is_throttled());
    let asked = world.counts().2;
    // The next call is told the same, and ARM is left alone.
    once(&client).send(alert(), "sports").await.unwrap_err();
    assert_eq!(world.counts().2, asked);
    // A key that the hub takes is used as before.
    world.takes("First");
    client.send(alert(), "sports").await.unwrap();

    // A call with retries waits until ARM may be asked, and goes through.
    world.takes("Second");
    *up.lock().unwrap() = Some("Second");
    let before = runtime.seconds();
    client.send(alert(), "sports").await.unwrap();
    assert!(runtime.seconds() - before >= 15, "it waited for the end of the pause");
    assert_eq!((world.counts().0, world.counts().2), (2, asked + 1));
}

/// ARM says no: the refusal stands, and the error names the way out.
pub(crate) async fn what_arm_refuses_is_named(runtime: impl Runtime + Clone) {
    let emulator = Emulator::start().await.unwrap();
    let arm = Arm::new(forbidden());
    let transport = builder(&emulator, &arm, runtime.clone()).build().unwrap();
    let rule = rule(Some(emulator.hub()), "Full");
    let entra = || arm.entra(&rule, Tokens::default());
    let error = transport.hub_by_entra(entra()).await.unwrap_err();
    let text = error.to_string();
    assert!(error.as_service().unwrap().is_forbidden() && error.fate().is_final(), "{error:?}");
    assert!(text.contains("NotificationHubs/authorizationRules/listkeys/action"), "{text}");
    assert_eq!(arm.asked().len(), 1);

    let not_found = r#"{"error":{"code":"ResourceNotFound","message":"The Resource was not found."}}"#;
    arm.says(("404 Not Found", "", not_found.to_owned()));
    let error = transport.hub_by_entra(entra()).await.unwrap_err();
    assert!(error.is_not_found() && error.to_string().contains("check the resource id"), "{error}");

    arm.says((
        "401 Unauthorized",
        "",
        r#"{"error":{"code":"ExpiredAuthenticationToken","message":"Ended."}}"#.into(),
    ));
    let error = transport.hub_by_entra(entra()).await.unwrap_err();
    assert!(
        error.as_service().unwrap().is_unauthorized() && error.to_string().contains("/.default"),
        "{error}"
    );

    // Throttled: the wait of the answer is in the fate, and calls to the hub are not held back.
    arm.says(("429 Too Many Requests", "Retry-After: 17\r\n", String::new()));
    let hurried = builder(&emulator, &arm, runtime).retry(RetryPolicy::NEVER).build().unwrap();
    let error = hurried.hub_by_entra(entra()).await.unwrap_err();
    assert_eq!(error.fate(), Fate::NotDone { retry_after: Some(Duration::from_secs(17)) });
    assert!(error.is_throttled());
    hurried
        .hub(Hub::from_connection_string(emulator.connection_string(), emulator.hub()).unwrap())
        .send(alert(), "sports")
        .await
        .unwrap();

    // The right is taken away while the client works, and the key is rotated.
    arm.says((OK, "", keys(&endpoint(&emulator), "DefaultFullSharedAccessSignature", "d3Jvbmc=")));
    let client = transport.hub_by_entra(entra()).await.unwrap();
    arm.says(forbidden());
    let error = client.send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_final() && error.status().unwrap().as_u16() == 401, "{error}");
    assert!(
        error.to_string().contains("could not be renewed: the service answered 403")
            && error.to_string().contains("listkeys/action"),
        "{error}"
    );
}

/// A source without tokens.
struct Broken;

impl TokenSource for Broken {
    async fn token(&self, _: &str) -> Result<AccessToken, BoxError> {
        Err("the machine has no identity".into())
    }
}

/// A source that never answers.
struct Silent;

impl TokenSource for Silent {
    async fn token(&self, _: &str) -> Result<AccessToken, BoxError> {
        std::future::pending().await
    }
}

pub(crate) async fn without_a_token_nothing_is_asked(runtime: impl Runtime + Clone) {
    let world = World::new(|| has("First"));
    let builder = Transport::builder_on(runtime).service(world.service());
    let transport = builder.attempt_timeout(Duration::from_millis(20)).build().unwrap();
    let with = |tokens| nh_hyper::entra::Entra::new(&rule(Some("news"), "Full"), tokens).unwrap();
    let error = transport.hub_by_entra(with(Broken)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the credential gave no access token for https://management.azure.com/.default"
    );
    assert_eq!(error.source().unwrap().to_string(), "the machine has no identity");
    assert!(error.fate().is_not_done(), "{error:?}");
    let silent = nh_hyper::entra::Entra::new(&rule(Some("news"), "Full"), Silent).unwrap();
    let error = transport.hub_by_entra(silent).await.unwrap_err();
    assert!(error.is_timeout() && !error.to_string().contains("carried out"), "{error}");
    assert_eq!(world.counts(), (0, 0, 0));
}

/// Whoever gives up while ARM is asked leaves nothing locked. Neither does a call whose time ends.
pub(crate) async fn a_dropped_call_leaves_nothing_locked(runtime: impl Runtime + Clone) {
    let silent = Arc::new(Mutex::new(false));
    let name = Arc::new(Mutex::new("First"));
    let (quiet, named) = (silent.clone(), name.clone());
    let world = World::new(move || match *quiet.lock().unwrap() {
        true => Box::pin(std::future::pending()),
        false => has(*named.lock().unwrap()),
    });
    let builder = Transport::builder_on(runtime).service(world.service());
    let client = builder.build().unwrap().hub_by_entra(world.entra()).await.unwrap();
    *silent.lock().unwrap() = true;
    *name.lock().unwrap() = "Second";
    world.takes("Second");

    let mut dropped = Box::pin(client.send(alert(), "sports"));
    while world.counts().2 < 2 {
        assert!(poll_once(&mut dropped).await.is_none());
    }
    // This one waits for the other, until its time is over.
    let short = client.with_options(CallOptions::new().overall_timeout(Duration::from_millis(20)));
    let error = short.send(alert(), "sports").await.unwrap_err();
    assert!(error.to_string().contains("could not be renewed in the time that was left"), "{error}");
    assert!(error.fate().is_not_done(), "{error:?}");
    drop(dropped);

    *silent.lock().unwrap() = false;
    client.send(alert(), "sports").await.unwrap();
    assert_eq!(world.counts(), (1, 3, 3));
}

/// A new key that the hub does not know yet is not taken for a wrong one. A second rotation is noticed, too.
pub(crate) async fn a_new_key_is_given_time(runtime: impl Runtime + Clone) {
    let runtime = Moved::new(runtime);
    let name = Arc::new(Mutex::new("First"));
    let named = name.clone();
    let world = World::new(move || has(*named.lock().unwrap()));
    let client = client(&world, runtime.clone()).await.unwrap();
    // The hub knows the third key only, and ARM has that a little later.
    world.takes("Third");
    *name.lock().unwrap() = "Second";
    let error = once(&client).send(alert(), "sports").await.unwrap_err();
    assert_eq!(error.fate(), Fate::NotDone { retry_after: None }, "there is another key: {error}");
    let error = once(&client).send(alert(), "sports").await.unwrap_err();
    assert!(matches!(error.fate(), Fate::NotDone { retry_after: Some(_) }), "{:?}", error.fate());
    assert_eq!(world.counts(), (0, 2, 2));
    *name.lock().unwrap() = "Third";
    client.send(alert(), "sports").await.unwrap();
    assert_eq!(world.counts(), (1, 4, 3));
    assert!(runtime.seconds() >= 5, "ARM was left alone for a while");
}

/// Other hubs over the same transport sign with keys of their own, and a refusal of theirs asks nobody.
pub(crate) async fn a_key_of_ones_own_is_not_renewed(runtime: impl Runtime) {
    let world = World::new(|| has("First"));
    let client = Transport::builder_on(runtime).service(world.service()).build().unwrap();
    let client = client.hub_by_entra(world.entra()).await.unwrap();
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Own;SharedAccessKey=c2VjcmV0";
    let other = client.hub(Hub::from_connection_string(text, "sports").unwrap());
    let error = other.send(alert(), "sports").await.unwrap_err();
    assert!(error.fate().is_final() && !error.to_string().contains("Azure Resource Manager"), "{error}");
    assert_eq!(world.counts(), (0, 1, 1));
    // A key that somebody else has put there is used without a question.
    client.target().credential().replace(nh_core::Credential::shared_access_key("Own", "c2VjcmV0").unwrap());
    world.takes("Own");
    client.send(alert(), "sports").await.unwrap();
    assert_eq!(world.counts(), (1, 1, 1));
    // If it is refused, ARM's is taken again.
    world.takes("First");
    client.send(alert(), "sports").await.unwrap();
    assert_eq!(world.counts(), (2, 2, 2));
}
