use crate::control_token::ControlToken;
use crate::model::logged_request::LoggedRequest;
use crate::model::refusal::Refusal;
use crate::namespace::events::Event;
use crate::namespace::namespace::Namespace;
use crate::namespace::ring::Ring;
use crate::rest::fault::Faults;
use std::sync::Arc;

/// The newest so many requests are kept.
pub(crate) const MAX_REQUESTS: usize = 1000;

/// What the faces of an emulator share: the namespace, and what stands before it.
pub(crate) struct App {
    pub(crate) namespace: Arc<Namespace>,
    /// The name that it is reached by.
    pub(crate) host: String,
    pub(crate) control_token: Option<ControlToken>,
    pub(crate) faults: Faults,
    /// What the data plane has been asked.
    pub(crate) requests: Ring<LoggedRequest>,
    /// Who is told of each request.
    pub(crate) on_request: Option<OnRequest>,
}

/// Is told of a request.
pub(crate) type OnRequest = Arc<dyn Fn(&LoggedRequest) + Send + Sync>;

impl App {
    /// Everything is as it was at the start.
    ///
    /// # Errors
    /// Nothing can be kept.
    pub(crate) fn reset(&self) -> Result<(), Refusal> {
        self.namespace.data.check()?;
        self.namespace.reset();
        self.faults.clear();
        self.requests.clear();
        self.namespace.events.tell(Event::Reset);
        Ok(())
    }
}
