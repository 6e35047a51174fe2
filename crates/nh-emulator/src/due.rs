//! Sends what has waited for its time.

use crate::service::Service;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::block_in_place;

impl Service {
    /// Sends everything that is due. A hub may be gone since.
    pub(crate) fn send_due(&self) {
        let _sending = self.schedule.sending();
        while let Some((id, send)) = self.schedule.take_due(self.clock.now()) {
            self.data.forget_scheduled(&id);
            let Some(hub) = self.hub(&send.hub) else { continue };
            let delivered = self.deliver(&hub, &send.notification, send.audience.as_ref(), &id, usize::MAX);
            let tags = send.audience.as_ref().map(ToString::to_string);
            self.telemetry.sent(&hub.name, &id, &send.notification, tags, &delivered, self.clock.now());
        }
    }
}

/// The system's clock may be set, and it goes on while a machine sleeps and its timers stand still: it is looked at this often.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Sends what is due when it is, until the task is dropped.
pub(crate) async fn keep(service: Arc<Service>) {
    loop {
        block_in_place(|| service.send_due());
        let changed = service.schedule.changed();
        match service.schedule.next() {
            None => changed.await,
            Some(at) => {
                let wait = Duration::try_from(at - service.clock.now()).unwrap_or_default();
                let _ = tokio::time::timeout(wait.min(LONGEST_WAIT), changed).await;
            }
        }
    }
}
