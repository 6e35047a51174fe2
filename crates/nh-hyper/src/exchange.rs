//! One call: attempts, what is known of each, and the waits between them. All but the way in is not generic: compiled once,
//! however many operations there are.

use crate::carrier::{Carried, Carrier};
use crate::runtime::Erased;
use crate::within::within;
use crate::{CallOptions, Error, trace};
use async_lock::Semaphore;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use nh_core::retry::{Decision, Fate, RetryPolicy};
use nh_core::{BuildError, Operation, ServiceError, Target, dump};
use std::fmt::Display;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tracing::{Instrument, Span};

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
    operation: &'a str,
    target: &'a (dyn Display + Sync),
    repeatable: bool,
    confidential: bool,
}

/// What the attempts of a call leave behind for its error.
#[derive(Default)]
struct Trail {
    /// One before the last may have been carried out.
    unknown: bool,
    /// Of the latest attempt that the service may have seen.
    tracking_id: Option<String>,
}

/// The service's answer, whatever it says, and what it says of the attempt (`None`: a success).
type Answer = (Response<Bytes>, Option<Fate>);

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
            operation: operation.name(),
            target,
            repeatable: operation.repeatable(),
            confidential: operation.confidential(),
        };
        let span = trace::call(call.operation, target);
        let mut trail = Trail::default();
        let called = self.attempts(&call, &mut trail).instrument(span.clone()).await;
        let result = called.and_then(|(response, fate)| {
            operation.response(response).map_err(|error| {
                // A success that cannot be understood was carried out all the same.
                let read = if error.is_unreadable() { Fate::Unknown } else { Fate::Final };
                Error::of_service(error, fate.unwrap_or(read))
            })
        });
        result.map_err(|error| {
            let error = error.tracked(trail.tracking_id);
            let error = if trail.unknown { error.after_unknown() } else { error };
            trace::failed(&span, &error);
            error
        })
    }

    async fn attempts(&self, call: &Call<'_>, trail: &mut Trail) -> Result<Answer, Error> {
        let began = self.runtime.instant();
        let left = || self.settings.overall_timeout.saturating_sub(self.since(began));
        let mut retry = self.settings.retry.start(call.repeatable);
        let mut last = None;
        for attempt in 1.. {
            let queued = self.runtime.instant();
            let permit = match self.in_flight.try_acquire() {
                Some(permit) => permit,
                None => within(self.runtime.sleep(left()), self.in_flight.acquire())
                    .await
                    .ok_or_else(|| Error::crowded_out(self.since(queued)))?,
            };
            let time = left().min(self.settings.attempt_timeout);
            // Begun without time, its fate would be unknown for nothing.
            if time.is_zero() {
                return last.unwrap_or_else(|| Err(Error::crowded_out(self.since(queued))));
            }
            Span::current().record("nh.attempts", attempt);
            let result = self.attempt(call, attempt, time, trail).await;
            drop(permit);
            let fate = match &result {
                Ok((_, None)) => return result,
                Ok((_, Some(fate))) => *fate,
                Err(error) if error.is_lasting() => return result,
                Err(error) => error.fate(),
            };
            match retry.after(fate, left(), fastrand::u32(..)) {
                Decision::Wait(wait) => {
                    trail.unknown |= fate == Fate::Unknown;
                    last = Some(result);
                    tracing::debug!(attempt, wait_ms = wait.as_millis(), "trying again");
                    self.runtime.sleep(wait).await;
                }
                Decision::GiveUp(_) => return result,
            }
        }
        unreachable!("attempts are counted up to the last, which returns")
    }

    /// One request, and what comes of it in so much `time`.
    async fn attempt(
        &self,
        call: &Call<'_>,
        number: u32,
        time: Duration,
        trail: &mut Trail,
    ) -> Result<Answer, Error> {
        let mut request = (call.build)(self.runtime.now())?;
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| self.settings.user_agent.clone());
        let tracking_id = nh_core::track(&mut request, fastrand::u128(..));
        let head = request.clone();
        let span = trace::attempt(&head, number, &tracking_id, call.operation, call.target);
        self.dump(&span, "request", &dump::request(&head, call.confidential));

        let Carried { answer, has_left } = self.carrier.carry(request, self.settings.max_response_size);
        let answer = within(self.runtime.sleep(time), answer).instrument(span.clone()).await;
        let result = answer.unwrap_or_else(|| match has_left() {
            true => Err(Error::timed_out(time)),
            false => Err(Error::no_connection(head.uri().host().unwrap_or_default(), time)),
        });
        match result {
            Ok(response) => {
                trail.tracking_id = Some(tracking_id);
                self.dump(&span, "response", &dump::response(&response, call.confidential));
                span.record("http.response.status_code", response.status().as_u16());
                let fate = Fate::of_response(&head, &response);
                if let Some(fate) = fate {
                    trace::attempt_failed(&span, response.status().as_str(), fate);
                }
                Ok((response, fate))
            }
            Err(error) => {
                if error.fate_unknown() {
                    trail.tracking_id = Some(tracking_id);
                }
                self.dump(&span, "no response", &error);
                trace::attempt_failed(&span, &error.kind(), error.fate());
                Err(error)
            }
        }
    }

    fn since(&self, moment: Instant) -> Duration {
        self.runtime.instant().saturating_duration_since(moment)
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
    fn dump(&self, span: &Span, what: &str, message: &dyn Display) {
        match &self.settings.dump {
            None => {}
            Some(Dump::Writer(writer)) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writeln!(writer, "--- {what} ---\n{message}\n--- end of {what} ---");
                let _ = writer.flush();
            }
            Some(Dump::Tracing) => tracing::debug!(target: "nh_hyper::dump", parent: span, what, "{message}"),
        }
    }
}
