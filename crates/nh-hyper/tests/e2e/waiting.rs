//! Looking again until something is known. The clock is virtual: nothing here takes time.

use http_body_util::Full;
use nh_core::bytes::Bytes;
use nh_core::http::{Request, Response};
use nh_core::{Hub, JobStatus, NotificationState};
use nh_hyper::{Client, Error, Runtime, Transport};
use std::io;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

/// A runtime whose sleeps take no time: whoever sleeps moves the clock. What is ready by then comes first.
pub(crate) struct Virtual<R> {
    pub(crate) inner: R,
    pub(crate) began: Instant,
    pub(crate) clock: Clock,
}

#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<Duration>>);

impl Clock {
    pub(crate) fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

impl<R: Runtime> Runtime for Virtual<R> {
    type Stream = R::Stream;
    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        self.inner.connect(host, port).await
    }
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.spawn(task);
    }
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let clock = self.clock.clone();
        // From the first poll on; those that are dropped before it ends have not moved the clock.
        let mut until = None;
        std::future::poll_fn(move |cx| {
            let Some(until) = until else {
                until = Some(clock.now().saturating_add(duration));
                cx.waker().wake_by_ref();
                return Poll::Pending;
            };
            let mut now = clock.0.lock().unwrap();
            *now = until.max(*now);
            Poll::Ready(())
        })
    }
    fn instant(&self) -> Instant {
        self.began + self.clock.now()
    }
}

/// What comes of one look.
#[derive(Clone, Copy)]
enum Look {
    /// A state or status.
    Is(&'static str),
    /// An HTTP status with a `Retry-After`.
    Refused(u16, u64),
    /// The exchange breaks.
    Breaks,
    /// No answer, ever.
    Silence,
}

/// A client whose looks give these, the last one again and again; its clock, and when each look was.
fn client(looks: &'static [Look], runtime: impl Runtime) -> (Client, Clock, Arc<Mutex<Vec<u64>>>) {
    let (clock, times) = (Clock::default(), Arc::new(Mutex::new(Vec::new())));
    let (now, seen) = (clock.clone(), times.clone());
    let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
        let mut seen = seen.lock().unwrap();
        let look = looks[seen.len().min(looks.len() - 1)];
        seen.push(now.now().as_secs());
        async move {
            let answer = match look {
                Look::Is(word) => Response::new(document(request.uri().path(), word)),
                Look::Refused(status, wait) => {
                    let answer = Response::builder().status(status).header("Retry-After", wait);
                    answer.body(Full::default()).unwrap()
                }
                Look::Breaks => return Err(io::Error::other("broken")),
                Look::Silence => std::future::pending().await,
            };
            Ok(answer)
        }
    });
    let text =
        "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VzYW1l";
    let hub = Hub::from_connection_string(text, "news").unwrap();
    let runtime = Virtual { inner: runtime, began: Instant::now(), clock: clock.clone() };
    // Whether an attempt is repeated within a look is no matter here.
    let builder = Transport::builder_on(runtime).service(service).retry(nh_core::retry::RetryPolicy::NEVER);
    (builder.build().unwrap().hub(hub), clock, times)
}

fn document(path: &str, word: &str) -> Full<Bytes> {
    let namespace = "http://schemas.microsoft.com/netservices/2010/10/servicebus/connect";
    let document = if path.contains("/jobs/") {
        format!(
            "<entry xmlns='http://www.w3.org/2005/Atom'><content><NotificationHubJob xmlns='{namespace}'>\
             <Status>{word}</Status></NotificationHubJob></content></entry>"
        )
    } else {
        format!("<NotificationDetails xmlns='{namespace}'><State>{word}</State></NotificationDetails>")
    };
    Full::new(document.into())
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) async fn looks_until_it_is_known(runtime: impl Runtime) {
    let looks = &[Look::Refused(404, 0), Look::Is("Enqueued"), Look::Is("Processing"), Look::Is("Completed")];
    let (client, _, times) = client(looks, runtime);
    let found = client.wait_for_notification_details("NH-1", seconds(1800)).await.unwrap();
    assert_eq!(found.state, NotificationState::Completed);
    assert_eq!(*times.lock().unwrap(), [0, 10, 20, 30]);
}

pub(crate) async fn a_last_look_when_the_time_is_over(runtime: impl Runtime + Clone) {
    for (time, expected) in [(0, &[0][..]), (9, &[0, 9]), (25, &[0, 10, 20, 25]), (20, &[0, 10, 20])] {
        let (client, _, times) = client(&[Look::Is("Running")], runtime.clone());
        let job = client.wait_for_job("1", seconds(time)).await.unwrap();
        assert_eq!(job.status, JobStatus::Running);
        assert_eq!(*times.lock().unwrap(), expected);
    }
    let looks = &[Look::Is("Processing"), Look::Is("Processing"), Look::Is("Completed")];
    let (client, ..) = client(looks, runtime);
    let found = client.wait_for_notification_details("NH-1", seconds(11)).await.unwrap();
    assert_eq!(found.state, NotificationState::Completed);
}

pub(crate) async fn what_passes_is_waited_out(runtime: impl Runtime) {
    let looks = &[
        Look::Refused(429, 3),
        Look::Refused(503, 0),
        Look::Is("Running"),
        Look::Breaks,
        Look::Refused(500, 0),
        Look::Refused(403, 35),
        Look::Is("Completed"),
    ];
    let (client, _, times) = client(looks, runtime);
    let mut seen = Vec::new();
    let look = |job: &nh_core::Job| seen.push(job.status.clone());
    let job = client.watch_job("1", seconds(3600), look).await.unwrap();
    assert_eq!(job.status, JobStatus::Completed);
    assert_eq!(seen, [JobStatus::Running, JobStatus::Completed]);
    // The service asked for a longer wait once.
    assert_eq!(*times.lock().unwrap(), [0, 10, 20, 30, 40, 50, 85]);
}

pub(crate) async fn what_does_not_pass_ends_the_wait(runtime: impl Runtime) {
    let (client, _, times) = client(&[Look::Is("Running"), Look::Refused(401, 0)], runtime);
    let error: Error = client.wait_for_job("1", seconds(3600)).await.unwrap_err();
    assert!(error.as_service().unwrap().is_unauthorized());
    assert_eq!(*times.lock().unwrap(), [0, 10]);
}

pub(crate) async fn the_time_bounds_every_look(runtime: impl Runtime + Clone) {
    // The longest look that is begun in time ends one attempt's time after it.
    let attempt = 60;
    let (silent, clock, _) = client(&[Look::Silence], runtime.clone());
    let error = silent.wait_for_job("1", seconds(100)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(clock.now() <= seconds(100 + attempt), "{:?}", clock.now());

    // An answer is worth more than the failure to get a newer one.
    let (silent, clock, _) = client(&[Look::Is("Running"), Look::Silence], runtime);
    assert_eq!(silent.wait_for_job("1", seconds(5)).await.unwrap().status, JobStatus::Running);
    assert!(clock.now() <= seconds(5 + attempt), "{:?}", clock.now());
}
