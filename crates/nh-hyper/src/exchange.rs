//! One call: attempts, what is known of each, and the waits between them. All but the way in is not generic: compiled once,
//! however many operations there are.

use crate::Error;
use crate::connector::Connector;
use crate::runtime::{Erased, Executor, Timer};
use crate::within::within;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use nh_core::retry::{Decision, Fate, RetryPolicy};
use nh_core::{BuildError, Operation, Target, dump};
use rustls::ClientConfig;
use std::error::Error as StdError;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Below the minute after which front ends of Azure may close a connection that is idle.
const IDLE: Duration = Duration::from_secs(50);

/// What the service advises between two looks at something that is not ready ([telemetry]).
///
/// [telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
const POLL: Duration = Duration::from_secs(10);

const AGENT: HeaderValue = HeaderValue::from_static(concat!("nh-hyper/", env!("CARGO_PKG_VERSION")));

pub(crate) struct Settings {
    pub(crate) connect_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) overall_timeout: Duration,
    pub(crate) max_response_size: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) dump: Option<Mutex<Box<dyn Write + Send>>>,
}

/// What all clients of one pool share.
pub(crate) struct Exchange {
    http: legacy::Client<HttpsConnector<Connector>, Full<Bytes>>,
    runtime: Arc<dyn Erased>,
    settings: Settings,
}

/// What is asked of every attempt at an operation.
struct Call<'a> {
    build: &'a (dyn Fn(SystemTime) -> Result<Request<Bytes>, BuildError> + Sync),
    repeatable: bool,
    confidential: bool,
}

impl Exchange {
    pub(crate) fn new(runtime: Arc<dyn Erased>, tls: ClientConfig, settings: Settings) -> Exchange {
        let connector = Connector { runtime: runtime.clone(), timeout: settings.connect_timeout };
        // nh-core's hubs have plain http on loopback only.
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = legacy::Client::builder(Executor(runtime.clone()))
            .timer(Timer(runtime.clone()))
            .pool_timer(Timer(runtime.clone()))
            .pool_idle_timeout(IDLE)
            .build(connector);
        Exchange { http, runtime, settings }
    }

    /// Asks the service, and reads the answer.
    pub(crate) async fn execute<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
    ) -> Result<O::Output, Error> {
        let call = Call {
            build: &|now| target.request(operation, now),
            repeatable: operation.repeatable(),
            confidential: operation.confidential(),
        };
        let (response, fate) = self.call(call).await?;
        operation.response(response).map_err(|error| Error::of_service(error, fate.unwrap_or(Fate::Final)))
    }

    /// The service's answer, whatever it says, and what it says of the attempt (`None`: a success).
    async fn call(&self, call: Call<'_>) -> Result<(Response<Bytes>, Option<Fate>), Error> {
        let began = self.runtime.instant();
        let overall = self.settings.overall_timeout;
        let left = || overall.saturating_sub(self.runtime.instant().saturating_duration_since(began));
        let mut retry = self.settings.retry.start(call.repeatable);
        loop {
            let mut request = (call.build)(self.runtime.now())?;
            request.headers_mut().entry(USER_AGENT).or_insert(AGENT);
            let head = request.clone();
            self.dump("request", &dump::request(&head, call.confidential));

            let time = left().min(self.settings.attempt_timeout);
            let attempt = within(self.runtime.sleep(time), self.attempt(request)).await;
            let result = match attempt.unwrap_or_else(|| Err(Error::timed_out(time))) {
                Ok(response) => {
                    self.dump("response", &dump::response(&response, call.confidential));
                    let fate = Fate::of_response(&head, &response);
                    Ok((response, fate))
                }
                Err(error) => {
                    self.dump("no response", &error);
                    Err(error)
                }
            };
            let fate = match &result {
                Ok((_, None)) => return result,
                Ok((_, Some(fate))) => *fate,
                Err(error) => error.fate(),
            };
            match retry.after(fate, left(), fastrand::u32(..)) {
                Decision::Wait(wait) => self.runtime.sleep(wait).await,
                Decision::GiveUp(_) => return result,
            }
        }
    }

    async fn attempt(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        let host = request.uri().authority().map_or_else(String::new, ToString::to_string);
        let response =
            self.http.request(request.map(Full::new)).await.map_err(|error| failed(host, error))?;
        let (head, body) = response.into_parts();
        let limit = self.settings.max_response_size;
        match Limited::new(body, limit).collect().await {
            Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
            Err(why) if why.is::<LengthLimitError>() => Err(Error::too_large(limit)),
            Err(why) => Err(Error::broken(Fate::Unknown, why)),
        }
    }

    /// Begins to ask again and again, for at most `time`.
    pub(crate) fn polling(&self, time: Duration) -> Polling<'_> {
        Polling { runtime: &*self.runtime, time, began: self.runtime.instant() }
    }

    /// A dump is for a person to look at: that it cannot be written must not fail a call.
    fn dump(&self, what: &str, message: &dyn std::fmt::Display) {
        if let Some(writer) = &self.settings.dump {
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writeln!(writer, "--- {what} ---\n{message}\n--- end of {what} ---");
            let _ = writer.flush();
        }
    }
}

/// The pauses between looks at something that is not ready.
pub(crate) struct Polling<'a> {
    runtime: &'a dyn Erased,
    time: Duration,
    began: Instant,
}

impl Polling<'_> {
    /// Waits for the next look, if there is time for one.
    pub(crate) async fn pause(&self) -> bool {
        let spent = self.runtime.instant().saturating_duration_since(self.began);
        let time = spent + POLL <= self.time;
        if time {
            self.runtime.sleep(POLL).await;
        }
        time
    }
}

fn failed(host: String, error: legacy::Error) -> Error {
    if error.is_connect() {
        return Error::connect(host, error.into());
    }
    // hyper says so only of a request of which no byte was written.
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled) {
            return Error::broken(Fate::NotDone { retry_after: None }, error_text(error));
        }
        cause = error.source();
    }
    Error::broken(Fate::Unknown, error.into())
}

fn error_text(error: &dyn StdError) -> Box<dyn StdError + Send + Sync> {
    error.to_string().into()
}
