use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a call begins to do. [`CallOptions::on_step`](crate::CallOptions::on_step) tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// An attempt. From now on, the request may be carried out.
    Attempt {
        /// 1 for the first.
        number: u32,
        /// The id that its request carries. Azure support finds the request by it.
        tracking_id: String,
    },
    /// A wait before the next attempt. No request is in flight.
    Wait {
        /// How long it takes.
        time: Duration,
        /// True if the service throttles: it asked for the wait, in its answer to this call or to another one. False after another
        /// failure.
        throttled: bool,
        /// True if an earlier attempt may have been carried out. Without
        /// [`RetryPolicy::repeat_unknown`](crate::RetryPolicy::repeat_unknown), no send waits then.
        maybe_done: bool,
    },
}

/// Who is told of the steps of calls.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(Step) + Send + Sync>);

impl Observer {
    pub(crate) fn new(tell: impl Fn(Step) + Send + Sync + 'static) -> Observer {
        Observer(Arc::new(tell))
    }

    pub(crate) fn tell(&self, step: Step) {
        (self.0)(step);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
