//! Receipts to the end, against the emulator: outcomes, feedback, installations, pruning.

use crate::calls::{Shared, alert, builder, client, emulator, hub};
use crate::runtimes::Patient;
use crate::waiting::{Clock, Virtual};
use futures_lite::future::{yield_now, zip};
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::{
    FeedbackPosition, Hub, Installation, InstallationChange, InstallationTemplate, KeptBecause,
    ListedInstallation, NotificationState, Platform, PnsHandle, Prunable, PushSubscription, Registration,
    Tag,
};
use nh_emulator::{Emulator, Rejection};
use nh_hyper::{Client, ListedInstallations, NotificationEnd, Outcomes, Runtime, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

async fn all_of(mut outcomes: Outcomes<'_>) -> Vec<NotificationEnd> {
    let mut all = Vec::new();
    while let Some(end) = outcomes.next().await {
        all.push(end);
    }
    all
}

pub(crate) async fn each_outcome_comes_once(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let mut ids = BTreeSet::new();
    for _ in 0..40 {
        ids.insert(client.send(alert(), "sports").await.unwrap().notification_id.unwrap());
    }
    let given = ids.iter().map(String::as_str).chain(["NH-unknown", ""]);
    let ends = all_of(client.outcomes(given, Duration::ZERO).at_once(7).in_flight(3)).await;
    assert_eq!(ends.len(), 42);
    for NotificationEnd { notification_id, details, .. } in ends {
        match details {
            Ok(details) => {
                assert_eq!(details.state, NotificationState::Completed);
                assert!(ids.remove(&notification_id), "{notification_id} came twice");
            }
            Err(error) => match &*notification_id {
                "NH-unknown" => assert!(error.is_not_found(), "{error}"),
                _ => assert!(error.is_build(), "{error}"),
            },
        }
    }
    assert!(ids.is_empty(), "{ids:?}");
}

/// A client of a service where each notification is done at the look that its id names; and its clock, and the looks at each.
fn slow(runtime: impl Runtime) -> (Client, Clock, Arc<Mutex<BTreeMap<String, u64>>>) {
    let looks = Arc::<Mutex<BTreeMap<String, u64>>>::default();
    let seen = looks.clone();
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let id = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let mut seen = seen.lock().unwrap();
        let look = seen.entry(id.clone()).or_default();
        *look += 1;
        let done = id.parse::<u64>().is_ok_and(|done| *look >= done);
        let state = if done { "Completed" } else { "Processing" };
        let namespace = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
        let xml =
            format!("<NotificationDetails xmlns='{namespace}'><State>{state}</State></NotificationDetails>");
        std::future::ready(Ok::<_, io::Error>(Response::new(Full::new(Bytes::from(xml)))))
    });
    let clock = Clock::default();
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l";
    let runtime = Virtual { inner: runtime, began: Instant::now(), clock: clock.clone() };
    let transport = Transport::builder_on(runtime).service(service).build().unwrap();
    (transport.hub(Hub::from_connection_string(text, "news").unwrap()), clock, looks)
}

pub(crate) async fn outcomes_come_when_they_are_final(runtime: impl Runtime) {
    let (client, _, looks) = slow(runtime);
    let ids = ["5", "1", "3", "2"];
    let ends = all_of(client.outcomes(ids, Duration::from_secs(1800))).await;
    // Where tasks have threads of their own and no wait takes time, any may be the first.
    let given: BTreeSet<_> = ends.iter().map(|end| end.notification_id.as_str()).collect();
    assert_eq!((given, ends.len()), (BTreeSet::from(ids), ids.len()));
    assert!(ends.iter().all(|end| end.details.as_ref().unwrap().state == NotificationState::Completed));
    let looks = looks.lock().unwrap().clone();
    assert_eq!(looks, ids.iter().map(|id| ((*id).to_owned(), id.parse().unwrap())).collect());
}

pub(crate) async fn the_time_bounds_all_outcomes(runtime: impl Runtime) {
    let (client, clock, _) = slow(runtime);
    // One after the other: those that come late have no time left, and are looked at once.
    let ids = ["1", "never", "nor this", "1"];
    let time = Duration::from_secs(25);
    let ends = all_of(client.outcomes(ids, time).at_once(1)).await;
    let states: Vec<_> = ends.iter().map(|end| end.details.as_ref().unwrap().state.as_str()).collect();
    assert_eq!(states, ["Completed", "Processing", "Processing", "Completed"]);
    assert_eq!(clock.now(), time);
    let nobody: [&str; 0] = [];
    assert!(all_of(client.outcomes(nobody, time)).await.is_empty());
}

/// A document of feedback.
fn report(platform: &Platform, handle: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback \
         xmlns=\"http://schemas.microsoft.com/netservices/2010/10/servicebus/connect\">\
         <FeedbackTime>2026-11-26T10:00:00Z</FeedbackTime><NotificationSystemError>BadChannel</NotificationSystemError>\
         <Platform>{platform}</Platform><PnsHandle>{handle}</PnsHandle>{more}</PnsFeedback>"
    )
}

fn write(emulator: &Emulator, blob: &str, content: &str) {
    emulator.write_blob(&format!("feedback-{}/{blob}", emulator.hub()), content.to_owned());
}

async fn handles(client: &Client, from: FeedbackPosition) -> (Vec<String>, FeedbackPosition) {
    let mut feedback = client.read_feedback(from);
    let mut all = Vec::new();
    while let Some(dead) = feedback.next().await {
        all.push(dead.unwrap().feedback.pns_handle.unwrap());
    }
    (all, feedback.position().clone())
}

pub(crate) async fn feedback_is_read_where_it_was_left(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    assert_eq!(handles(&client, FeedbackPosition::START).await.0, [""; 0]);
    // The emulator writes what its push services say.
    for handle in ["00AA", "00BB"] {
        let phone = Registration::new(PnsHandle::apple(handle).unwrap()).with_tags(["mine"]).unwrap();
        client.create_registration(phone).await.unwrap();
    }
    let dies = |handle| {
        emulator.reject(emulator.hub(), &Platform::Apple, handle, Some(Rejection::ExpiredChannel)).unwrap();
    };
    dies("00AA");
    client.send(alert(), "mine").await.unwrap();
    let (read, position) = handles(&client, FeedbackPosition::START).await;
    assert_eq!(read, ["00AA"]);
    dies("00BB");
    client.send(alert(), "mine").await.unwrap();
    let (read, position) = handles(&client, position.to_string().parse().unwrap()).await;
    assert_eq!(read, ["00BB"]);
    // A new day has a new blob.
    write(&emulator, "11252026", &report(&Platform::Gcm, "g", ""));
    assert_eq!(handles(&client, position).await.0, ["g"]);
}

pub(crate) async fn what_is_written_meanwhile_is_followed(runtime: impl Runtime) {
    let emulator = emulator().await;
    let pause = Duration::from_millis(1);
    let pauses = Arc::<Mutex<Vec<Duration>>>::default();
    let runtime = Patient { inner: runtime, waits: pauses.clone(), longest: pause };
    let client = client(&emulator, runtime);
    let mut feedback = client.follow_feedback(FeedbackPosition::START).every(pause);
    let whole = report(&Platform::Gcm, "1", "") + &report(&Platform::Gcm, "2", "");
    let half = report(&Platform::Gcm, "1", "").len() + 120;
    let rounds = async |count: usize| {
        let before = pauses.lock().unwrap().len();
        while pauses.lock().unwrap().len() < before + count {
            yield_now().await;
        }
    };
    let writer = async {
        rounds(2).await;
        write(&emulator, "11262026", &whole[..half]);
    };
    let (dead, ()) = zip(feedback.next(), writer).await;
    assert_eq!(dead.unwrap().unwrap().feedback.pns_handle.as_deref(), Some("1"));
    // The rest comes before a round has passed.
    write(&emulator, "11262026", &whole);
    let dead = feedback.next().await.unwrap().unwrap();
    assert_eq!(dead.feedback.pns_handle.as_deref(), Some("2"));
    assert_eq!(feedback.position().of("11262026"), whole.len() as u64);
}

pub(crate) async fn no_dump_shows_the_signature_of_the_container(runtime: impl Runtime) {
    let emulator = emulator().await;
    let written = Shared::default();
    let client = builder(&emulator, runtime).dump(written.clone()).build().unwrap().hub(hub(&emulator));
    write(&emulator, "11262026", &report(&Platform::Gcm, "sesame", ""));
    assert_eq!(handles(&client, FeedbackPosition::START).await.0, ["sesame"]);
    let text = written.text();
    let lines: Vec<_> =
        text.lines().filter(|line| line.starts_with("GET /$emulator/storage/feedback-")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines.iter().all(|line| line.contains("&sig=[redacted]&")), "{text}");
    assert!(!text.contains("sesame"), "{text}");
}

async fn ids(mut installations: ListedInstallations) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(installation) = installations.next().await {
        ids.push(installation.unwrap().installation_id);
    }
    ids.sort();
    ids
}

fn phone(id: &str) -> Installation {
    Installation::new(id, Platform::FcmV1, format!("token-{id}")).unwrap()
}

pub(crate) async fn installations_are_listed(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    assert!(ids(client.list_installations()).await.is_empty());
    client.create_registration(Registration::new(PnsHandle::gcm("g").unwrap())).await.unwrap();
    let template = || InstallationTemplate::new(r#"{"message":{"data":{"a":"$(a)"}}}"#);
    let mut expected = Vec::new();
    // More than one page of registrations.
    for i in 0..60 {
        let installation = phone(&format!("phone-{i:02}")).with_user(format!("user-{}", i % 7)).unwrap();
        let installation = installation.with_template("greeting", template()).with_tags(["sports"]).unwrap();
        client.put_installation(&installation).await.unwrap();
        expected.push(installation.id().to_owned());
    }
    assert_eq!(ids(client.list_installations()).await, expected);

    let mut installations = client.list_installations();
    let mut found = None;
    while let Some(installation) = installations.next().await {
        let installation: ListedInstallation = installation.unwrap();
        if installation.installation_id == "phone-08" {
            found = Some(installation);
        }
    }
    let found = found.unwrap();
    assert_eq!(
        (found.user_id.as_deref(), found.tags.as_slice()),
        (Some("user-1"), &["sports".to_owned()][..])
    );
    assert_eq!(found.handle, PnsHandle::fcm_v1("token-phone-08").unwrap());
    assert_eq!(found.expiration_time.unwrap().year(), 9999);
    assert!(found.registration_id.is_some());
}

pub(crate) async fn installations_by_tag_and_user(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    let template =
        InstallationTemplate::new(r#"{"message":{"data":{"a":"$(a)"}}}"#).with_tags(["of template"]);
    assert!(template.is_err());
    let template =
        InstallationTemplate::new(r#"{"message":{"data":{"a":"$(a)"}}}"#).with_tags(["of_template"]).unwrap();
    let bobs = phone("a").with_user("bob").unwrap().with_tags(["sports"]).unwrap();
    client.put_installation(bobs.with_template("t", template)).await.unwrap();
    client.put_installation(phone("b").with_user("bob").unwrap()).await.unwrap();
    client.put_installation(phone("c").with_tags(["sports", "news"]).unwrap()).await.unwrap();
    let by_tag = |tag: &str| client.list_installations_by_tag(Tag::new(tag).unwrap()).unwrap();
    assert_eq!(ids(by_tag("sports")).await, ["a", "c"]);
    assert_eq!(ids(by_tag("news")).await, ["c"]);
    // Only a registration for a template has these.
    assert_eq!(ids(by_tag("of_template")).await, ["a"]);
    assert_eq!(ids(by_tag("t")).await, ["a"]);
    assert_eq!(ids(by_tag("nobody")).await, [""; 0]);
    assert_eq!(ids(client.list_installations_by_user("bob").unwrap()).await, ["a", "b"]);
    assert!(client.list_installations_by_user("bob b").unwrap_err().is_build());
    let listen =
        Hub::from_connection_string(emulator.listen_only_connection_string(), emulator.hub()).unwrap();
    let refused = client.hub(listen).list_installations().next().await.unwrap().unwrap_err();
    assert!(refused.as_service().unwrap().is_forbidden());
}

pub(crate) async fn what_feedback_calls_dead_is_deleted(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    client.put_installation(phone("dead")).await.unwrap();
    client.put_installation(phone("by-handle")).await.unwrap();
    client.put_installation(phone("alive")).await.unwrap();
    client.put_installation(phone("moved")).await.unwrap();
    let subscription = PushSubscription {
        endpoint: "https://push.example/1".into(),
        p256dh: "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
            .into(),
        auth: "tBHItJI5svbpez7KI4CCXg".into(),
    };
    let browser = Registration::new(PnsHandle::browser(subscription).unwrap());
    let browser = client.create_registration(browser).await.unwrap().id().unwrap().to_owned();
    let old = Registration::new(PnsHandle::gcm("old").unwrap());
    let mut olds = Vec::new();
    for _ in 0..2 {
        olds.push(client.create_registration(&old).await.unwrap().id().unwrap().to_owned());
    }
    let fcm = Platform::FcmV1;
    write(
        &emulator,
        "11252026",
        &[
            report(&fcm, "token-dead", "<InstallationId>dead</InstallationId>"),
            report(&fcm, "token-by-handle", ""),
            report(&fcm, "a former one", "<InstallationId>alive</InstallationId>"),
            report(&Platform::Gcm, "old", "<RegistrationId>1-2-3</RegistrationId>"),
            report(&Platform::Gcm, "old", "<RegistrationId>1-2-3</RegistrationId>"),
            report(&Platform::Gcm, "nobody's", ""),
            report(&fcm, "token-moved", ""),
            report(&fcm, "token-moved", "<NewPnsHandle>to here</NewPnsHandle>"),
            report(
                &Platform::Browser,
                "https://push.example/1",
                &format!("<RegistrationId>{browser}</RegistrationId>"),
            ),
            report(&Platform::Browser, "https://push.example/2", ""),
            "<?xml version='1.0'?><Pns".to_owned(),
        ]
        .concat(),
    );
    let plan = client.plan_prune(FeedbackPosition::START).await.unwrap();
    let planned: BTreeSet<_> = plan.deletions.iter().map(|deletion| deletion.what.to_string()).collect();
    let mut expected = BTreeSet::from(["installation dead".to_owned(), "installation by-handle".to_owned()]);
    expected.extend(olds.iter().chain([&browser]).map(|id| format!("registration {id}")));
    assert_eq!(planned, expected);
    assert_eq!(plan.deletions.len(), planned.len());
    let mut kept: Vec<_> = plan.kept.iter().map(|kept| kept.because.to_string()).collect();
    kept.sort();
    let mut expected = [
        KeptBecause::HasAnotherHandle,
        KeptBecause::Gone,
        KeptBecause::HasANewHandle,
        KeptBecause::CannotBeFound,
    ]
    .map(|because| because.to_string());
    expected.sort();
    assert_eq!(kept, expected);
    assert_eq!((plan.reports, plan.unread.len(), plan.failed.len()), (10, 1, 0));
    // A plan changes nothing.
    assert!(client.installation_exists("dead").await.unwrap());

    let mut prune = client.prune(plan.deletions);
    let report = prune.finish().await;
    assert_eq!((report.deleted, report.gone, report.kept, report.failed), (5, 0, 0, 0));
    assert_eq!(ids(client.list_installations()).await, ["alive", "moved"]);
    assert!(client.list_registrations_by_handle(old.handle().clone()).next().await.is_none());
    assert!(!client.registration_exists(browser).await.unwrap());
    let again = client.plan_prune(FeedbackPosition::START).await.unwrap();
    assert!(again.deletions.is_empty(), "{again:?}");
    assert!(client.plan_prune(again.position).await.unwrap().kept.is_empty());
}

pub(crate) async fn what_has_changed_since_is_kept(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    client.put_installation(phone("i")).await.unwrap();
    let registration = Registration::new(PnsHandle::gcm("g").unwrap());
    let registration = client.create_registration(registration).await.unwrap();
    let reports = report(&Platform::FcmV1, "token-i", "") + &report(&Platform::Gcm, "g", "");
    write(&emulator, "11262026", &reports);
    let plan = client.plan_prune(FeedbackPosition::START).await.unwrap();
    assert_eq!(plan.deletions.len(), 2);
    // Both devices come back with new handles.
    client.patch_installation("i", [InstallationChange::push_channel("new").unwrap()]).await.unwrap();
    let id = registration.id().unwrap().to_owned();
    client.upsert_registration(&id, registration.with_handle(PnsHandle::gcm("new").unwrap())).await.unwrap();
    let report = client.prune(plan.deletions).finish().await;
    assert_eq!((report.kept, report.deleted), (2, 0));
    assert!(client.installation_exists("i").await.unwrap() && client.registration_exists(id).await.unwrap());
}

pub(crate) async fn a_plan_can_be_run_twice(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let client = client(&emulator, runtime);
    let mut reports = String::new();
    for i in 0..30 {
        let handle = PnsHandle::gcm(format!("g{i}")).unwrap();
        client.create_registration(Registration::new(handle)).await.unwrap();
        reports += &report(&Platform::Gcm, &format!("g{i}"), "");
    }
    write(&emulator, "11262026", &reports);
    let plan = client.plan_prune(FeedbackPosition::START).await.unwrap();
    assert!(plan.deletions.iter().all(|deletion| matches!(deletion.what, Prunable::Registration(_))));
    let first = client.prune(plan.deletions.clone()).finish().await;
    let second = client.prune(plan.deletions.clone()).finish().await;
    assert_eq!((first.deleted, second.gone, second.deleted), (30, 30, 0));
    // With a key that may not, each says why.
    let nobody = Hub::from_connection_string(emulator.connection_string(), "nobody").unwrap();
    let mut refused = client.hub(nobody).prune(plan.deletions.into_iter().take(2));
    while let Some(end) = refused.next().await {
        assert!(
            end.result.is_err() || end.result.is_ok_and(|pruned| pruned == nh_hyper::prune::Pruned::Gone)
        );
    }
}
