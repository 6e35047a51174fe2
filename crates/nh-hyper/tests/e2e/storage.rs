//! Feedback from a storage that does as it is told. The clock is virtual: nothing here takes time.

use crate::waiting::{Clock, Virtual};
use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response, header};
use nh_core::time::OffsetDateTime;
use nh_core::time::format_description::well_known::Rfc3339;
use nh_core::{FeedbackPosition, Hub};
use nh_hyper::{CallOptions, Client, DeadHandles, FeedbackError, Runtime, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const CONNECT: &str = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";

/// What the storage has, and what it was asked for.
#[derive(Default)]
struct Storage {
    blobs: BTreeMap<String, Vec<u8>>,
    /// How many containers the hub has named. Each has another signature.
    named: u64,
    /// Signatures below this one are refused.
    refused_below: u64,
    /// How long a signature is good.
    lasts: Option<Duration>,
    /// Blobs that cannot be read.
    broken: BTreeSet<String>,
    /// The hub has no feedback.
    has_none: bool,
    log: Vec<String>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Storage>>);

impl Shared {
    fn with<T>(&self, change: impl FnOnce(&mut Storage) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    fn put(&self, blob: &str, content: impl Into<Vec<u8>>) {
        self.with(|storage| storage.blobs.insert(blob.to_owned(), content.into()));
    }

    fn take_log(&self) -> Vec<String> {
        self.with(|storage| std::mem::take(&mut storage.log))
    }

    fn client(&self, runtime: impl Runtime) -> Client {
        let storage = self.clone();
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let answer = storage.with(|storage| storage.answer(&request));
            std::future::ready(Ok::<_, io::Error>(answer.map(Full::new)))
        });
        let text =
            "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l";
        let runtime = Virtual { inner: runtime, began: Instant::now(), clock: Clock::default() };
        let builder =
            Transport::builder_on(runtime).service(service).retry(nh_core::retry::RetryPolicy::NEVER);
        builder.build().unwrap().hub(Hub::from_connection_string(text, "news").unwrap())
    }
}

impl Storage {
    fn answer(&mut self, request: &Request<Full<Bytes>>) -> Response<Bytes> {
        let uri = request.uri();
        let query = uri.query().unwrap_or_default();
        let field = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        let plain = |status: u16| Response::builder().status(status);
        if uri.path() == "/news/feedbackcontainer" {
            self.log.push("container".to_owned());
            if self.has_none {
                return plain(403).body(Bytes::new()).unwrap();
            }
            self.named += 1;
            let end = self.lasts.map(|lasts| {
                let end = (OffsetDateTime::now_utc() + lasts).replace_nanosecond(0).unwrap();
                format!("&se={}", end.format(&Rfc3339).unwrap().replace(':', "%3A"))
            });
            let end = end.unwrap_or_default();
            let uri =
                format!("https://acct.blob.core.windows.net/feedback?sr=c{end}&sig=sesame{}", self.named);
            return plain(200).body(uri.into()).unwrap();
        }
        assert!(!request.headers().contains_key(header::AUTHORIZATION), "{request:?}");
        let signature: u64 = field("sig").unwrap().strip_prefix("sesame").unwrap().parse().unwrap();
        if signature < self.refused_below {
            self.log.push("refused".to_owned());
            return plain(403).body("<Error><Code>AuthenticationFailed</Code></Error>".into()).unwrap();
        }
        if field("comp").as_deref() == Some("list") {
            let after = field("marker").unwrap_or_default();
            self.log.push(format!("list {after}"));
            let rest: Vec<_> = self.blobs.iter().filter(|(name, _)| **name > after).collect();
            let blobs: String = rest
                .iter()
                .take(2)
                .map(|(name, content)| {
                    format!(
                        "<Blob><Name>{name}</Name><Properties><Content-Length>{}</Content-Length></Properties></Blob>",
                        content.len()
                    )
                })
                .collect();
            let next = if rest.len() > 2 { rest[1].0 } else { "" };
            let list = format!(
                "<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"
            );
            return plain(200).body(list.into()).unwrap();
        }
        let name = uri.path().strip_prefix("/feedback/").unwrap();
        let range = request.headers().get(header::RANGE).map(|range| range.to_str().unwrap().to_owned());
        self.log.push(format!("{name} {}", range.as_deref().unwrap_or_default()));
        if self.broken.contains(name) {
            return plain(500).body(Bytes::new()).unwrap();
        }
        let Some(content) = self.blobs.get(name) else { return plain(404).body(Bytes::new()).unwrap() };
        let range = range.unwrap();
        let (from, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (from, last): (usize, usize) = (from.parse().unwrap(), last.parse().unwrap());
        if from >= content.len() {
            return plain(416).body(Bytes::new()).unwrap();
        }
        let end = (last + 1).min(content.len());
        let range = format!("bytes {from}-{}/{}", end - 1, content.len());
        plain(206).header(header::CONTENT_RANGE, range).body(content[from..end].to_vec().into()).unwrap()
    }
}

fn one(handle: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback xmlns=\"{CONNECT}\"><Platform>gcm</Platform>\
         <PnsHandle>{handle}</PnsHandle></PnsFeedback>"
    )
}

/// The handles and errors of what comes next, so many.
async fn take(feedback: &mut DeadHandles, count: usize) -> Vec<Result<String, FeedbackError>> {
    let mut all = Vec::new();
    while all.len() < count {
        let Some(dead) = feedback.next().await else { break };
        all.push(dead.map(|dead| dead.feedback.pns_handle.unwrap()));
    }
    all
}

/// The handles of what there is; there must be no error.
async fn rest(feedback: &mut DeadHandles) -> Vec<String> {
    take(feedback, usize::MAX).await.into_iter().collect::<Result<_, _>>().unwrap()
}

pub(crate) async fn pages_and_parts(runtime: impl Runtime) {
    let storage = Shared::default();
    for name in ["01012027", "07272016", "11262026", "a", "b"] {
        storage.put(name, one(name));
    }
    let long: String = (0..20_000).map(|i| one(&format!("{i:05}"))).collect();
    storage.put("c", long.clone());
    let client = storage.client(runtime);
    let mut feedback = client.read_feedback(FeedbackPosition::START);
    let read = rest(&mut feedback).await;
    assert_eq!(read.len(), 20_005);
    assert_eq!(read[..6], ["01012027", "07272016", "11262026", "a", "b", "00000"]);
    assert_eq!(read[20_004], "19999");
    let log = storage.take_log();
    let lists: Vec<_> = log.iter().filter(|line| line.starts_with("list")).collect();
    assert_eq!(lists, ["list ", "list 07272016", "list a"]);
    let parts: Vec<_> = log.iter().filter(|line| line.starts_with("c ")).collect();
    assert_eq!(parts.len(), long.len().div_ceil(1024 * 1024));
    assert_eq!(*parts[1], format!("c bytes={}-{}", 1024 * 1024, 2 * 1024 * 1024 - 1));
    assert_eq!(log.iter().filter(|line| *line == "container").count(), 1);

    // What one answer may have bounds the parts.
    let small = client.with_options(CallOptions::new().max_response_size(4096));
    let mut feedback = small.read_feedback(FeedbackPosition::START);
    assert_eq!(take(&mut feedback, 105).await.len(), 105);
    assert!(storage.take_log().contains(&"c bytes=4096-8191".to_owned()));

    // Where it was left it goes on.
    let kept: FeedbackPosition = feedback.position().to_string().parse().unwrap();
    assert_eq!(kept.of("c"), (one("00000").len() * 100) as u64);
    let read = rest(&mut client.read_feedback(kept)).await;
    assert_eq!((read.len(), read[0].as_str()), (19_900, "00100"));
}

pub(crate) async fn a_refused_signature_is_renewed(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.put("a", one("1"));
    let client = storage.client(runtime);
    let mut feedback = client.follow_feedback(FeedbackPosition::START);
    assert_eq!(take(&mut feedback, 1).await.pop().unwrap().unwrap(), "1");
    storage.put("a", one("1") + &one("2"));
    storage.with(|storage| storage.refused_below = 2);
    storage.take_log();
    assert_eq!(take(&mut feedback, 1).await.pop().unwrap().unwrap(), "2");
    let from = one("1").len();
    assert_eq!(
        storage.take_log(),
        ["refused", "container", "list ", &format!("a bytes={from}-{}", from + 1024 * 1024 - 1)]
    );

    // A new one that is refused, too, is an error, and tells no signature.
    storage.with(|storage| storage.refused_below = u64::MAX);
    let error = take(&mut feedback, 1).await.pop().unwrap().unwrap_err();
    assert!(error.is_lasting() && error.as_request().is_some(), "{error:?}");
    let texts = format!("{error} {error:?} {:?} {}", feedback, error.as_request().unwrap());
    assert!(!texts.contains("sesame"), "{texts}");
    let log = storage.take_log();
    assert_eq!(log, ["refused", "container", "refused"]);
}

pub(crate) async fn a_signature_that_ends_is_renewed(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.with(|storage| storage.lasts = Some(Duration::from_secs(60)));
    let client = storage.client(runtime);
    let mut feedback = client.follow_feedback(FeedbackPosition::START).every(Duration::from_secs(100));
    // It ends soon from the beginning; the hub is not asked with every request for all that.
    let writer = async {
        while storage.with(|storage| storage.log.iter().filter(|line| line.starts_with("list")).count()) < 7 {
            futures_lite::future::yield_now().await;
        }
        storage.put("a", one("1"));
    };
    let (read, ()) = futures_lite::future::zip(take(&mut feedback, 1), writer).await;
    assert_eq!(read.into_iter().next().unwrap().unwrap(), "1");
    let log = storage.take_log();
    assert_eq!(log[..9].join(","), "container,list ,list ,list ,container,list ,list ,list ,container");
}

pub(crate) async fn one_blob_takes_no_other_with_it(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.put("a", one("1"));
    storage.put("b", one("lost for now"));
    storage.put("c", one("2") + "<?xml version='1.0'?><Pns" + &one("3"));
    storage.with(|storage| storage.broken.insert("b".to_owned()));
    let client = storage.client(runtime);
    let mut feedback = client.read_feedback(FeedbackPosition::START);
    let read = take(&mut feedback, usize::MAX).await;
    let handles: Vec<_> = read.iter().flatten().collect();
    assert_eq!(handles, ["1", "2", "3"]);
    let errors: Vec<_> = read.iter().filter_map(|read| read.as_ref().err()).collect();
    assert_eq!(errors.len(), 2);
    assert_eq!((errors[0].blob_name(), errors[0].is_document()), (Some("b"), false));
    assert!(errors[0].as_request().unwrap().as_service().unwrap().is_server_busy());
    assert_eq!((errors[1].blob_name(), errors[1].is_document()), (Some("c"), true));
    assert!(errors.iter().all(|error| !error.is_lasting()));

    storage.with(|storage| storage.broken.clear());
    let mut again = client.read_feedback(feedback.position().clone());
    assert_eq!(rest(&mut again).await, ["lost for now"]);
}

pub(crate) async fn what_is_cut_off_waits_for_its_rest(runtime: impl Runtime) {
    let storage = Shared::default();
    let whole = one("1") + &one("é2");
    let half = one("1").len() + 150;
    storage.put("a", &whole.as_bytes()[..half]);
    let client = storage.client(runtime);

    // The only round says so, and its position is before it.
    let mut feedback = client.read_feedback(FeedbackPosition::START);
    let read = take(&mut feedback, usize::MAX).await;
    assert_eq!((read.len(), read[0].as_deref().unwrap(), read[1].is_err()), (2, "1", true));
    let kept = feedback.position().clone();
    assert_eq!(kept.of("a"), one("1").len() as u64);

    // One that follows says so when a round long nothing was added, and only once.
    let mut followed = client.follow_feedback(kept.clone());
    assert!(take(&mut followed, 1).await[0].as_ref().unwrap_err().is_document());
    storage.take_log();
    let writer = async {
        while storage.with(|storage| storage.log.len()) < 3 {
            futures_lite::future::yield_now().await;
        }
        storage.put("a", whole.clone());
    };
    let (read, ()) = futures_lite::future::zip(take(&mut followed, 1), writer).await;
    assert_eq!(read[0].as_deref().unwrap(), "é2");
    assert_eq!(rest(&mut client.read_feedback(kept)).await, ["é2"]);
}

pub(crate) async fn a_blob_that_was_written_anew(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.put("a", one("1") + &one("2"));
    let client = storage.client(runtime);
    let mut feedback = client.read_feedback(FeedbackPosition::START);
    assert_eq!(rest(&mut feedback).await, ["1", "2"]);
    storage.put("a", one("3"));
    let mut again = client.read_feedback(feedback.position().clone());
    assert_eq!(rest(&mut again).await, ["3"]);
    // Nothing new: no blob is asked for.
    storage.take_log();
    assert!(rest(&mut client.read_feedback(again.position().clone())).await.is_empty());
    assert_eq!(storage.take_log(), ["container", "list "]);
}

pub(crate) async fn blobs_that_are_gone_are_forgotten(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.put("a", one("1"));
    storage.put("b", one("2"));
    let client = storage.client(runtime);
    let mut feedback = client.read_feedback(FeedbackPosition::START);
    assert_eq!(rest(&mut feedback).await, ["1", "2"]);
    assert_eq!(feedback.position().blobs().collect::<Vec<_>>(), ["a", "b"]);
    storage.with(|storage| storage.blobs.remove("a"));
    let mut again = client.read_feedback(feedback.position().clone());
    assert!(rest(&mut again).await.is_empty());
    assert_eq!(again.position().blobs().collect::<Vec<_>>(), ["b"]);
}

pub(crate) async fn the_position_of_another_hub_is_refused(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.put("a", one("1"));
    let client = storage.client(runtime);
    let mut feedback = client.read_feedback(FeedbackPosition::START);
    assert_eq!(rest(&mut feedback).await, ["1"]);
    let other = client.hub(client.target().with_api_version("2017-04").unwrap());
    assert!(rest(&mut other.read_feedback(feedback.position().clone())).await.is_empty());

    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l";
    let other = client.hub(Hub::from_connection_string(text, "sports").unwrap());
    let mut refused = other.follow_feedback(feedback.position().clone());
    let error = refused.next().await.unwrap().unwrap_err();
    assert!(error.is_lasting() && error.as_request().unwrap().is_build(), "{error:?}");
    assert!(refused.next().await.is_none());
}

pub(crate) async fn without_a_container_each_round_says_so(runtime: impl Runtime) {
    let storage = Shared::default();
    storage.with(|storage| storage.has_none = true);
    let client = storage.client(runtime);
    let mut feedback = client.follow_feedback(FeedbackPosition::START);
    let read = take(&mut feedback, 2).await;
    assert!(read.iter().all(|read| read.as_ref().is_err_and(FeedbackError::is_lasting)), "{read:?}");
    storage.put("a", one("1"));
    storage.with(|storage| storage.has_none = false);
    assert_eq!(take(&mut feedback, 1).await.pop().unwrap().unwrap(), "1");
}
