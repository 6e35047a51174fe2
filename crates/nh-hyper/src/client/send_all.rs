//! One notification to any number of recipients.

use crate::client::Client;
use crate::error::Error;
use nh_core::retry::Fate;
use nh_core::{Receipt, SendAll};

impl Client {
    /// Sends one notification to all recipients of a [`SendAll`], part by part. A part that fails does not end it: the parts after
    /// it are sent too. So this never fails as a whole; [`SentAll`] tells what became of each part.
    ///
    /// ```
    /// use nh_hyper::{Notification, SendAll};
    ///
    /// # demo::run!(|client, emulator| {
    /// let tokens: Vec<String> = (0..2500).map(|i| format!("token-{i}")).collect();
    /// let news = Notification::fcm_v1(r#"{"message":{"data":{"news":"1"}}}"#)?;
    ///
    /// let sent = client.send_all(SendAll::to_devices(news, &tokens)?).await;
    /// for part in sent.failed() {
    ///     println!("{} devices: {:?}", part.recipients().len(), part.fate());
    /// }
    /// assert!(sent.is_complete());
    /// assert_eq!(sent.parts().len(), 3);
    /// # });
    /// ```
    pub async fn send_all(&self, sends: SendAll<'_>) -> SentAll {
        let mut parts = Vec::with_capacity(sends.len());
        for part in sends {
            let result = self.execute(&part).await;
            let recipients = part.recipients().iter().map(|recipient| recipient.clone().into_owned());
            parts.push(SentPart { recipients: recipients.collect(), result });
        }
        SentAll { parts }
    }
}

/// What became of a [`SendAll`], part by part: see [`Client::send_all`].
#[derive(Debug)]
#[must_use = "a part may have failed"]
pub struct SentAll {
    parts: Vec<SentPart>,
}

impl SentAll {
    /// All parts, in order.
    pub fn parts(&self) -> &[SentPart] {
        &self.parts
    }

    /// The parts that failed. [`SentPart::fate`] says which of them you can send again.
    ///
    /// ```
    /// use nh_hyper::{Fate, Notification, SendAll};
    ///
    /// # demo::run!(|client, emulator| {
    /// let ids = ["bob@contoso.com", "alice@contoso.com"];
    /// let hello = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
    /// let sent = client.send_all(SendAll::to_users(&hello, ids)?).await;
    ///
    /// // Only what was certainly not sent goes out once more.
    /// let again = sent.failed().filter(|part| matches!(part.fate(), Some(Fate::NotDone { .. })));
    /// let again: Vec<String> = again.flat_map(|part| part.recipients().to_vec()).collect();
    /// if !again.is_empty() {
    ///     let sent = client.send_all(SendAll::to_users(&hello, &again)?).await;
    /// }
    /// # });
    /// ```
    pub fn failed(&self) -> impl Iterator<Item = &SentPart> {
        self.parts.iter().filter(|part| part.result.is_err())
    }

    /// Returns true if no part failed.
    pub fn is_complete(&self) -> bool {
        self.failed().next().is_none()
    }
}

/// One part of a [`SentAll`]: who it was for, and what became of it.
#[derive(Debug)]
pub struct SentPart {
    recipients: Vec<String>,
    result: Result<Receipt, Error>,
}

impl SentPart {
    /// Who the part was for, as they were given.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// The receipt, or the error.
    pub fn result(&self) -> Result<&Receipt, &Error> {
        self.result.as_ref()
    }

    /// What is known of a part that failed: see [`Error::fate`]. `None` for a part that was sent.
    pub fn fate(&self) -> Option<Fate> {
        self.result.as_ref().err().map(Error::fate)
    }
}
