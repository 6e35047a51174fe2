use crate::exchange::Settings;
use nh_core::retry::RetryPolicy;
use std::time::Duration;

/// What some calls do otherwise than their client was set up for: see [`Client::with_options`](crate::Client::with_options).
///
/// ```
/// use nh_core::retry::RetryPolicy;
/// use nh_hyper::CallOptions;
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
}

impl CallOptions {
    /// Nothing else than what the client was set up for.
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// How long one attempt may take.
    pub fn attempt_timeout(mut self, timeout: Duration) -> CallOptions {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long a call may take, with all its attempts and waits.
    pub fn overall_timeout(mut self, timeout: Duration) -> CallOptions {
        self.overall_timeout = Some(timeout);
        self
    }

    /// How many bytes an answer may have.
    pub fn max_response_size(mut self, bytes: usize) -> CallOptions {
        self.max_response_size = Some(bytes);
        self
    }

    /// How often what certainly was not carried out is tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> CallOptions {
        self.retry = Some(policy);
        self
    }

    pub(crate) fn over(&self, settings: &Settings) -> Settings {
        let settings = settings.clone();
        Settings {
            attempt_timeout: self.attempt_timeout.unwrap_or(settings.attempt_timeout),
            overall_timeout: self.overall_timeout.unwrap_or(settings.overall_timeout),
            max_response_size: self.max_response_size.unwrap_or(settings.max_response_size),
            retry: self.retry.clone().unwrap_or(settings.retry),
            ..settings
        }
    }
}
