//! One notification to more recipients than one send may carry.

use crate::calls::{alert, client, hub};
use crate::scripted::{Scripted, Step};
use futures_lite::{future, stream};
use http_body_util::{BodyExt, Full};
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::{Credential, Hub, Notification, SendAll};
use nh_emulator::{Emulator, Fault};
use nh_hyper::bulk::{
    Account, BulkError, BulkRun, End, FileJournal, Journal, Opened, PartEnd, Recorded, RunIdentity,
};
use nh_hyper::{Client, Runtime, Transport};
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A runtime whose short waits pass at once. Its clock shows that they have passed. Timeouts never fire.
#[derive(Clone)]
pub(crate) struct Hasty<R> {
    inner: R,
    passed: Arc<Mutex<Duration>>,
}

impl<R> Hasty<R> {
    pub(crate) fn new(inner: R) -> Hasty<R> {
        Hasty { inner, passed: Arc::default() }
    }

    fn passed(&self) -> Duration {
        *self.passed.lock().unwrap()
    }
}

impl<R: Runtime> Runtime for Hasty<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        self.inner.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let passed = self.passed.clone();
        async move {
            if duration > Duration::from_secs(9) {
                std::future::pending::<()>().await;
            }
            *passed.lock().unwrap() += duration;
        }
    }
    fn instant(&self) -> Instant {
        self.inner.instant() + self.passed()
    }
}

/// What a service of ours does with a request.
#[derive(Clone, Copy)]
enum Does {
    Take,
    Refuse(u16, &'static str),
    Nothing,
}

/// A service that has a list of what it does, and takes the rest. It notes the handles that it takes.
#[derive(Clone, Default)]
struct Service {
    does: Arc<Mutex<Vec<Does>>>,
    requests: Arc<Mutex<usize>>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn new(does: &[Does]) -> Service {
        Service { does: Arc::new(Mutex::new(does.iter().rev().copied().collect())), ..Service::default() }
    }

    fn client(&self, runtime: impl Runtime, host: &str) -> Client {
        let service = self.clone();
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let service = service.clone();
            async move { Ok::<_, Infallible>(service.answer(request).await) }
        });
        let credential = Credential::shared_access_key("Full", "c2VjcmV0").unwrap();
        let hub = Hub::new(format!("https://{host}"), "news", credential).unwrap();
        Transport::builder_on(runtime).service(service).build().unwrap().hub(hub)
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Response<Full<Bytes>> {
        *self.requests.lock().unwrap() += 1;
        let does = self.does.lock().unwrap().pop().unwrap_or(Does::Take);
        let mut response = Response::builder();
        match does {
            Does::Nothing => std::future::pending().await,
            Does::Refuse(status, wait) => {
                response = response.status(status);
                if !wait.is_empty() {
                    response = response.header("Retry-After", wait);
                }
            }
            Does::Take => {
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let body = std::str::from_utf8(&body).unwrap();
                let handles = body.lines().find(|line| line.starts_with('[')).unwrap_or("[]");
                let handles: Vec<String> = serde_json::from_str(handles).unwrap();
                self.taken.lock().unwrap().extend(handles);
                response = response.status(201).header("Location", "https://a.test/news/messages/NH-1");
            }
        }
        response.body(Full::new(Bytes::new())).unwrap()
    }

    fn requests(&self) -> usize {
        *self.requests.lock().unwrap()
    }

    /// How many handles were taken, and how many of them more than once.
    fn taken(&self) -> (usize, usize) {
        let mut counts = HashMap::new();
        for handle in self.taken.lock().unwrap().iter() {
            *counts.entry(handle.clone()).or_insert(0) += 1;
        }
        (counts.len(), counts.values().filter(|count| **count > 1).count())
    }
}

fn handles(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{i:064x}")).collect()
}

async fn all_of(run: &mut BulkRun<'_>) -> (Vec<PartEnd>, Option<BulkError>) {
    let mut parts = Vec::new();
    let mut error = None;
    while let Some(part) = run.next().await {
        match part {
            Ok(part) => parts.push(part),
            Err(why) => error = Some(why),
        }
    }
    (parts, error)
}

/// Sent, refused, unknown, not sent, settled earlier.
fn counts(account: Account) -> [u64; 5] {
    assert_eq!(account.recipients, account.sent + account.refused + account.unknown + account.not_sent);
    [account.sent, account.refused, account.unknown, account.not_sent, account.earlier]
}

pub(crate) async fn a_part_that_fails_takes_no_other_with_it(runtime: impl Runtime) {
    let server = Scripted::new(vec![
        Step::answer("201 Created", "TrackingId: t1\r\nLocation: https://a.test/news/messages/NH-1\r\n", ""),
        Step::Close,
        Step::answer("400 Bad Request", "", ""),
        Step::answer("201 Created", "TrackingId: t4\r\n", ""),
    ]);
    let transport = Transport::builder_on(Hasty::new(runtime)).platform_roots(false);
    let client = transport.build().unwrap().hub(server.hub());
    let ids: Vec<String> = (0..70).map(|i| format!("user-{i}")).collect();

    let mut run = client.bulk(SendAll::to_users(alert())).in_flight(1).run(&ids);
    let (parts, error) = all_of(&mut run).await;

    assert!(error.is_none(), "{error:?}");
    let places: Vec<_> = parts.iter().map(|part| (part.number(), part.places())).collect();
    assert_eq!(places, [(1, 1..=20), (2, 21..=40), (3, 41..=60), (4, 61..=70)]);
    let sent = |id: Option<&str>, tracking: &str| End::Sent {
        notification_id: id.map(str::to_owned),
        tracking_id: Some(tracking.to_owned()),
    };
    assert_eq!(parts[0].end(), Some(&sent(Some("NH-1"), "t1")));
    let Some(End::Unknown { reason }) = parts[1].end() else { panic!("{:?}", parts[1]) };
    assert!(reason.contains("tracking id "), "{reason}");
    let Some(End::Refused { reason }) = parts[2].end() else { panic!("{:?}", parts[2]) };
    assert!(reason.contains("400"), "{reason}");
    assert_eq!(parts[3].end(), Some(&sent(None, "t4")));
    assert_eq!(counts(run.account()), [30, 20, 20, 0, 0]);
    assert!(!run.account().is_complete() && run.account().requests == 4);
    assert_eq!(server.requests().len(), 4);
}

/// Whatever the emulator does, it delivered exactly to those that are told to be sent, and some of those that are unknown.
pub(crate) async fn every_recipient_is_accounted_for(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    for fault in [
        Fault::status(429).retry_after(1).every(9),
        Fault::status(503).retry_after(0).every(10),
        Fault::status(400).every(11),
        Fault::status(500).every(17),
        Fault::dropped_before().every(13),
        Fault::dropped_after().every(14),
        Fault::truncated().every(19),
    ] {
        emulator.add_fault(fault).unwrap();
    }
    let mut list = handles(30_000);
    list[5000] = "bell\u{7}".to_owned();
    let mut run = client(&emulator, Hasty::new(runtime)).bulk(SendAll::to_devices(alert())).run(&list);
    let (parts, error) = all_of(&mut run).await;
    assert!(error.is_none(), "{error:?}");

    let mut ends: Vec<Option<&End>> = vec![None; list.len()];
    let refused = End::Refused { reason: String::new() };
    for part in &parts {
        for place in part.ranges().flatten() {
            assert!(ends[place as usize - 1].replace(part.end().unwrap()).is_none());
        }
        for one in part.refused() {
            assert!(ends[one.place() as usize - 1].replace(&refused).is_none());
        }
    }
    let mut delivered: HashMap<String, usize> = HashMap::new();
    for delivery in emulator.inbox() {
        *delivered.entry(delivery.pns_handle.clone()).or_default() += 1;
    }
    for (handle, end) in list.iter().zip(&ends) {
        let times = delivered.get(handle).copied().unwrap_or(0);
        match end.expect("each recipient has an end") {
            End::Sent { notification_id, .. } => assert!(times == 1 && notification_id.is_some()),
            End::Refused { .. } | End::NotSent { .. } => assert_eq!(times, 0),
            End::Unknown { .. } => assert!(times <= 1),
        }
    }
    let [sent, refused, unknown, not_sent, _] = counts(run.account());
    assert_eq!(run.account().recipients, 30_000);
    assert!(sent > 20_000 && refused > 1000 && unknown > 1000 && not_sent == 0, "{:?}", run.account());
}

pub(crate) async fn throttled_it_waits_and_goes_on(runtime: impl Runtime + Clone) {
    let throttled = Does::Refuse(429, "7");
    let service =
        Service::new(&[Does::Take, Does::Take, throttled, throttled, throttled, Does::Take, throttled]);
    let runtime = Hasty::new(runtime);
    let client = service.client(runtime.clone(), "a.test");
    let mut run = client.bulk(SendAll::to_devices(alert())).run(handles(20_000));
    let account = run.finish().await.unwrap();
    assert_eq!((counts(account), account.requests), ([20_000, 0, 0, 0, 0], 24));
    assert_eq!(service.taken(), (20_000, 0));
    assert!(runtime.passed() >= Duration::from_secs(14), "{:?}", runtime.passed());
}

pub(crate) async fn a_killed_run_goes_on(runtime: impl Runtime + Clone) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("journal");
    let list = handles(9_500);
    let service = Service::new(&[Does::Take, Does::Take, Does::Nothing, Does::Nothing]);
    let client = service.client(runtime, "a.test");
    let bulk =
        || client.bulk(SendAll::to_devices(alert())).journal(FileJournal::open(&file).unwrap()).in_flight(2);
    {
        let mut run = bulk().run(&list);
        assert!(run.next().await.is_some() && run.next().await.is_some());
        // Two more are on their way now.
        while service.requests() < 4 {
            assert!(futures_lite::future::poll_once(run.next()).await.is_none());
            futures_lite::future::yield_now().await;
        }
    }
    let mut run = bulk().run(&list);
    let (parts, error) = all_of(&mut run).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(counts(run.account()), [7_500, 0, 2_000, 0, 4_000]);
    let unknown: Vec<_> =
        parts.iter().filter(|part| matches!(part.end(), Some(End::Unknown { .. }))).collect();
    assert!(unknown.len() == 2 && unknown.iter().all(|part| part.is_earlier()));
    assert!(parts.iter().all(|part| match part.end() {
        Some(End::Sent { notification_id, .. }) => notification_id.as_deref() == Some("NH-1"),
        _ => true,
    }));
    assert_eq!(service.taken(), (7_500, 0));

    // Nothing is left to do for who does not ask.
    let account = bulk().run(&list).finish().await.unwrap();
    assert_eq!((counts(account), account.requests), ([7_500, 0, 2_000, 0, 9_500], 0));
    let account = bulk().repeat_unknown(true).run(&list).finish().await.unwrap();
    assert_eq!((counts(account), account.requests), ([9_500, 0, 0, 0, 7_500], 2));
    assert_eq!(service.taken(), (9_500, 0));
}

pub(crate) async fn another_list_or_notification_is_refused(runtime: impl Runtime + Clone) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("journal");
    let service = Service::default();
    let client = service.client(runtime.clone(), "a.test");
    let list = handles(2_500);
    let journal = || FileJournal::open(&file).unwrap();
    client.bulk(SendAll::to_devices(alert())).journal(journal()).run(&list).finish().await.unwrap();
    assert_eq!(service.requests(), 3);

    let other = Notification::apple(r#"{"aps":{"alert":"Other"}}"#).unwrap();
    let mut changed = list.clone();
    changed[700] = "another".to_owned();
    let mut longer = list.clone();
    longer.push("one more".to_owned());
    for (client, sends, list, says) in [
        (&client, SendAll::to_devices(other), &list[..], "the hash of the notification was "),
        (
            &client,
            SendAll::to_users(alert()),
            &list,
            "the kind of recipients was 1000 devices and is now 20 users",
        ),
        (
            &service.client(runtime, "b.test"),
            SendAll::to_devices(alert()),
            &list,
            "the hub was a.test/news and is now b.test/news",
        ),
        (&client, SendAll::to_devices(alert()), &changed, "the recipients at the places 1 to 1000"),
        (&client, SendAll::to_devices(alert()), &list[1..], "the recipients at the places 1 to 1000"),
        (&client, SendAll::to_devices(alert()), &longer, "the recipients at the places 2001 to 2501"),
        (&client, SendAll::to_devices(alert()), &list[..2000], "it had at least 3 parts, and now has 2"),
        (&client, SendAll::to_devices(alert()), &[], "it had at least 3 parts, and now has 0"),
    ] {
        let error = client.bulk(sends).journal(journal()).run(list).finish().await.unwrap_err();
        assert!(error.is_other_run() && error.to_string().contains(says), "{error}");
    }
    assert_eq!(service.requests(), 3);
}

pub(crate) async fn what_is_wrong_for_all_ends_it(runtime: impl Runtime + Clone) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("journal");
    let list = handles(20_000);
    let service = Service::new(&[Does::Refuse(401, ""), Does::Refuse(401, "")]);
    let bulk = |service: &Service| {
        let client = service.client(runtime.clone(), "a.test");
        client.bulk(SendAll::to_devices(alert())).journal(FileJournal::open(&file).unwrap())
    };
    let mut run = bulk(&service).run(&list);
    let (_, error) = all_of(&mut run).await;
    assert_eq!(error.unwrap().as_request().unwrap().status().unwrap().as_u16(), 401);
    // Two go out at first, unless the answer to one comes before the other goes.
    let out = run.last_place();
    assert!(out == 1000 || out == 2000, "{out}");
    assert_eq!((counts(run.account()), service.requests() as u64), ([0, 0, 0, out, 0], out / 1000));
    drop(run);
    // With the right key all are sent.
    let service = Service::new(&[]);
    assert_eq!(counts(bulk(&service).run(&list).finish().await.unwrap()), [20_000, 0, 0, 0, 0]);

    // A payload that the service refuses is refused for all.
    let service = Service::new(&[Does::Refuse(400, ""); 20]);
    let client = service.client(runtime, "a.test");
    let mut run = client.bulk(SendAll::to_devices(alert())).run(&list);
    let (_, error) = all_of(&mut run).await;
    assert_eq!(error.unwrap().as_request().unwrap().status().unwrap().as_u16(), 400);
    assert!(service.requests() < 10 && run.account().refused >= 3000, "{:?}", run.account());
}

pub(crate) async fn without_a_connection_it_gives_up(runtime: impl Runtime) {
    let emulator = Emulator::start().await.unwrap();
    let hub = hub(&emulator);
    drop(emulator);
    let transport = Transport::builder_on(Hasty::new(runtime))
        .platform_roots(false)
        .connect_timeout(Duration::from_secs(60));
    let client = transport.build().unwrap().hub(hub);
    let mut run = client.bulk(SendAll::to_devices(alert())).in_flight(1).run(handles(5_000));
    let (parts, error) = all_of(&mut run).await;
    assert!(error.unwrap().as_request().unwrap().is_connect());
    let [Some(End::NotSent { reason })] = parts.iter().map(PartEnd::end).collect::<Vec<_>>()[..] else {
        panic!("{parts:?}")
    };
    assert!(reason.contains("could not connect"), "{reason}");
    assert_eq!((counts(run.account()), run.account().requests), ([0, 0, 0, 1000, 0], 3));
}

pub(crate) async fn stopped_it_comes_to_an_end(runtime: impl Runtime) {
    let service = Service::default();
    let client = service.client(runtime, "a.test");
    let mut run = client.bulk(SendAll::to_devices(alert())).run((0..).map(|i: u64| i.to_string()));
    for _ in 0..3 {
        run.next().await.unwrap().unwrap();
    }
    run.stop();
    let account = run.finish().await.unwrap();
    assert!(account.is_complete() && account.sent as usize == service.taken().0, "{account:?}");
    assert_eq!(run.last_place(), account.sent);
    assert!(run.next().await.is_none());
}

pub(crate) async fn a_stream_that_breaks_ends_it(runtime: impl Runtime) {
    let service = Service::default();
    let client = service.client(runtime, "a.test");
    let broken = stream::iter((0..1500).map(|i| match i {
        1200 => Err(io::Error::other("the disk is gone")),
        i => Ok(i.to_string()),
    }));
    let mut run = client.bulk(SendAll::to_devices(alert())).run_stream(broken);
    let (parts, error) = all_of(&mut run).await;
    assert!(error.unwrap().is_input());
    // Those after the last whole part belong to a part that nobody knows yet.
    assert_eq!((parts.len(), run.last_place(), service.taken()), (1, 1000, (1000, 0)));
}

struct Breaks;

impl Journal for Breaks {
    async fn open(&self, run: &RunIdentity) -> io::Result<Opened> {
        Ok(Opened { run: run.clone(), last_part: 0 })
    }
    async fn recorded(&self, _: u64) -> io::Result<Option<Recorded>> {
        Ok(None)
    }
    async fn begin(&self, part: u64, _: [u8; 16]) -> io::Result<()> {
        if part > 2 { Err(io::Error::other("the disk is full")) } else { Ok(()) }
    }
    async fn end(&self, _: u64, _: [u8; 16], _: &End) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) async fn a_journal_that_breaks_ends_it(runtime: impl Runtime) {
    let service = Service::default();
    let client = service.client(runtime, "a.test");
    let mut run = client.bulk(SendAll::to_devices(alert())).journal(Breaks).run(handles(9_000));
    let (_, error) = all_of(&mut run).await;
    assert!(error.unwrap().is_journal());
    assert_eq!((service.taken(), run.account().sent), ((2000, 0), 2000));
    assert!(run.account().not_sent > 0);
}

/// A journal that takes its time to record an end: until another part begins, or for many turns of other tasks.
#[derive(Clone, Default)]
struct Slow(Arc<Mutex<Vec<String>>>);

impl Slow {
    fn note(&self, what: &str, part: u64) {
        self.0.lock().unwrap().push(format!("{what} {part}"));
    }

    fn notes(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Journal for Slow {
    async fn open(&self, run: &RunIdentity) -> io::Result<Opened> {
        Ok(Opened { run: run.clone(), last_part: 0 })
    }
    async fn recorded(&self, _: u64) -> io::Result<Option<Recorded>> {
        Ok(None)
    }
    async fn begin(&self, part: u64, _: [u8; 16]) -> io::Result<()> {
        self.note("begin", part);
        Ok(())
    }
    async fn end(&self, part: u64, _: [u8; 16], _: &End) -> io::Result<()> {
        self.note("end", part);
        let next = format!("begin {}", part + 1);
        for _ in 0..20_000 {
            if self.notes().contains(&next) {
                break;
            }
            future::yield_now().await;
        }
        self.note("ended", part);
        Ok(())
    }
}

pub(crate) async fn the_next_part_begins_while_an_end_is_recorded(runtime: impl Runtime) {
    let service = Service::default();
    let client = service.client(runtime, "a.test");
    let journal = Slow::default();
    let bulk = client.bulk(SendAll::to_devices(alert())).journal(journal.clone()).in_flight(1);
    assert_eq!(counts(bulk.run(handles(2000)).finish().await.unwrap()), [2000, 0, 0, 0, 0]);
    let at = |note: &str| journal.notes().iter().position(|it| it == note).unwrap();
    // The journal hears of the end first, so it never knows of more in flight than there are.
    assert!(at("end 1") < at("begin 2") && at("begin 2") < at("ended 1"), "{:?}", journal.notes());
}

pub(crate) async fn after_a_failure_no_part_begins(runtime: impl Runtime) {
    let service = Service::new(&[Does::Refuse(401, "")]);
    let client = service.client(runtime, "a.test");
    let journal = Slow::default();
    let bulk = client.bulk(SendAll::to_devices(alert())).journal(journal.clone()).in_flight(1);
    let mut run = bulk.run(handles(2000));
    let (_, error) = all_of(&mut run).await;
    assert!(error.unwrap().as_request().is_some());
    assert_eq!(journal.notes(), ["begin 1", "end 1", "ended 1"]);
}
