//! What happens, for those who watch.

use crate::model::delivery::Received;
use crate::model::logged_request::LoggedRequest;
use std::sync::Arc;
use tokio::sync::broadcast;

#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A device has received something.
    Delivery(Arc<Received>),
    /// The data plane has been asked something.
    Request(Arc<LoggedRequest>),
    /// Something of a hub's devices has changed.
    Devices,
    /// A send waits, or waits no longer.
    Scheduled,
    /// A delivery was forgotten.
    Forgotten(u64),
    /// All deliveries were forgotten.
    Inbox,
    /// All requests were forgotten.
    Log,
    /// What goes wrong on demand has changed.
    Faults,
    /// The clock was moved.
    Clock,
    /// Everything is as it was at the start.
    Reset,
    /// The emulator has ended.
    Ended,
}

/// How many a watcher may be behind before it has to look anew.
const BEHIND: usize = 4096;

#[derive(Clone, Debug)]
pub(crate) struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Events {
        Events(broadcast::Sender::new(BEHIND))
    }
}

impl Events {
    pub(crate) fn tell(&self, event: Event) {
        // Nobody may be watching.
        let _ = self.0.send(event);
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
