//! What a hub holds, over TLS, against the emulator, which judges the requests by its own reading.

use crate::calls::{alert, client, emulator, hub};
use nh_core::credentials::{BrowserCredential, FcmV1Credential, GcmCredential};
use nh_core::retry::RetryPolicy;
use nh_core::{
    AccessRight, Audience, AuthorizationRule, Credential, DeviceHandle, GetRegistration, Hub, HubDescription,
    IfMatch, Installation, InstallationChange, InstallationTemplate, JobStatus, List, ListRegistrations,
    ListRegistrationsByTag, Namespace, Notification, Platform, PnsHandle, PushSubscription, Registration,
    RegistrationTemplate, RegistrationTtl, SasUri, SecondaryTile, ServiceError, SubmitJob,
    UpdateRegistration, job,
};
use nh_emulator::{Emulator, Fault};
use nh_hyper::{CallOptions, Client, Error, Items, NamespaceClient, Runtime};
use std::collections::BTreeSet;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn refusal(error: &Error) -> &ServiceError {
    error.as_service().unwrap_or_else(|| panic!("{error}"))
}

fn handles() -> [PnsHandle; 9] {
    [
        PnsHandle::apple("AB12").unwrap(),
        PnsHandle::fcm_v1("fcm:token+/=&x").unwrap(),
        PnsHandle::gcm("g'1").unwrap(),
        PnsHandle::windows("https://db5p.notify.windows.com/?token=a%2fb&c=1").unwrap(),
        PnsHandle::windows_phone("http://s.notify.live.net/u/1").unwrap(),
        PnsHandle::adm("amzn1").unwrap(),
        PnsHandle::baidu("u", "c").unwrap(),
        PnsHandle::browser(subscription("tBHI")).unwrap(),
        PnsHandle::xiaomi("x").unwrap(),
    ]
}

/// What was sent, but for what the service adds.
fn same(read: &Registration, sent: &Registration) {
    assert_eq!(
        (read.handle(), read.tags(), read.push_variables(), read.template(), read.secondary_tile()),
        (sent.handle(), sent.tags(), sent.push_variables(), sent.template(), sent.secondary_tile())
    );
}

async fn all(mut items: Items<Registration>) -> Vec<Registration> {
    let mut all = Vec::new();
    while let Some(item) = items.next().await {
        all.push(item.unwrap());
    }
    all
}

pub(crate) async fn registrations_of_every_kind(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    for handle in handles() {
        let native = Registration::new(handle.clone())
            .with_tags(["a", "b:c"])
            .unwrap()
            .with_push_variable("name", "ü<&\"");
        let template =
            RegistrationTemplate::new("{\"a\":\"$(x)\",\n\"b\":\"]]>\"}").with_name("n & m").unwrap();
        let template = match handle.platform() {
            Platform::Apple => template
                .with_expiry("0")
                .and_then(|template| template.with_priority("10"))
                .and_then(|template| template.with_header("apns-topic", "t")),
            Platform::Windows => template.with_header("X-WNS-Type", "wns/raw"),
            Platform::WindowsPhone => template.with_header("X-NotificationClass", "3"),
            _ => Ok(template),
        };
        let templated = native.clone().with_template(template.unwrap());
        for sent in [native, templated] {
            let created = client.create_registration(sent.clone()).await.unwrap();
            same(&created, &sent);
            let read = client.get_registration(created.id().unwrap()).await.unwrap();
            same(&read, &sent);
            assert_eq!((read.id(), read.etag()), (created.id(), Some("1")));
            assert_eq!(read.expiration_time().unwrap().year(), 9999);
        }
        let found = all(client.list_registrations_by_handle(handle.clone())).await;
        assert_eq!(found.len(), 2, "{handle:?}");
        assert_eq!(client.delete_registrations_by_handle(handle.clone()).await.unwrap(), 2);
        assert_eq!(client.delete_registrations_by_handle(handle).await.unwrap(), 0);
    }
}

pub(crate) async fn a_registration_under_an_id(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let id = client.create_registration_id().await.unwrap();
    let phone = || Registration::new(PnsHandle::gcm("g").unwrap());
    assert!(refusal(&client.get_registration(&id).await.unwrap_err()).is_not_found());
    assert!(!client.registration_exists(&id).await.unwrap());

    let written = client.upsert_registration(&id, phone()).await.unwrap();
    assert_eq!((written.id(), written.etag()), (Some(&*id), Some("1")));
    let again = client.upsert_registration(&id, phone().with_tags(["x"]).unwrap()).await.unwrap();
    assert!(client.registration_exists(&id).await.unwrap());
    assert_eq!((again.etag(), again.tags()), (Some("2"), &["x".to_owned()][..]));

    // Somebody else's version.
    let stale = client.update_registration(written.with_tags(["y"]).unwrap()).await.unwrap_err();
    assert!(refusal(&stale).is_precondition_failed());
    let updated = client.update_registration(again.with_tags(["y"]).unwrap()).await.unwrap();
    assert_eq!(updated.etag(), Some("3"));
    let any = UpdateRegistration::new(&*id, phone(), IfMatch::ANY).unwrap();
    assert_eq!(client.execute(&any).await.unwrap().etag(), Some("4"));
    let nobody = UpdateRegistration::new("1-2-3", phone(), IfMatch::ANY).unwrap();
    assert!(refusal(&client.execute(&nobody).await.unwrap_err()).is_not_found());

    let etag = |etag| IfMatch::etag(etag).unwrap();
    let error = client.delete_registration_if_match(&id, etag("3")).await.unwrap_err();
    assert!(refusal(&error).is_precondition_failed());
    client.delete_registration_if_match(&id, etag("4")).await.unwrap();
    assert!(refusal(&client.delete_registration(&id).await.unwrap_err()).is_not_found());
}

pub(crate) async fn lists_page_by_page(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    for i in 0..12 {
        let phone = Registration::new(PnsHandle::gcm(format!("g{i}")).unwrap());
        let tags = if i % 2 == 0 { ["even", "room#4"] } else { ["odd", "room#4"] };
        client.create_registration(phone.with_tags(tags).unwrap()).await.unwrap();
    }
    // Ten demo devices are there already.
    let everything = all(client.list(ListRegistrations::new().top(5))).await;
    assert_eq!(everything.len(), 22);
    let mut ids: Vec<_> = everything.iter().map(Registration::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 22);
    assert_eq!(all(client.list_registrations()).await.len(), 22);
    assert_eq!(all(client.list(ListRegistrationsByTag::new("even").unwrap().top(4))).await.len(), 6);
    assert_eq!(all(client.list_registrations_by_tag("room#4").unwrap()).await.len(), 12);
    assert_eq!(all(client.list_registrations_by_tag("nobody").unwrap()).await, []);

    // One page after the other, by hand; and from a token that was kept.
    let page = client.execute(&ListRegistrations::new().top(20)).await.unwrap();
    let token = page.next.as_ref().unwrap().continuation_token().unwrap().to_owned();
    let rest = ListRegistrations::new().top(20).after(&token).unwrap();
    let last = client.execute(&rest).await.unwrap();
    assert_eq!((page.items.len(), last.items.len(), last.next.is_none()), (20, 2, true));
}

/// A page that fails is asked for again, and a list goes on in another client.
pub(crate) async fn a_list_loses_nothing(runtime: impl Runtime + Clone) {
    let emulator = emulator().await;
    let once = CallOptions::new().retry(RetryPolicy::NEVER);
    let once = client(&emulator, runtime.clone()).with_options(once);
    let id = |registration: Registration| registration.id().unwrap().to_owned();

    let mut items = once.list(ListRegistrations::new().top(3));
    assert_eq!(items.continuation_token(), None);
    let mut ids = vec![id(items.next().await.unwrap().unwrap())];
    emulator.add_fault(Fault::status(500).times(2)).unwrap();
    let mut failures = 0;
    while let Some(item) = items.next().await {
        match item {
            Ok(registration) => ids.push(id(registration)),
            Err(error) => failures += usize::from(error.as_service().unwrap().is_server_busy()),
        }
    }
    assert_eq!((ids.len(), failures), (10, 2));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 10);

    let mut begun = once.list(ListRegistrations::new().top(3));
    for _ in 0..3 {
        begun.next().await.unwrap().unwrap();
    }
    let token = begun.continuation_token().unwrap().to_owned();
    let rest = client(&emulator, runtime).list(ListRegistrations::new().top(3).after(&token).unwrap());
    assert_eq!(rest.continuation_token(), Some(&*token));
    assert_eq!(all(rest).await.into_iter().map(id).collect::<Vec<_>>(), ids[3..]);
}

pub(crate) async fn a_key_that_may_only_register(runtime: impl Runtime) {
    let emulator = emulator().await;
    let text = emulator.listen_only_connection_string();
    let client = client(&emulator, runtime).hub(Hub::from_connection_string(text, emulator.hub()).unwrap());
    let phone = PnsHandle::gcm("g").unwrap();
    let created = client.create_registration(Registration::new(phone.clone())).await.unwrap();
    client.delete_registration(created.id().unwrap()).await.unwrap();
    assert_eq!(all(client.list_registrations_by_handle(phone)).await, []);
    let error = client.list_registrations().next().await.unwrap().unwrap_err();
    assert!(refusal(&error).is_forbidden());
    assert!(refusal(&client.list_jobs().await.unwrap_err()).is_forbidden());
}

pub(crate) async fn installations_of_every_platform(runtime: impl Runtime) {
    use Platform::{
        Adm, Apple as Apns, Baidu, Browser, FcmV1, Gcm, Windows as Wns, WindowsPhone as Mpns, Xiaomi,
    };
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    for platform in [Adm, Apns, Baidu, Browser, FcmV1, Gcm, Mpns, Wns, Xiaomi] {
        let channel = match platform {
            Browser => DeviceHandle::browser(subscription("tBHI")),
            Wns => DeviceHandle::new("https://db5p.notify.windows.com/?token=a%2fb&c=1"),
            Mpns => DeviceHandle::new("http://sn1.notify.example/throttled/01.00/m1"),
            Apns => DeviceHandle::new("00AB"),
            _ => DeviceHandle::new("HANDLE-1"),
        };
        let sent = Installation::new("sid.1-a_B", platform.clone(), channel.unwrap())
            .unwrap()
            .with_tags(["a"])
            .unwrap()
            .with_push_variable("名前", "☃");
        client.put_installation(sent.clone()).await.unwrap();
        let read = client.get_installation(sent.id()).await.unwrap();
        assert_eq!(
            (read.id(), read.platform(), read.push_channel(), read.tags(), read.push_variables()),
            (sent.id(), &platform, sent.push_channel(), sent.tags(), sent.push_variables())
        );
        assert_eq!(read.push_channel_expired(), Some(false));
        // What was read can be put back.
        client.put_installation(read.with_tags(["b"]).unwrap()).await.unwrap();
        assert_eq!(client.get_installation(sent.id()).await.unwrap().tags(), ["b"]);
        let tag = nh_core::Tag::new("b").unwrap();
        assert_eq!(all(client.list_registrations_by_tag(tag).unwrap()).await.len(), 1);
        assert!(client.installation_exists(sent.id()).await.unwrap());
        client.delete_installation(sent.id()).await.unwrap();
        assert!(!client.installation_exists(sent.id()).await.unwrap());
        client.delete_installation(sent.id()).await.unwrap();
        assert!(refusal(&client.get_installation(sent.id()).await.unwrap_err()).is_not_found());
    }
}

pub(crate) async fn an_installation_is_changed(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let toast = |text: &str| {
        InstallationTemplate::new(format!("<toast><t>{text}</t></toast>"))
            .with_header("X-WNS-Type", "wns/toast")
            .unwrap()
    };
    let pc = Installation::new("pc", Platform::Windows, "https://a/1")
        .unwrap()
        .with_user("alice@contoso.com")
        .unwrap()
        .with_tags(["sports"])
        .unwrap()
        .with_template("greeting card", toast("$(greeting)"))
        .with_secondary_tile(
            "tile",
            SecondaryTile::new("https://a/tile").unwrap().with_tags(["tiny"]).unwrap(),
        );
    client.put_installation(pc).await.unwrap();

    let changes = [
        InstallationChange::push_channel("https://a/2").unwrap(),
        InstallationChange::add_tag("news").unwrap(),
        InstallationChange::remove_tag("sports").unwrap(),
        InstallationChange::remove_user(),
        InstallationChange::template("a/b", &toast("$(other)")).unwrap(),
        InstallationChange::template_body("greeting card", "<toast><t>{$(greeting) + '!'}</t></toast>")
            .unwrap(),
        InstallationChange::push_channel("https://a/tile2").unwrap().in_secondary_tile("tile").unwrap(),
    ];
    client.patch_installation("pc", changes).await.unwrap();
    let read = client.get_installation("pc").await.unwrap();
    assert_eq!(
        (read.push_channel().handle(), read.user(), read.tags()),
        ("https://a/2", None, &["news".to_owned()][..])
    );
    assert_eq!(read.templates()["a/b"].tags(), ["a/b"]);
    assert_eq!(read.secondary_tiles()["tile"].push_channel(), "https://a/tile2");

    // It receives what its templates make of a notification.
    let greeting = Notification::template([("greeting", "Hello"), ("other", "World")]).unwrap();
    client.send(greeting, Audience::installation("pc").unwrap()).await.unwrap();
    let mut payloads: Vec<_> = emulator.inbox().into_iter().map(|delivery| delivery.payload).collect();
    payloads.sort();
    assert_eq!(payloads, ["<toast><t>Hello!</t></toast>", "<toast><t>World</t></toast>"]);

    let change = || [InstallationChange::remove_template("none")];
    assert!(refusal(&client.patch_installation("pc", change()).await.unwrap_err()).is_bad_request());
    assert!(refusal(&client.patch_installation("nobody", change()).await.unwrap_err()).is_not_found());
    let removals = [
        InstallationChange::remove_template("a/b"),
        InstallationChange::remove_secondary_tile("tile"),
        InstallationChange::user("bob").unwrap(),
        InstallationChange::secondary_tile("t2", &SecondaryTile::new("https://a/t2").unwrap()).unwrap(),
    ];
    client.patch_installation("pc", removals).await.unwrap();
    let read = client.get_installation("pc").await.unwrap();
    assert_eq!((read.templates().len(), read.user()), (1, Some("bob")));
    assert_eq!(read.secondary_tiles().keys().collect::<Vec<_>>(), ["t2"]);
}

pub(crate) async fn what_the_service_refuses_of_an_installation(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let pigeon = r#"{"installationId":"1","platform":"pigeon","pushChannel":"x"}"#;
    let error =
        client.put_installation(serde_json::from_str::<Installation>(pigeon).unwrap()).await.unwrap_err();
    let said = refusal(&error).message().unwrap().to_owned();
    assert!(said.starts_with("Installation validation failed") && said.contains("pigeon"), "{said}");
}

fn subscription(auth: &str) -> PushSubscription {
    let (endpoint, p256dh) = ("https://push.example/1".to_owned(), "BNcR".to_owned());
    PushSubscription { endpoint, p256dh, auth: auth.to_owned() }
}

fn uri(emulator: &Emulator, path: &str) -> SasUri {
    SasUri::new(emulator.container_uri(path)).unwrap()
}

pub(crate) async fn jobs(runtime: impl Runtime) {
    let emulator = emulator().await;
    let client = client(&emulator, runtime);
    let template = RegistrationTemplate::new("{\"a\":\r\n\"$(x)\"}");
    let phone = Registration::new(PnsHandle::gcm("g1").unwrap()).with_tags(["imported"]).unwrap();
    let file = [phone.clone(), phone.with_template(template)].map(|phone| job::import_line(&phone).unwrap());
    emulator.write_blob("in/phones.txt", format!("{}\nnonsense\n{}\n", file[0], file[1]));

    let (input, output) = (uri(&emulator, "in/phones.txt"), uri(&emulator, "out"));
    let submitted = client.submit_job(SubmitJob::import_create(input, output.clone())).await.unwrap();
    assert_eq!((&submitted.status, submitted.progress), (&JobStatus::Started, 0.0));
    let done = client.wait_for_job(submitted.job_id, MINUTE).await.unwrap();
    assert_eq!(done.status, JobStatus::Completed);
    let read = |path: Option<&str>| {
        let file = emulator.read_blob(path.unwrap()).unwrap();
        String::from_utf8(file.to_vec()).unwrap()
    };
    let (written, failed) = (read(done.output_file_path()), read(done.failed_file_path()));
    let created: Vec<_> =
        job::lines(&written).map(|line| (line.number, line.registration().unwrap())).collect();
    assert_eq!(created.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [Some(1), Some(3)]);
    let failures: Vec<_> = job::lines(&failed).map(|line| line.number).collect();
    assert_eq!(failures, [Some(2)]);
    assert_eq!(all(client.list_registrations_by_tag("imported").unwrap()).await.len(), 2);

    // What was exported can be imported: to delete.
    let exported = client.submit_job(SubmitJob::export(output.clone())).await.unwrap();
    let exported = client.get_job(exported.job_id).await.unwrap();
    let file = read(exported.output_file_path());
    assert_eq!(job::lines(&file).filter(|line| line.registration().is_ok()).count(), 12);
    emulator.write_blob("in/all.txt", file);
    let input = || uri(&emulator, "in/all.txt");
    for (submit, left) in [
        (SubmitJob::import_upsert(input(), output.clone()), 12),
        (SubmitJob::import_update(input(), output.clone()), 12),
        (SubmitJob::import_delete(input(), output.clone()), 0),
    ] {
        client.submit_job(submit).await.unwrap();
        assert_eq!(all(client.list_registrations()).await.len(), left);
    }
    let all = client.list_jobs().await.unwrap();
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|job| job.status == JobStatus::Completed));

    let elsewhere = SasUri::new("https://acct.blob.core.windows.net/c?sig=sesame").unwrap();
    let lost = client.submit_job(SubmitJob::export(elsewhere)).await.unwrap();
    let lost = client.wait_for_job(lost.job_id, MINUTE).await.unwrap();
    assert_eq!(lost.status, JobStatus::Failed);
    assert!(!lost.failure.unwrap().contains("sesame"));
    assert!(refusal(&client.get_job("none").await.unwrap_err()).is_not_found());
}

pub(crate) async fn the_feedback_container(runtime: impl Runtime) {
    let emulator = emulator().await;
    let container = client(&emulator, runtime).get_feedback_container().await.unwrap();
    assert!(container.as_str().starts_with(&format!("https://localhost:{}/", emulator.address().port())));
}

fn namespace(emulator: &Emulator, client: &Client) -> NamespaceClient {
    client
        .transport()
        .namespace(Namespace::from_connection_string(emulator.namespace_connection_string()).unwrap())
}

/// A key has 256 bits: the service takes no other.
const KEYS: [&str; 2] =
    ["c2VzYW1lLTEtc2VzYW1lLTEtc2VzYW1lLTEtc2VzLTE=", "c2VzYW1lLTItc2VzYW1lLTItc2VzYW1lLTItc2VzLTI="];

pub(crate) async fn hubs(runtime: impl Runtime) {
    let emulator = emulator().await;
    let namespace = namespace(&emulator, &client(&emulator, runtime));
    assert_eq!(namespace.list_hubs().await.unwrap(), ["demo-hub"]);
    assert!(refusal(&namespace.get_hub("news").await.unwrap_err()).is_not_found());
    let absent = namespace.update_hub("news", HubDescription::new()).await.unwrap_err();
    assert!(refusal(&absent).is_not_found());

    let rule = AuthorizationRule::new("backend", [AccessRight::Send])
        .and_then(|rule| rule.with_primary_key(KEYS[0]))
        .and_then(|rule| rule.with_secondary_key(KEYS[1]))
        .unwrap();
    let fcm_v1 = FcmV1Credential { project_id: "p", client_email: "e", private_key: "a\nb\n" };
    let browser = BrowserCredential { subject: "mailto:a", vapid_public_key: "p", vapid_private_key: "s" };
    let sent = HubDescription::new()
        .with_credential(fcm_v1)
        .and_then(|hub| hub.with_credential(GcmCredential { google_api_key: "g" }))
        .and_then(|hub| hub.with_credential(browser))
        .and_then(|hub| hub.with_authorization_rule(rule))
        .unwrap();
    let created = namespace.create_hub("News", sent.clone()).await.unwrap();
    assert_eq!(created.name(), Some("News"));
    assert_eq!(created.credential(&Platform::FcmV1), sent.credential(&Platform::FcmV1));
    assert_eq!(created.registration_ttl(), Some(RegistrationTtl::Never));
    assert!(namespace.hub_exists("news").await.unwrap() && !namespace.hub_exists("sports").await.unwrap());
    let again = namespace.create_hub("news", HubDescription::new()).await.unwrap_err();
    assert!(refusal(&again).is_conflict());
    assert_eq!(namespace.list_hubs().await.unwrap(), ["demo-hub", "News"]);

    // The hub's own rule lets its holder send, and do nothing else.
    let backend = Credential::shared_access_key("backend", KEYS[1]).unwrap();
    let news = Hub::new(namespace.target().uri().to_string(), "news", backend).unwrap();
    let news = namespace.transport().hub(news);
    news.send(alert(), Audience::EVERYONE).await.unwrap();
    assert!(refusal(&news.get_registration("1").await.unwrap_err()).is_forbidden());

    let disabled =
        created.with_disabled(true).with_registration_ttl(Duration::from_secs(90 * 86_400)).unwrap();
    let disabled = namespace.update_hub("news", disabled).await.unwrap();
    assert_eq!(
        (disabled.is_disabled(), disabled.registration_ttl()),
        (true, Some(RegistrationTtl::After(Duration::from_secs(90 * 86_400))))
    );
    assert_eq!(namespace.get_hub("news").await.unwrap().credentials().len(), 3);
    assert!(refusal(&news.send(alert(), Audience::EVERYONE).await.unwrap_err()).is_forbidden());

    namespace.delete_hub("news").await.unwrap();
    assert!(refusal(&namespace.delete_hub("news").await.unwrap_err()).is_not_found());
}

/// What holds secrets is dumped without its body.
pub(crate) async fn no_dump_shows_a_secret(runtime: impl Runtime) {
    let emulator = emulator().await;
    let written = crate::calls::Shared::default();
    let builder = crate::calls::builder(&emulator, runtime);
    let client = builder.dump(written.clone()).build().unwrap().hub(hub(&emulator));
    let browser = PnsHandle::browser(subscription("sesame")).unwrap();
    let created = client.create_registration(Registration::new(browser.clone())).await.unwrap();
    client.execute(&GetRegistration::new(created.id().unwrap()).unwrap()).await.unwrap();
    assert_eq!(all(client.list_registrations_by_handle(browser)).await.len(), 1);
    let device = DeviceHandle::browser(subscription("sesame")).unwrap();
    let installation = Installation::new("1", Platform::Browser, device.clone()).unwrap();
    client.put_installation(installation).await.unwrap();
    client.get_installation("1").await.unwrap();
    client.patch_installation("1", [InstallationChange::push_channel(device).unwrap()]).await.unwrap();
    let secret = SasUri::new("https://acct/c?sig=sesame").unwrap();
    let job = client.submit_job(SubmitJob::export(secret)).await.unwrap();
    client.get_job(job.job_id).await.unwrap();
    client.list_jobs().await.unwrap();
    let namespace = namespace(&emulator, &client);
    let hub = HubDescription::new().with_credential(GcmCredential { google_api_key: "sesame" }).unwrap();
    namespace.create_hub("news", hub).await.unwrap();
    namespace.get_hub("news").await.unwrap();
    let text = written.text();
    assert!(text.contains("PUT /news?api-version=2020-06") && text.contains("[confidential, "), "{text}");
    assert!(!text.contains("sesame"), "{text}");
}
