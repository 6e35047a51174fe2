use crate::event::Event;
use crate::inbox::Delivery;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// What devices receive, as they receive it: see [`Emulator::deliveries`](crate::Emulator::deliveries). Whoever is far behind
/// misses what [`Emulator::inbox`](crate::Emulator::inbox) still has.
///
/// ```
/// use nh_core::{Audience, Hub, Notification, ScheduleNotification, bytes::Bytes};
/// use nh_emulator::Emulator;
/// use std::time::{Duration, SystemTime};
///
/// let emulator = Emulator::start_blocking()?;
/// let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
/// let tomorrow = SystemTime::now() + Duration::from_secs(24 * 3600);
/// let alert = Notification::apple(r#"{"aps":{"alert":"Good morning"}}"#)?;
/// let send = ScheduleNotification::new(alert, Audience::tag("sports")?, tomorrow)?;
/// # let authority = ureq::tls::Certificate::from_pem(emulator.ca_pem().as_bytes())?;
/// # let roots = ureq::tls::RootCerts::new_with_certs(&[authority]);
/// # let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
/// # let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
/// agent.run(hub.request(&send, SystemTime::now())?.map(|body| body.to_vec()))?;
///
/// let mut deliveries = emulator.deliveries();
/// emulator.advance(Duration::from_secs(25 * 3600));
/// assert_eq!(deliveries.next_blocking().unwrap().payload, r#"{"aps":{"alert":"Good morning"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Deliveries(Receiver<Event>);

impl Deliveries {
    pub(crate) fn new(events: Receiver<Event>) -> Deliveries {
        Deliveries(events)
    }

    /// The next one, or `None` when the emulator has ended. Can be awaited on any executor.
    pub async fn next(&mut self) -> Option<Delivery> {
        loop {
            if let Some(delivery) = delivery(self.0.recv().await)? {
                return Some(delivery);
            }
        }
    }

    /// The same for programs that are not async.
    ///
    /// # Panics
    /// Inside a tokio runtime.
    pub fn next_blocking(&mut self) -> Option<Delivery> {
        loop {
            if let Some(delivery) = delivery(self.0.blocking_recv())? {
                return Some(delivery);
            }
        }
    }
}

/// `None`: there will be no more. `Some(None)`: this was something else.
fn delivery(event: Result<Event, RecvError>) -> Option<Option<Delivery>> {
    match event {
        Ok(Event::Delivery(received)) => Some(Some(Delivery::from(&*received))),
        Ok(_) | Err(RecvError::Lagged(_)) => Some(None),
        Err(RecvError::Closed) => None,
    }
}
