//! One call: attempts, what is known of each, and the waits between them. All but the way in is not generic: compiled once,
//! however many operations there are.

use crate::carrier::{Carried, Carrier};
use crate::runtime::Erased;
use crate::within::within;
use crate::{CallOptions, Error};
use async_lock::Semaphore;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use nh_core::retry::{Decision, Fate, GiveUp, RetryPolicy};
use nh_core::{BuildError, Operation, ServiceError, Target, dump};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tracing::{Instrument, Span, field};

/// What the service advises between two looks at something that is not ready ([telemetry]).
///
/// [telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
const POLL: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) attempt_timeout: Duration,
    pub(crate) overall_timeout: Duration,
    pub(crate) max_response_size: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) user_agent: HeaderValue,
    pub(crate) dump: Option<Dump>,
}

/// Where each request and response is written as text.
#[derive(Clone)]
pub(crate) enum Dump {
    Writer(Arc<Mutex<Box<dyn Write + Send>>>),
    Tracing,
}

/// What all clients of one pool share, and how their calls go.
pub(crate) struct Exchange {
    pub(crate) carrier: Arc<dyn Carrier>,
    pub(crate) runtime: Arc<dyn Erased>,
    /// One permit for each request that may be in flight.
    pub(crate) in_flight: Arc<Semaphore>,
    pub(crate) settings: Settings,
}

/// What is asked of every attempt at an operation.
struct Call<'a> {
    build: &'a (dyn Fn(SystemTime) -> Result<Request<Bytes>, BuildError> + Sync),
    repeatable: bool,
    confidential: bool,
}

impl Exchange {
    /// The same connections, and calls that go otherwise.
    pub(crate) fn with_options(&self, options: &CallOptions) -> Exchange {
        Exchange {
            carrier: self.carrier.clone(),
            runtime: self.runtime.clone(),
            in_flight: self.in_flight.clone(),
            settings: options.over(&self.settings),
        }
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
        let span = tracing::info_span!(
            "nh.call",
            "otel.name" = operation.name(),
            "nh.operation" = operation.name(),
            "nh.hub" = %target,
            "nh.attempts" = field::Empty,
            "nh.fate" = field::Empty,
            "error.type" = field::Empty,
        );
        let called = self.call(call).instrument(span.clone()).await;
        if let Err(error) = &called {
            span.record("error.type", error.kind());
            span.record("nh.fate", fate_name(error.fate()));
        }
        let (response, fate) = called?;
        operation.response(response).map_err(|error| {
            // A success that cannot be understood was carried out all the same.
            let read = if error.is_unreadable() { Fate::Unknown } else { Fate::Final };
            let error = Error::of_service(error, fate.unwrap_or(read));
            span.record("error.type", error.kind());
            span.record("nh.fate", fate_name(error.fate()));
            error
        })
    }

    /// The service's answer, whatever it says, and what it says of the attempt (`None`: a success).
    async fn call(&self, call: Call<'_>) -> Result<(Response<Bytes>, Option<Fate>), Error> {
        let began = self.runtime.instant();
        let overall = self.settings.overall_timeout;
        let left = || overall.saturating_sub(self.runtime.instant().saturating_duration_since(began));
        let mut retry = self.settings.retry.start(call.repeatable);
        let mut earlier_unknown = false;
        for attempt in 1.. {
            Span::current().record("nh.attempts", attempt);
            let result = self.attempt(&call, attempt, began, &left).await;
            let fate = match &result {
                Ok((_, None)) => return result,
                Ok((_, Some(fate))) => *fate,
                Err(error) => error.fate(),
            };
            let decision = match &result {
                Err(error) if error.is_lasting() => Decision::GiveUp(GiveUp::Final),
                _ => retry.after(fate, left(), fastrand::u32(..)),
            };
            match decision {
                Decision::Wait(wait) => {
                    earlier_unknown |= fate == Fate::Unknown;
                    tracing::debug!(attempt, wait_ms = wait.as_millis(), "trying again");
                    self.runtime.sleep(wait).await;
                }
                Decision::GiveUp(_) if earlier_unknown => {
                    return match result {
                        Ok((response, _)) => Ok((response, Some(Fate::Unknown))),
                        Err(error) => Err(error.after_unknown()),
                    };
                }
                Decision::GiveUp(_) => return result,
            }
        }
        unreachable!("attempts are counted up to the last, which returns")
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        attempt: u32,
        began: Instant,
        left: &(dyn Fn() -> Duration + Sync),
    ) -> Result<(Response<Bytes>, Option<Fate>), Error> {
        let waited = || self.runtime.instant().saturating_duration_since(began);
        let permit = match self.in_flight.try_acquire() {
            Some(permit) => permit,
            None => within(self.runtime.sleep(left()), self.in_flight.acquire())
                .await
                .ok_or_else(|| Error::crowded_out(waited()))?,
        };
        let time = left().min(self.settings.attempt_timeout);
        if time.is_zero() {
            return Err(Error::crowded_out(waited()));
        }
        let mut request = (call.build)(self.runtime.now())?;
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| self.settings.user_agent.clone());
        let tracking_id = nh_core::track(&mut request, fastrand::u128(..));
        let span = attempt_span(&request, attempt, &tracking_id);
        let head = request.clone();
        self.dump("request", &dump::request(&head, call.confidential));

        let Carried { answer, has_left } = self.carrier.carry(request, self.settings.max_response_size);
        let answer = within(self.runtime.sleep(time), answer).instrument(span.clone()).await;
        drop(permit);
        let result = answer.unwrap_or_else(|| match has_left() {
            true => Err(Error::timed_out(time)),
            false => Err(Error::no_connection(head.uri().host().unwrap_or_default(), time)),
        });
        match result {
            Ok(response) => {
                self.dump("response", &dump::response(&response, call.confidential));
                let status = response.status();
                span.record("http.response.status_code", status.as_u16());
                let fate = Fate::of_response(&head, &response);
                if let Some(fate) = fate {
                    span.record("error.type", status.as_str());
                    span.record("nh.fate", fate_name(fate));
                }
                Ok((response, fate))
            }
            Err(error) => {
                let error = error.tracked(&tracking_id);
                self.dump("no response", &error);
                span.record("error.type", error.kind());
                span.record("nh.fate", fate_name(error.fate()));
                Err(error)
            }
        }
    }

    /// Looks every ten seconds until an answer is `done`, and a last time when `time` is over. What is `not_yet` there, and
    /// failures that may pass, are looked at again. Then the last answer stands; without one, the last error.
    ///
    /// No look is begun later than `time`, and none takes longer than is left of it or one attempt may take.
    pub(crate) async fn poll<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
        time: Duration,
        not_yet: fn(&Error) -> bool,
        mut done: impl FnMut(&O::Output) -> bool,
    ) -> Result<O::Output, Error> {
        let began = self.runtime.instant();
        let left = || time.saturating_sub(self.runtime.instant().saturating_duration_since(began));
        let mut known = None;
        let mut answered = false;
        loop {
            let longest = left().max(self.settings.attempt_timeout);
            let look = within(self.runtime.sleep(longest), self.execute(target, operation)).await;
            let look = look.unwrap_or_else(|| Err(Error::timed_out(longest)));
            let mut pause = POLL;
            match &look {
                Ok(answer) if done(answer) => return look,
                Ok(_) => answered = true,
                Err(error) => {
                    if !not_yet(error) && !error.may_pass(answered) {
                        return look;
                    }
                    let service = error.as_service();
                    answered |= service.is_some();
                    pause = service.and_then(ServiceError::retry_after).map_or(POLL, |asked| asked.max(POLL));
                }
            }
            // An answer is worth more than the failure to get a newer one.
            let newest = match (known, look) {
                (Some(Ok(answer)), Err(_)) => Ok(answer),
                (_, look) => look,
            };
            let left = left();
            if left.is_zero() {
                return newest;
            }
            known = Some(newest);
            self.runtime.sleep(pause.min(left)).await;
        }
    }

    /// A dump is for a person to look at: that it cannot be written must not fail a call.
    fn dump(&self, what: &str, message: &dyn std::fmt::Display) {
        match &self.settings.dump {
            None => {}
            Some(Dump::Writer(writer)) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writeln!(writer, "--- {what} ---\n{message}\n--- end of {what} ---");
                let _ = writer.flush();
            }
            Some(Dump::Tracing) => tracing::debug!(target: "nh_hyper::dump", what, "{message}"),
        }
    }
}

/// One attempt, with the names of OpenTelemetry's conventions for HTTP clients. Neither the query, which may hold a handle, nor
/// any other header or a body is in it.
fn attempt_span(request: &Request<Bytes>, attempt: u32, tracking_id: &str) -> Span {
    let uri = request.uri();
    tracing::info_span!(
        "nh.attempt",
        "otel.kind" = "client",
        "http.request.method" = request.method().as_str(),
        "http.request.resend_count" = attempt - 1,
        "http.response.status_code" = field::Empty,
        "url.scheme" = uri.scheme_str(),
        "url.path" = uri.path(),
        "server.address" = uri.host(),
        "server.port" = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 }),
        "nh.tracking_id" = tracking_id,
        "nh.fate" = field::Empty,
        "error.type" = field::Empty,
    )
}

fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::NotDone { .. } => "not_done",
        Fate::Final => "final",
        _ => "unknown",
    }
}
