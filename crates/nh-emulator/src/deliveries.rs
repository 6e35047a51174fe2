use crate::model::delivery::Delivery;
use crate::namespace::events::Event;
use crate::namespace::namespace::Namespace;
use std::fmt;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// What devices receive, as they receive it: see [`Emulator::deliveries`](crate::Emulator::deliveries).
///
/// ```
/// use nh_core::{Hub, Notification, ScheduleNotification, bytes::Bytes};
/// use nh_emulator::{Emulator, NewDevice, Platform};
/// use std::time::{Duration, SystemTime};
///
/// let emulator = Emulator::start_blocking()?;
/// emulator.register_device(NewDevice::new(Platform::Apple).tag("sports"))?;
/// let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
/// let tomorrow = SystemTime::now() + Duration::from_secs(24 * 3600);
/// let alert = Notification::apple(r#"{"aps":{"alert":"Good morning"}}"#)?;
/// let send = ScheduleNotification::new(alert, "sports", tomorrow)?;
/// # let authority = ureq::tls::Certificate::from_pem(emulator.ca_pem().as_bytes())?;
/// # let roots = ureq::tls::RootCerts::new_with_certs(&[authority]);
/// # let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
/// # let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
/// agent.run(hub.request(&send, SystemTime::now())?.map(|body| body.to_vec()))?;
///
/// let mut deliveries = emulator.deliveries();
/// emulator.advance(Duration::from_secs(25 * 3600));
/// assert_eq!(deliveries.next_blocking()?.payload, r#"{"aps":{"alert":"Good morning"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Deliveries {
    namespace: Arc<Namespace>,
    events: Receiver<Event>,
    /// The number of the last delivery that was given.
    last: u64,
    has_ended: bool,
}

/// Why [`Deliveries`] has no delivery to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoDelivery {
    /// So many deliveries came and went before they were asked for: the inbox keeps the newest 100 000, and can be cleared. The
    /// next call goes on after them.
    Missed(u64),
    /// The emulator has ended.
    Ended,
}

impl Deliveries {
    pub(crate) fn new(namespace: Arc<Namespace>) -> Deliveries {
        // Watching comes before counting, so that nothing is missed between.
        let events = namespace.events.watch();
        let last = namespace.inbox.count();
        Deliveries { namespace, events, last, has_ended: false }
    }

    /// The next one. Can be awaited on any executor.
    ///
    /// # Errors
    /// Deliveries were [missed](NoDelivery::Missed), or the emulator has [ended](NoDelivery::Ended).
    pub async fn next(&mut self) -> Result<Delivery, NoDelivery> {
        loop {
            if let Some(found) = self.kept() {
                return found;
            }
            let event = self.events.recv().await;
            self.note(event);
        }
    }

    /// The same for programs that are not async.
    ///
    /// # Errors
    /// As [`next`](Deliveries::next).
    ///
    /// # Panics
    /// Inside a tokio runtime.
    pub fn next_blocking(&mut self) -> Result<Delivery, NoDelivery> {
        loop {
            if let Some(found) = self.kept() {
                return found;
            }
            let event = self.events.blocking_recv();
            self.note(event);
        }
    }

    /// Who was too slow for the events looks at the inbox all the same.
    fn note(&mut self, event: Result<Event, RecvError>) {
        self.has_ended |= matches!(event, Ok(Event::Ended) | Err(RecvError::Closed));
    }

    fn kept(&mut self) -> Option<Result<Delivery, NoDelivery>> {
        let Some((next, missed)) = self.namespace.inbox.after(self.last) else {
            return self.has_ended.then_some(Err(NoDelivery::Ended));
        };
        if missed > 0 {
            self.last += missed;
            return Some(Err(NoDelivery::Missed(missed)));
        }
        self.last = next.id;
        Some(Ok(Delivery::from(&*next)))
    }
}

impl fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deliveries").field("last", &self.last).finish_non_exhaustive()
    }
}

impl fmt::Display for NoDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoDelivery::Missed(count) => {
                write!(f, "{count} deliveries came and went before they were asked for")
            }
            NoDelivery::Ended => f.write_str("the emulator has ended"),
        }
    }
}

impl std::error::Error for NoDelivery {}
