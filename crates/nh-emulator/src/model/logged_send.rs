use super::notification::Notification;
use super::send::{Send, Sent, Target};
use nh_core::TagExpression;
use serde::Serialize;

/// The send that a request asked for, and whom it reached: see [`LoggedRequest::send`](crate::LoggedRequest::send).
///
/// ```
/// use nh_core::{Hub, Notification, SendNotification};
/// use nh_emulator::Emulator;
/// use std::time::SystemTime;
///
/// let emulator = Emulator::builder().demo_devices(true).start_blocking()?;
/// let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
/// let goal = Notification::apple(r#"{"aps":{"alert":"Goal!"}}"#)?;
/// let send = SendNotification::new(goal, "sports && nobody")?;
/// # let authority = ureq::tls::Certificate::from_pem(emulator.ca_pem().as_bytes())?;
/// # let roots = ureq::tls::RootCerts::new_with_certs(&[authority]);
/// # let tls = ureq::tls::TlsConfig::builder().root_certs(roots).build();
/// # let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
/// agent.run(hub.request(&send, SystemTime::now())?.map(|body| body.to_vec()))?;
///
/// let logged = emulator.requests();
/// let send = logged[0].send.as_ref().expect("the request was a send");
/// assert_eq!(send.tags.as_deref(), Some("sports && nobody"));
/// assert_eq!((send.matched, send.delivered), (Some(0), Some(0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LoggedSend {
    /// The id of the notification: its deliveries have the same.
    pub notification_id: String,
    /// The format: a platform's word, or `template`.
    pub format: String,
    /// The tag expression; `None`: it goes to every device, or to handles.
    pub tags: Option<String>,
    /// To how many handles it goes directly; `None`: it goes to whom the tags match.
    pub handles: Option<u64>,
    /// How many devices it was for; `None`: it waits for its time.
    pub matched: Option<u64>,
    /// How many of them have it: the push services of the others refused it. `None`: it waits for its time.
    pub delivered: Option<u64>,
}

impl LoggedSend {
    /// One that waits for its time.
    pub(crate) fn waiting(
        id: &str,
        notification: &Notification,
        audience: Option<&TagExpression>,
    ) -> LoggedSend {
        LoggedSend {
            notification_id: id.to_owned(),
            format: notification.format().word().to_owned(),
            tags: audience.map(ToString::to_string),
            handles: None,
            matched: None,
            delivered: None,
        }
    }

    pub(crate) fn sent(sent: &Sent, send: &Send) -> LoggedSend {
        let (audience, handles) = match &send.target {
            Target::Audience(audience) => (audience.as_ref(), None),
            Target::Handles(handles) => (None, Some(handles.len() as u64)),
        };
        let waiting = LoggedSend::waiting(&sent.id, &send.notification, audience);
        LoggedSend { handles, ..waiting }.with_counts(sent.counts())
    }

    /// Once it has been sent.
    pub(crate) fn with_counts(self, (matched, delivered): (u64, u64)) -> LoggedSend {
        LoggedSend { matched: Some(matched), delivered: Some(delivered), ..self }
    }
}
