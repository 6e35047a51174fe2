use crate::dump::Dump;
use crate::renewal::Renew;
use crate::step::Observer;
use http::HeaderValue;
use nh_core::retry::RetryPolicy;
use std::sync::Arc;
use std::time::Duration;

/// How calls go.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) attempt_timeout: Duration,
    pub(crate) overall_timeout: Duration,
    pub(crate) max_response_size: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) user_agent: HeaderValue,
    pub(crate) dump: Option<Dump>,
    pub(crate) observer: Option<Observer>,
    /// Who gets a new key, if the service refuses that of its credential.
    pub(crate) renewal: Option<Arc<dyn Renew>>,
}
