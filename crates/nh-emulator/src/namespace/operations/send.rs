use super::hints::hints;
use crate::model::ids::notification_id;
use crate::model::send::{Send, Sent};
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;

impl Namespace {
    /// Sends a notification at once.
    pub(crate) fn send(&self, hub: &Hub, send: &Send) -> Sent {
        let now = self.clock.now();
        let id = notification_id(now);
        let results = self.deliver(hub, send, &id);
        self.telemetry.sent(&hub.name, &id, send, &results, now);
        let hints = hints(hub, send, &results);
        Sent { id, results, hints }
    }
}
