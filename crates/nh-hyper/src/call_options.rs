use crate::settings::Settings;
use crate::step::{Observer, Step};
use nh_core::retry::RetryPolicy;
use std::time::Duration;

/// Settings for some calls of a client: see [`Client::with_options`](crate::Client::with_options). What is not set stays as
/// the transport has it.
///
/// ```
/// use nh_hyper::{CallOptions, RetryPolicy};
/// use std::time::Duration;
///
/// let patient = CallOptions::new().overall_timeout(Duration::from_secs(600)).attempt_timeout(Duration::from_secs(60));
/// let once = CallOptions::new().retry(RetryPolicy::NEVER);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallOptions {
    attempt_timeout: Option<Duration>,
    overall_timeout: Option<Duration>,
    max_response_size: Option<usize>,
    retry: Option<RetryPolicy>,
    observer: Option<Observer>,
}

impl CallOptions {
    /// Options that change nothing yet.
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// Sets how long one attempt may take.
    pub fn attempt_timeout(mut self, timeout: Duration) -> CallOptions {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Sets how long a call may take, with all its attempts and waits.
    pub fn overall_timeout(mut self, timeout: Duration) -> CallOptions {
        self.overall_timeout = Some(timeout);
        self
    }

    /// Sets how many bytes an answer may have.
    pub fn max_response_size(mut self, bytes: usize) -> CallOptions {
        self.max_response_size = Some(bytes);
        self
    }

    /// Sets how often a call is tried.
    pub fn retry(mut self, policy: RetryPolicy) -> CallOptions {
        self.retry = Some(policy);
        self
    }

    /// Calls `tell` with each step of each call: attempts, and the waits between them. A program that a person looks at shows with
    /// it why nothing happens. Whoever gives up a call knows by it whether the request may be on its way. `tell` runs inside the
    /// call, so it must be quick.
    ///
    /// ```
    /// use nh_hyper::{CallOptions, Notification, Step};
    ///
    /// # demo::run!(|client, emulator| {
    /// # use nh_emulator::Fault;
    /// # use std::sync::{Arc, Mutex};
    /// # emulator.add_fault(Fault::status(429).retry_after(1).times(1))?;
    /// # let seen = Arc::new(Mutex::new(Vec::new()));
    /// # let log = seen.clone();
    /// let watched = client.with_options(CallOptions::new().on_step(move |step| match step {
    ///     Step::Attempt { number, tracking_id } => println!("attempt {number}, {tracking_id}"),
    ///     Step::Wait { time, throttled: true, .. } => {
    ///         println!("the service throttles: waiting {time:?}");
    /// #       log.lock().unwrap().push(time);
    ///     }
    ///     _ => {}
    /// }));
    /// watched.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    /// # assert_eq!(*seen.lock().unwrap(), [std::time::Duration::from_secs(1)]);
    /// # });
    /// ```
    pub fn on_step(mut self, tell: impl Fn(Step) + Send + Sync + 'static) -> CallOptions {
        self.observer = Some(Observer::new(tell));
        self
    }

    pub(crate) fn over(&self, settings: &Settings) -> Settings {
        let settings = settings.clone();
        Settings {
            attempt_timeout: self.attempt_timeout.unwrap_or(settings.attempt_timeout),
            overall_timeout: self.overall_timeout.unwrap_or(settings.overall_timeout),
            max_response_size: self.max_response_size.unwrap_or(settings.max_response_size),
            retry: self.retry.clone().unwrap_or(settings.retry),
            observer: self.observer.clone().or(settings.observer),
            ..settings
        }
    }
}
