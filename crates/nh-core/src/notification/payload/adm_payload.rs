use super::fields::{Fields, field, has_a_method};
use crate::BuildError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A payload for Amazon devices ([ADM: send a message]). ADM takes 6144 bytes.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::AdmPayload;
/// use std::time::Duration;
///
/// let score = AdmPayload::new().data("score", "2:1").consolidation_key("score").expires_after(Duration::from_secs(60));
/// assert_eq!(
///     Notification::from(Notification::adm(score)?).body(),
///     r#"{"data":{"score":"2:1"},"consolidationKey":"score","expiresAfter":60}"#,
/// );
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [ADM: send a message]: https://developer.amazon.com/docs/adm/send-message.html
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmPayload {
    data: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consolidation_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_after: Option<u64>,
    #[serde(flatten)]
    fields: Fields,
}

impl AdmPayload {
    /// An empty message.
    pub fn new() -> AdmPayload {
        AdmPayload::default()
    }

    /// Sets a member of `data`. The app reads it.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> AdmPayload {
        self.data.insert(name.into(), value.into());
        self
    }

    /// Sets `consolidationKey`: if a device is offline, ADM keeps only the last message with the same key.
    pub fn consolidation_key(mut self, key: impl Into<String>) -> AdmPayload {
        self.consolidation_key = Some(key.into());
        self
    }

    /// Sets `expiresAfter`: how long ADM keeps the message for a device that is offline. It goes out in whole seconds; fractions
    /// are cut off.
    pub fn expires_after(mut self, time: Duration) -> AdmPayload {
        self.expires_after = Some(time.as_secs());
        self
    }

    /// Sets another member of the message, such as `notification` or `priority`.
    ///
    /// # Errors
    /// The value cannot be serialized, or the member has a method of its own.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<AdmPayload, BuildError> {
        const METHODS: [(&str, &str); 3] = [
            ("data", "AdmPayload::data"),
            ("consolidationKey", "AdmPayload::consolidation_key"),
            ("expiresAfter", "AdmPayload::expires_after"),
        ];
        if let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == name) {
            return Err(has_a_method(name, method));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Payload;

    #[test]
    fn data_is_always_there_and_has_its_own_method() {
        assert_eq!(Payload::from(AdmPayload::new()), r#"{"data":{}}"#.into());
        let payload = AdmPayload::new().data("msg", "Hello!").field("priority", &"high").unwrap();
        assert_eq!(Payload::from(payload), r#"{"data":{"msg":"Hello!"},"priority":"high"}"#.into());
        assert!(AdmPayload::new().field("data", &1).is_err());
    }
}
