//! Sends that wait for their time.

use crate::model::ids::notification_id;
use crate::model::refusal::Refusal;
use crate::model::scheduled::Scheduled;
use crate::model::send::{Send, Target};
use crate::namespace::data::KeptSend;
use crate::namespace::events::Event;
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use crate::namespace::schedule::Waiting;
use std::sync::Arc;
use time::Duration;
use tokio::task::block_in_place;

/// So far ahead a send can be scheduled (the article on scheduled sends).
const WINDOW: Duration = Duration::days(7);

/// The system's clock may be set, and it goes on while a machine sleeps and its timers stand still: it is looked at this often.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(60);

/// When it cannot be sent.
#[derive(Debug)]
pub(crate) struct OutsideWindow;

impl Namespace {
    /// Sends a notification to an audience at a time. Returns the notification's id.
    ///
    /// # Errors
    /// A time that is past, or more than seven days ahead.
    pub(crate) fn schedule(&self, hub: &Hub, send: &KeptSend) -> Result<String, OutsideWindow> {
        let now = self.clock.now();
        if send.at <= now || send.at - now > WINDOW {
            return Err(OutsideWindow);
        }
        let id = notification_id(now);
        self.data.keep_scheduled(&id, send);
        self.arm(hub, &id, send);
        self.events.tell(Event::Scheduled);
        Ok(id)
    }

    /// What waited when the emulator ended goes on waiting; what has come due since is sent now. A hub may be gone.
    pub(crate) fn schedule_again(&self, id: &str, send: &KeptSend) {
        match self.hub(&send.hub) {
            Some(hub) => self.arm(&hub, id, send),
            None => self.data.forget_scheduled(id),
        }
    }

    fn arm(&self, hub: &Hub, id: &str, kept: &KeptSend) {
        let (notification, target) = (kept.notification.clone(), Target::Audience(kept.audience.clone()));
        let send = Send { notification, target, is_test: false };
        self.telemetry.schedule(&hub.name, id, &send, self.clock.now());
        self.schedule.add(id, kept.at, Waiting { hub: hub.name.clone(), send });
    }

    /// All that wait, the next one first.
    pub(crate) fn scheduled(&self) -> Vec<Scheduled> {
        let all = self.schedule.all().into_iter();
        let scheduled = all.map(|(time, notification_id, Waiting { hub, send })| Scheduled {
            notification_id,
            hub,
            time,
            format: send.notification.format().word().to_owned(),
            tags: send.target.tags(),
            payload: String::from_utf8_lossy(&send.notification.body).into_owned(),
        });
        scheduled.collect()
    }

    /// Takes a hub's send back.
    ///
    /// # Errors
    /// It does not wait.
    pub(crate) fn cancel_scheduled(&self, hub: &str, id: &str) -> Result<(), Refusal> {
        self.data.check()?;
        if !self.schedule.cancel(hub, id) {
            return Err(Refusal::not_found("The scheduled notification does not exist"));
        }
        self.data.forget_scheduled(id);
        self.telemetry.cancel(id);
        self.events.tell(Event::Scheduled);
        Ok(())
    }

    /// Sends everything that is due. A hub may be gone since.
    pub(crate) fn send_due(&self) {
        let _sending = self.schedule.sending();
        while let Some((id, Waiting { hub, send })) = self.schedule.take_due(self.clock.now()) {
            self.data.forget_scheduled(&id);
            self.events.tell(Event::Scheduled);
            let Some(hub) = self.hub(&hub) else { continue };
            let results = self.deliver(&hub, &send, &id);
            self.telemetry.sent(&hub.name, &id, &send, &results, self.clock.now());
        }
    }

    /// What is due by the clock's new time goes out.
    pub(crate) fn clock_moved(&self) {
        self.send_due();
        self.schedule.wake();
        self.events.tell(Event::Clock);
    }
}

/// Sends what is due when it is, until the task is dropped.
pub(crate) async fn keep_sending(namespace: Arc<Namespace>) {
    loop {
        block_in_place(|| namespace.send_due());
        let changed = namespace.schedule.changed();
        match namespace.schedule.next() {
            None => changed.await,
            Some(at) => {
                let wait = std::time::Duration::try_from(at - namespace.clock.now()).unwrap_or_default();
                let _ = tokio::time::timeout(wait.min(LONGEST_WAIT), changed).await;
            }
        }
    }
}
