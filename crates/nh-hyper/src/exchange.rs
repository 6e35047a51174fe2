//! One call: its attempts, what is known of each, and the waits between them. All but the way in is not generic, so it is
//! compiled once, however many operations there are.

use crate::brakes::Brakes;
use crate::call::{Asked, Call};
use crate::call_options::CallOptions;
use crate::dump::Causes;
use crate::error::{Error, NotRenewed};
use crate::journey::{Journey, Stage};
use crate::measure;
use crate::renewal::{Renew, Renewal};
use crate::runtime::Erased;
use crate::settings::Settings;
use crate::stack::Stack;
use crate::step::Step;
use crate::trace;
use crate::within::within;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{Request, Response, StatusCode};
use nh_core::retry::{Decision, Fate};
use nh_core::{BuildError, Operation, ServiceError, Target, TrackingId};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tracing::{Instrument, Span};

/// What the service advises between two looks at something that is not ready ([telemetry]).
///
/// [telemetry]: https://learn.microsoft.com/rest/api/notificationhubs/get-notification-message-telemetry
const POLL: Duration = Duration::from_secs(10);

/// Calls that were held back together go on within a tenth of their wait, or of this.
const SPREAD: Duration = Duration::from_secs(10);

/// What all clients of one transport share, and how their calls go.
pub(crate) struct Exchange {
    /// Each attempt has a clone of its own; the lock is only held to make it, and spares the stack being `Sync`.
    pub(crate) stack: Arc<Mutex<Stack>>,
    pub(crate) runtime: Arc<dyn Erased>,
    /// One permit for each request that may be in flight. First come, first served: tokio's semaphore, which needs no runtime,
    /// gives a free permit to whoever waits longest.
    pub(crate) in_flight: Arc<Semaphore>,
    /// What holds back the calls to a namespace that throttles.
    pub(crate) brakes: Arc<Brakes>,
    pub(crate) settings: Settings,
}

/// What the attempts of a call leave behind for its error.
#[derive(Default)]
struct Trail {
    attempts: u32,
    /// One before the last may have been carried out.
    unknown: bool,
    /// Of the latest attempt that the service may have seen.
    tracking_id: Option<TrackingId>,
    /// Why there is no new key, if the last attempt was refused for its key.
    not_renewed: Option<NotRenewed>,
}

/// What an attempt says of the key that it was signed with.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    /// It was not refused, or nobody gets another one.
    Taken,
    Refused,
    /// It was refused, and there is a new one.
    New,
}

/// The service's answer, whatever it says, and what it says of the attempt (`None`: a success).
type Answer = (Response<Bytes>, Option<Fate>);

impl Exchange {
    fn with_settings(&self, settings: Settings) -> Exchange {
        Exchange {
            stack: self.stack.clone(),
            runtime: self.runtime.clone(),
            in_flight: self.in_flight.clone(),
            brakes: self.brakes.clone(),
            settings,
        }
    }

    /// The same stack with other settings.
    pub(crate) fn with_options(&self, options: &CallOptions) -> Exchange {
        self.with_settings(options.over(&self.settings))
    }

    #[cfg(feature = "entra")]
    pub(crate) fn with_renewal(&self, renewal: Arc<dyn Renew>) -> Exchange {
        self.with_settings(Settings { renewal: Some(renewal), ..self.settings.clone() })
    }

    /// The same stack, with one place that it shares with nobody.
    #[cfg(feature = "entra")]
    pub(crate) fn aside(&self) -> Exchange {
        let settings = Settings { renewal: None, observer: None, ..self.settings.clone() };
        Exchange { in_flight: Arc::new(Semaphore::new(1)), ..self.with_settings(settings) }
    }

    /// What comes of it in the time of one attempt.
    #[cfg(feature = "entra")]
    pub(crate) async fn in_time<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        let time = self.settings.attempt_timeout;
        within(self.runtime.sleep(time), future).await.ok_or_else(|| Error::timed_out(time).harmless(true))
    }

    /// Asks the service, and reads the answer.
    pub(crate) async fn execute<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
    ) -> Result<O::Output, Error> {
        let call = Asked { target, operation };
        let span = trace::call(&call);
        let began = self.runtime.instant();
        let mut trail = Trail::default();
        // Large futures stay where they are: what they are wrapped in has a pointer to them.
        let called = {
            let attempts = pin!(self.attempts(&call, &mut trail));
            attempts.instrument(span.clone()).await
        };
        let result = called.and_then(|(response, fate)| {
            // A success that cannot be understood was carried out all the same.
            let fate = fate.unwrap_or(Fate::Final);
            operation.response(response).map_err(|error| Error::of_service(error, fate, self.runtime.now()))
        });
        let result = result.map_err(|error| {
            let error = error
                .harmless(call.repeatable())
                .tracked(trail.tracking_id.map(|id| id.to_string()))
                .after_attempts(trail.attempts, self.since(began))
                .not_renewed(trail.not_renewed.take());
            let error = if trail.unknown { error.after_unknown() } else { error };
            trace::failed(&span, &error);
            error
        });
        measure::call(&call, result.as_ref().err(), || self.since(began));
        result
    }

    async fn attempts(&self, call: &dyn Call, trail: &mut Trail) -> Result<Answer, Error> {
        if self.settings.overall_timeout.is_zero() || self.settings.attempt_timeout.is_zero() {
            return Err(Error::no_time());
        }
        let began = self.runtime.instant();
        let left = || self.settings.overall_timeout.saturating_sub(self.since(began));
        let mut retry = self.settings.retry.start(call.repeatable());
        let mut last = None;
        let mut waited = None;
        loop {
            // Who waits here takes no place.
            while let Some((wait, until)) = self.held_back(call, waited) {
                if wait >= left() {
                    return last.unwrap_or_else(|| Err(Error::held_back(call.address(), wait)));
                }
                self.tell(|| Step::Wait { time: wait, throttled: true, maybe_done: trail.unknown });
                let spread = wait.min(SPREAD) / 10 * (fastrand::u32(..100) + 1) / 100;
                let wait = wait.saturating_add(spread).min(left());
                self.runtime.sleep(wait).await;
                measure::waited(call, wait, true);
                waited = Some(until);
            }
            let queued = self.runtime.instant();
            let permit = match self.in_flight.try_acquire() {
                Ok(permit) => permit,
                Err(_) => match within(self.runtime.sleep(left()), self.in_flight.acquire()).await {
                    Some(permit) => permit.expect("the semaphore is never closed"),
                    None => return last.unwrap_or_else(|| Err(Error::crowded_out(self.since(queued)))),
                },
            };
            if self.held_back(call, waited).is_some() {
                continue;
            }
            let time = left().min(self.settings.attempt_timeout);
            // Begun without time, its fate would be unknown for nothing.
            if time.is_zero() {
                return last.unwrap_or_else(|| Err(Error::crowded_out(self.since(queued))));
            }
            trail.attempts += 1;
            Span::current().record("nh.attempts", trail.attempts);
            let signed = self.renewal(call).map(|renewal| renewal.credential().replacements());
            trail.not_renewed = None;
            let mut result = self.attempt(call, time, trail).await;
            drop(permit);
            if let Ok((_, answer)) = &result {
                self.brakes.after(call.address(), *answer, self.runtime.instant());
            }
            let key = self.after_refusal(call, signed, &mut result, left(), trail).await;
            let fate = match &result {
                Ok((_, None)) => return result,
                Ok((_, Some(fate))) => *fate,
                Err(error) if error.is_lasting() => return result,
                Err(error) => error.fate(),
            };
            let Decision::Wait(wait) = retry.after(fate, left(), fastrand::u32(..)) else { return result };
            trail.unknown |= fate.is_unknown();
            last = Some(result);
            let throttled = key == Key::Taken && matches!(fate, Fate::NotDone { retry_after: Some(_) });
            // Nobody is spared by a wait.
            let wait = if key == Key::New { Duration::ZERO } else { wait };
            self.tell(|| Step::Wait { time: wait, throttled, maybe_done: trail.unknown });
            tracing::debug!(attempt = trail.attempts, wait_ms = wait.as_millis(), "trying again");
            let until = self.runtime.instant().checked_add(wait);
            self.runtime.sleep(wait).await;
            measure::waited(call, wait, throttled);
            waited = waited.max(until);
        }
    }

    /// Who gets new keys for the credential that signs the call.
    fn renewal(&self, call: &dyn Call) -> Option<&Arc<dyn Renew>> {
        let renewal = self.settings.renewal.as_ref()?;
        call.signed_by().filter(|signer| signer.is_same(renewal.credential())).and(Some(renewal))
    }

    /// If the service refused the key: is there a new one? What is found goes into the fate of the attempt. `signed` says how often the
    /// credential had been replaced when the attempt was signed.
    async fn after_refusal(
        &self,
        call: &dyn Call,
        signed: Option<u64>,
        result: &mut Result<Answer, Error>,
        time: Duration,
        trail: &mut Trail,
    ) -> Key {
        let (Some(renewal), Some(signed), Ok((response, Some(fate)))) = (self.renewal(call), signed, result)
        else {
            return Key::Taken;
        };
        if response.status() != StatusCode::UNAUTHORIZED {
            return Key::Taken;
        }
        match within(self.runtime.sleep(time), renewal.clone().renew(signed)).await {
            Some(renewal) => {
                *fate = renewal.fate();
                let is_new = matches!(renewal, Renewal::New);
                trail.not_renewed = renewal.into_problem();
                if is_new { Key::New } else { Key::Refused }
            }
            None => {
                *fate = Fate::NotDone { retry_after: None };
                trail.not_renewed = Some(NotRenewed::Late);
                Key::Refused
            }
        }
    }

    fn held_back(&self, call: &dyn Call, waited: Option<Instant>) -> Option<(Duration, Instant)> {
        self.brakes.wait(call.address(), self.runtime.instant(), waited)
    }

    fn tell(&self, step: impl FnOnce() -> Step) {
        if let Some(observer) = &self.settings.observer {
            observer.tell(step());
        }
    }

    /// A request as it goes out, and the id that it carries.
    fn request(&self, call: &dyn Call) -> Result<(Request<Bytes>, TrackingId), BuildError> {
        let mut request = call.request(self.runtime.now())?;
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| self.settings.user_agent.clone());
        let tracking_id = nh_core::track(&mut request, fastrand::u128(..));
        Ok((request, tracking_id))
    }

    /// The request that an attempt would send now.
    pub(crate) fn draft<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
    ) -> Result<Request<Bytes>, Error> {
        Ok(self.request(&Asked { target, operation })?.0)
    }

    /// One request, and what comes of it in so much `time`.
    async fn attempt(&self, call: &dyn Call, time: Duration, trail: &mut Trail) -> Result<Answer, Error> {
        let (request, tracking_id) = self.request(call)?;
        self.tell(|| Step::Attempt { number: trail.attempts, tracking_id: tracking_id.to_string() });
        let span = trace::attempt(&request, trail.attempts, tracking_id, call);
        let measured = measure::Attempt::begin(call, &request, trail.attempts, || self.runtime.instant());
        let uri = request.uri().clone();
        let dump = self.settings.dump.as_ref();
        if let Some(dump) = dump {
            dump.write(&span, "request", &call.show_request(&request));
        }

        let journey = Journey::default();
        let stack = self.stack.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = pin!(stack.carry(request, &journey, self.settings.max_response_size));
        let answer = pin!(within(self.runtime.sleep(time), answer)).instrument(span.clone()).await;
        let result = answer.unwrap_or_else(|| {
            Err(match journey.stage() {
                Stage::Waiting => Error::crowded_out(time),
                Stage::Connecting => {
                    Error::no_connection(uri.authority().map_or("", |authority| authority.as_str()), time)
                }
                Stage::Sent => Error::timed_out(time),
            })
        });
        match result {
            Ok(response) => {
                trail.tracking_id = Some(tracking_id);
                if let Some(dump) = dump {
                    dump.write(&span, "response", &call.show_response(&response));
                }
                span.record("http.response.status_code", response.status().as_u16());
                let fate = call.fate(&response);
                if let Some(fate) = fate {
                    trace::attempt_failed(&span, response.status().as_str(), fate);
                }
                measured.answered(response.status(), fate, || self.runtime.instant());
                Ok((response, fate))
            }
            Err(error) => {
                if error.fate().is_unknown() {
                    trail.tracking_id = Some(tracking_id);
                }
                if let Some(dump) = dump {
                    dump.write(&span, "no response", &Causes(&error));
                }
                trace::attempt_failed(&span, &error.kind(), error.fate());
                measured.failed(&error, || self.runtime.instant());
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
    /// No look is begun later than `time`, and none takes longer than is left of it or one attempt may take. A look waits for one of the
    /// `turns`, if there are any.
    pub(crate) async fn poll<T: Target, O: Operation<T> + ?Sized>(
        &self,
        target: &T,
        operation: &O,
        time: Duration,
        turns: Option<&Semaphore>,
        not_yet: fn(&Error) -> bool,
        mut done: impl FnMut(&O::Output) -> bool,
    ) -> Result<O::Output, Error> {
        let began = self.runtime.instant();
        let left = || time.saturating_sub(self.runtime.instant().saturating_duration_since(began));
        let mut known = None;
        let mut answered = false;
        loop {
            let longest = left().max(self.settings.attempt_timeout);
            let look = async {
                let _turn = match turns {
                    Some(turns) => Some(turns.acquire().await.expect("the semaphore is never closed")),
                    None => None,
                };
                self.execute(target, operation).await
            };
            let look = within(self.runtime.sleep(longest), look).await;
            let late = || Err(Error::timed_out(longest).harmless(operation.repeatable()));
            let look = look.unwrap_or_else(late);
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
}
