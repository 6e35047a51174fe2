//! From FCM's legacy protocol to FCM HTTP v1, and programs that are killed on the way.

use crate::calls::{builder, client, hub};
use crate::network::patient;
use futures_lite::future;
use nh_core::http::{Method, Request};
use nh_core::{Credential, Hub, HubDescription, Namespace, RegistrationTtl};
use nh_emulator::{Emulator, Fault};
use nh_hyper::migrate::{End, Subject, Totals};
use nh_hyper::{
    Audience, Client, Installation, InstallationTemplate, Notification, Platform, PnsHandle, Registration,
    RegistrationTemplate, Runtime, Stack, TransportBuilder,
};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{Layer, Service};

const OLD: &str = r#"{"data":{"text":"$(text)","n":"3"},"time_to_live":60}"#;
const NEW: &str = r#"{"message":{"data":{"text":"$(text)","n":"3"},"android":{"ttl":"60s"}}}"#;
const ODD: &str = r#"{"data":{"text":"$(text)"},"content_available":true}"#;

fn gcm(token: &str, tags: &[&str]) -> Registration {
    Registration::new(PnsHandle::gcm(token).unwrap()).with_tags(tags).unwrap()
}

fn fcm_v1(token: &str, tags: &[&str]) -> Registration {
    Registration::new(PnsHandle::fcm_v1(token).unwrap()).with_tags(tags).unwrap()
}

fn template(body: &str) -> RegistrationTemplate {
    RegistrationTemplate::new(body).with_name("news").unwrap()
}

fn installation(id: &str, platform: Platform, bodies: &[&str]) -> Installation {
    let handle = if platform == Platform::Apple { "AB13".to_owned() } else { format!("token-{id}") };
    let mut installation = Installation::new(id, platform, handle.as_str())
        .unwrap()
        .with_user("bob")
        .unwrap()
        .with_tags(["x", "y"])
        .unwrap();
    for (number, body) in bodies.iter().enumerate() {
        let template = InstallationTemplate::new(*body).with_tags(["urgent"]).unwrap();
        installation = installation.with_template(format!("t{number}"), template);
    }
    installation
}

/// A hub as it is after some years.
async fn furnish(client: &Client) {
    for registration in [
        gcm("one", &["a", "b"]),
        // Somebody has registered twice, and once with other tags.
        gcm("one", &["b", "a"]),
        gcm("one", &["c"]),
        gcm("two", &["a"]).with_push_variable("lang", "fr").with_template(template(OLD)),
        gcm("three", &["a"]).with_template(template(ODD)),
        // A new version of the app was here.
        gcm("four", &["a"]),
        fcm_v1("four", &["a"]),
        fcm_v1("five", &["a"]),
        Registration::new(PnsHandle::apple("AB12").unwrap()),
    ] {
        client.create_registration(registration).await.unwrap();
    }
    for installation in [
        installation("i1", Platform::Gcm, &[OLD, r#"{"notification":{"title":"$(text)"}}"#]),
        installation("i2", Platform::Gcm, &[OLD, ODD]),
        installation("i3", Platform::FcmV1, &[NEW]),
        installation("i4", Platform::Apple, &[r#"{"aps":{}}"#]),
    ] {
        client.put_installation(installation).await.unwrap();
    }
}

/// What does something for a device: platform, handle, tags, push variables, template. How often it is there.
type State = BTreeMap<String, u32>;

fn told(registration: &Registration) -> String {
    let mut tags = registration.tags().to_vec();
    tags.sort_unstable();
    let handle: Vec<_> = registration.handle().parts().map(|(_, value)| value).collect();
    let template = registration.template().map(|template| (template.name(), template.body()));
    format!(
        "{} {handle:?} {tags:?} {:?} {template:?}",
        registration.platform(),
        registration.push_variables()
    )
}

async fn state(client: &Client) -> State {
    let mut state = State::new();
    let mut all = client.list_registrations();
    while let Some(registration) = all.next().await {
        *state.entry(told(&registration.unwrap())).or_default() += 1;
    }
    state
}

/// What [`furnish`] becomes.
fn migrated(before: &State) -> State {
    let mut after: State = before
        .iter()
        .filter(|(told, _)| {
            !told.starts_with("gcm") || told.contains("content_available") || told.contains(":{i2}")
        })
        .map(|(told, count)| (told.clone(), *count))
        .collect();
    for registration in [
        fcm_v1("one", &["a", "b"]),
        fcm_v1("one", &["c"]),
        fcm_v1("two", &["a"]).with_push_variable("lang", "fr").with_template(template(NEW)),
    ] {
        after.insert(told(&registration), 1);
    }
    for told in before.keys().filter(|told| told.starts_with("gcm") && told.contains(":{i1}")) {
        let told = told.replacen("gcm", "fcmv1", 1).replace(&format!("{OLD:?}"), &format!("{NEW:?}"));
        let told = told.replace(
            &format!("{:?}", r#"{"notification":{"title":"$(text)"}}"#),
            &format!("{:?}", r#"{"message":{"notification":{"title":"$(text)"}}}"#),
        );
        after.insert(told, 1);
    }
    after
}

fn line(end: &End) -> String {
    match end {
        End::Migrated { successor } => format!("migrated, id changes: {}", successor.is_some()),
        End::AlreadyThere { .. } => "there".to_owned(),
        End::Reported(why) => format!("reported {}", why[0].subject()),
        End::Failed(error) => format!("failed: {error}"),
        End::Planned => "planned".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) async fn every_token_gets_its_successor(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    furnish(&client).await;
    let before = state(&client).await;
    assert_eq!(before.values().sum::<u32>(), 9 + 3 + 3 + 2 + 2);

    // A plan changes nothing.
    let mut plan = client.migrate_gcm_to_fcm_v1().plan();
    let planned = plan.finish().await.unwrap();
    assert_eq!(
        (planned.planned, planned.already_there, planned.reported, planned.listed, plan.is_complete()),
        (5, 1, 2, 19, true)
    );
    assert_eq!(state(&client).await, before);

    let mut run = client.migrate_gcm_to_fcm_v1().run();
    let mut ends = Vec::new();
    while let Some(moved) = run.next().await {
        let moved = moved.unwrap();
        let what = match moved.subject() {
            Subject::Registration(_) => "registration".to_owned(),
            Subject::Installation(id) => id.clone(),
        };
        ends.push(format!("{what} {}", line(moved.end())));
    }
    ends.sort_unstable();
    assert_eq!(
        ends,
        [
            "i1 migrated, id changes: false",
            "i2 reported content_available in the template \"t1\"",
            "registration migrated, id changes: true",
            "registration migrated, id changes: true",
            "registration migrated, id changes: true",
            "registration reported content_available in the template \"news\"",
            "registration there",
            "registration there",
        ]
    );
    assert!(run.is_complete());
    let after = state(&client).await;
    assert_eq!(after, migrated(&before));

    // The installation is what it was.
    let new = client.get_installation("i1").await.unwrap();
    assert_eq!(
        (new.platform(), new.user(), new.push_channel().handle()),
        (&Platform::FcmV1, Some("bob"), "token-i1")
    );
    assert_eq!((new.tags(), new.templates()["t0"].body()), (&["x".to_owned(), "y".to_owned()][..], NEW));
    assert!(new.templates()["t0"].tags().contains(&"urgent".to_owned()));

    // A second run finds nothing to do, and names again what needs a person.
    let again = client.migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
    assert_eq!((again.looked_at(), again.reported, again.migrated), (2, 2, 0));
    assert_eq!(state(&client).await, after);
}

/// What a device gets is what FCM v1 takes.
pub(crate) async fn a_migrated_template_arrives(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    let body = r##"{"data":{"text":"$(text)","count":"#(count)"},"notification":{"title":"{'News: ' + $(text)}","sound":"default"},
        "time_to_live":"#(ttl)"}"##;
    client.create_registration(gcm("one", &["a"]).with_template(template(body))).await.unwrap();
    client.put_installation(installation("i1", Platform::Gcm, &[body])).await.unwrap();
    assert_eq!(client.migrate_gcm_to_fcm_v1().run().finish().await.unwrap().migrated, 2);

    let news = Notification::template([("text", "Hello"), ("count", "3"), ("ttl", "60")]).unwrap();
    let outcome = client.test_send(news, Audience::EVERYONE).await.unwrap().outcome.unwrap();
    assert_eq!((outcome.success, outcome.failure), (2, 0));
    for delivery in emulator.inbox() {
        assert_eq!(delivery.platform, Platform::FcmV1);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&delivery.payload).unwrap(),
            serde_json::json!({"message": {
                "data": {"text": "Hello", "count": "3"},
                "notification": {"title": "News: Hello"},
                "android": {"ttl": "60s", "notification": {"sound": "default"}},
            }})
        );
    }
}

/// Asks what to do before each request, and after it was answered.
#[derive(Clone)]
struct Hooked<S> {
    inner: S,
    before: Hook,
    after: Hook,
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Hook = Arc<dyn Fn(&Method, &str) -> BoxFuture<()> + Send + Sync>;

fn nothing() -> Hook {
    Arc::new(|_: &Method, _: &str| Box::pin(future::ready(())))
}

impl Layer<Stack> for Hooked<()> {
    type Service = Hooked<Stack>;
    fn layer(&self, inner: Stack) -> Hooked<Stack> {
        Hooked { inner, before: self.before.clone(), after: self.after.clone() }
    }
}

impl<B, S> Service<Request<B>> for Hooked<S>
where
    B: Send + 'static,
    S: Service<Request<B>, Future: Send> + Clone + Send + 'static,
    S::Response: Send,
    S::Error: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<Result<S::Response, S::Error>>;
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        // What was asked whether it is ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (before, after) = (self.before.clone(), self.after.clone());
        Box::pin(async move {
            before(&method, &path).await;
            let answer = inner.call(request).await;
            after(&method, &path).await;
            answer
        })
    }
}

fn hooked(builder: TransportBuilder, before: Hook, after: Hook) -> TransportBuilder {
    builder.layer(Hooked { inner: (), before, after })
}

/// When a program dies.
#[derive(Clone, Default)]
struct Death {
    requests: Arc<AtomicUsize>,
    dead: Arc<AtomicBool>,
}

impl Death {
    /// Lets so many requests go, and kills the program before the next one goes out.
    fn before(&self, last: usize) -> Hook {
        let death = self.clone();
        Arc::new(move |_: &Method, _: &str| {
            let death = death.clone();
            Box::pin(async move {
                if death.requests.fetch_add(1, Ordering::Relaxed) >= last {
                    death.die().await;
                }
            })
        })
    }

    /// Kills the program when this request was carried out, before anybody sees the answer.
    fn after(&self, last: usize) -> Hook {
        let death = self.clone();
        Arc::new(move |_: &Method, _: &str| {
            let death = death.clone();
            Box::pin(async move {
                if death.requests.fetch_add(1, Ordering::Relaxed) + 1 >= last {
                    death.die().await;
                }
            })
        })
    }

    async fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
        future::pending().await
    }

    /// Runs until the end or death.
    async fn of(&self, run: impl Future<Output = Totals>) -> Option<Totals> {
        let dead = poll_fn(|_| match self.dead.load(Ordering::Relaxed) {
            true => Poll::Ready(None),
            false => Poll::Pending,
        });
        future::or(async { Some(run.await) }, dead).await
    }
}

/// Another hub of the emulator.
async fn another_hub(emulator: &Emulator, client: &Client, name: &str) -> Hub {
    let namespace = Namespace::from_connection_string(emulator.namespace_connection_string()).unwrap();
    let namespace = client.transport().namespace(namespace);
    namespace.create_hub(name, HubDescription::new()).await.unwrap();
    Hub::from_connection_string(emulator.namespace_connection_string(), name).unwrap()
}

/// Killed at any point and run again, it ends as if it had run through.
pub(crate) async fn a_killed_migration_is_run_again(runtime: impl Runtime + Clone) {
    let emulator = Emulator::start().await.unwrap();
    let healthy = client(&emulator, runtime.clone());
    let small = async |hub: &Hub| {
        let client = healthy.hub(hub);
        for registration in [
            gcm("one", &["a", "b"]),
            gcm("one", &["b", "a"]),
            gcm("two", &["a"]).with_push_variable("lang", "fr").with_template(template(OLD)),
            gcm("four", &["a"]),
            fcm_v1("four", &["a"]),
        ] {
            client.create_registration(registration).await.unwrap();
        }
        client.put_installation(installation("i1", Platform::Gcm, &[OLD])).await.unwrap();
        state(&client).await
    };
    let run_through = another_hub(&emulator, &healthy, "through").await;
    let before = small(&run_through).await;
    healthy.hub(&run_through).migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
    let after = state(&healthy.hub(&run_through)).await;
    assert!(after.keys().all(|told| told.starts_with("fcmv1")), "{after:#?}");
    assert!(after.values().all(|count| *count == 1), "{after:#?}");
    assert_eq!(after.len(), before.len() - 1, "{after:#?}");

    for kind in ["before", "after"] {
        for last in 1.. {
            let hub = another_hub(&emulator, &healthy, &format!("{kind}{last}")).await;
            assert_eq!(small(&hub).await, before);
            let death = Death::default();
            let mortal = match kind {
                "before" => hooked(builder(&emulator, runtime.clone()), death.before(last), nothing()),
                _ => hooked(builder(&emulator, runtime.clone()), nothing(), death.after(last)),
            };
            let mortal = mortal.build().unwrap().hub(&hub);
            let mut run = mortal.migrate_gcm_to_fcm_v1().in_flight(3).run();
            let survived = death.of(async { run.finish().await.unwrap() }).await.is_some();
            drop(run);

            // No device is lost on the way.
            let between = state(&healthy.hub(&hub)).await;
            for token in ["one", "two", "four", "token-i1"] {
                let token = format!("{token:?}");
                assert!(between.keys().any(|told| told.contains(&token)), "{kind} {last}: {between:#?}");
            }
            healthy.hub(&hub).migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
            assert_eq!(state(&healthy.hub(&hub)).await, after, "{kind} {last}");
            if survived {
                assert!(last > 15, "it takes {last} requests");
                break;
            }
        }
    }
}

/// An app changes its registration, or signs out, while it is migrated.
pub(crate) async fn what_an_app_does_meanwhile_counts(runtime: impl Runtime + Clone) {
    let emulator = Emulator::start().await.unwrap();
    let app = client(&emulator, runtime.clone());
    let old = app.create_registration(gcm("one", &["a"])).await.unwrap();
    let id = old.id().unwrap().to_owned();

    // It changes its tags just before the old registration is deleted, once.
    let changes = Arc::new(Mutex::new(vec!["late"]));
    let (changing, its) = (app.clone(), id.clone());
    let before: Hook = Arc::new(move |method: &Method, path: &str| {
        let change =
            (method == Method::DELETE && path.ends_with(&its)).then(|| changes.lock().unwrap().pop());
        let (app, id) = (changing.clone(), its.clone());
        Box::pin(async move {
            if let Some(tag) = change.flatten() {
                app.upsert_registration(id, gcm("one", &[tag])).await.unwrap();
            }
        })
    });
    let meddled =
        hooked(builder(&emulator, runtime.clone()), before, nothing()).build().unwrap().hub(hub(&emulator));
    let totals = meddled.migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
    assert_eq!((totals.migrated, totals.looked_at()), (1, 1));
    assert_eq!(state(&app).await, State::from([(told(&fcm_v1("one", &["late"])), 1)]));

    // It signs out after the list was read.
    let old = app.create_registration(gcm("two", &["a"])).await.unwrap();
    let (leaving, its) = (app.clone(), old.id().unwrap().to_owned());
    let before: Hook = Arc::new(move |method: &Method, path: &str| {
        let leaves = method == Method::GET && path.ends_with(&its);
        let (app, id) = (leaving.clone(), its.clone());
        Box::pin(async move {
            if leaves {
                app.delete_registration(id).await.unwrap();
            }
        })
    });
    let meddled = hooked(builder(&emulator, runtime), before, nothing()).build().unwrap().hub(hub(&emulator));
    let totals = meddled.migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
    assert_eq!((totals.gone, totals.looked_at()), (1, 1));
    assert_eq!(state(&app).await.len(), 1);
}

pub(crate) async fn a_migration_waits_while_it_is_throttled(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let (runtime, waits) = patient(runtime);
    // The connect timeout is a sleep, too.
    let patient = builder(&emulator, runtime).connect_timeout(Duration::from_secs(30));
    let client = patient.build().unwrap().hub(hub(&emulator));
    for i in 0..5 {
        client.create_registration(gcm(&format!("t{i}"), &["a"])).await.unwrap();
    }
    emulator.add_fault(Fault::status(429).retry_after(1).every(4).times(5)).unwrap();
    let totals = client.migrate_gcm_to_fcm_v1().in_flight(2).run().finish().await.unwrap();
    assert_eq!((totals.migrated, totals.failed), (5, 0));
    assert!(!waits.lock().unwrap().is_empty());
    assert!(state(&client).await.keys().all(|told| told.starts_with("fcmv1")));
}

pub(crate) async fn a_migration_stops_at_what_all_would_meet(runtime: impl Runtime + Clone) {
    let emulator = Emulator::start().await.unwrap();
    let whole = client(&emulator, runtime);
    for i in 0..5 {
        whole.create_registration(gcm(&format!("t{i}"), &["a"])).await.unwrap();
    }
    // A limit leaves the rest for another run.
    let mut limited = whole.migrate_gcm_to_fcm_v1().limit(2).run();
    assert_eq!(limited.finish().await.unwrap().migrated, 2);
    assert!(!limited.is_complete());
    assert_eq!(whole.migrate_gcm_to_fcm_v1().plan().finish().await.unwrap().planned, 3);

    emulator.add_fault(Fault::status(403).operation("UpsertRegistration").times(1)).unwrap();
    let mut run = whole.migrate_gcm_to_fcm_v1().in_flight(1).run();
    let error = run.finish().await.unwrap_err();
    assert!(error.as_service().is_some_and(nh_core::ServiceError::is_forbidden), "{error}");
    assert_eq!((run.totals().looked_at(), run.is_complete()), (0, false));
    assert!(run.next().await.is_none());

    // What one alone meets leaves the others alone.
    emulator.add_fault(Fault::status(400).operation("UpsertRegistration").times(1)).unwrap();
    let totals = whole.migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
    assert_eq!((totals.failed, totals.migrated), (1, 2));

    let wrong = Hub::from_connection_string(emulator.namespace_connection_string(), "nobody").unwrap();
    assert!(whole.hub(wrong).migrate_gcm_to_fcm_v1().run().finish().await.is_err());
    let credential = Credential::shared_access_key("RootManageSharedAccessKey", "c2VjcmV0").unwrap();
    let url = format!("https://localhost:{}", emulator.address().port());
    let wrong = Hub::new(url, emulator.hub(), credential).unwrap();
    assert!(whole.hub(wrong).migrate_gcm_to_fcm_v1().plan().finish().await.is_err());
}

/// The successor's life begins when it is stored, and lasts as long as the hub says.
pub(crate) async fn a_successor_lives_as_long_as_the_hub_says(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    let namespace = Namespace::from_connection_string(emulator.namespace_connection_string()).unwrap();
    let namespace = client.transport().namespace(namespace);
    let month = RegistrationTtl::After(Duration::from_secs(30 * 86_400));
    let short = HubDescription::new().with_registration_ttl(month).unwrap();
    namespace.create_hub("short", short).await.unwrap();
    let short =
        client.hub(Hub::from_connection_string(emulator.namespace_connection_string(), "short").unwrap());
    let old = short.create_registration(gcm("one", &["a"])).await.unwrap();
    emulator.advance(Duration::from_secs(10 * 86_400));
    short.migrate_gcm_to_fcm_v1().run().finish().await.unwrap();
    let new = short.list_registrations().next().await.unwrap().unwrap();
    let later = new.expiration_time().unwrap() - old.expiration_time().unwrap();
    assert_eq!(later.whole_days(), 10);
}
