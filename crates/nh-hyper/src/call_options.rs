use crate::settings::Settings;
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
