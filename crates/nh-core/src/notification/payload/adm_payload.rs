use super::{Fields, Payload, field};
use crate::BuildError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What an Amazon device is told ([ADM: send a message]).
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

    /// What the app itself reads. Values are text.
    pub fn data(mut self, name: impl Into<String>, value: impl Into<String>) -> AdmPayload {
        self.data.insert(name.into(), value.into());
        self
    }

    /// Of messages with the same key only the last waits for a device that is off.
    pub fn consolidation_key(mut self, key: impl Into<String>) -> AdmPayload {
        self.consolidation_key = Some(key.into());
        self
    }

    /// How long ADM keeps it for a device that is off, in whole seconds.
    pub fn expires_after(mut self, time: Duration) -> AdmPayload {
        self.expires_after = Some(time.as_secs());
        self
    }

    /// Any other member, such as `notification` or `priority`.
    ///
    /// # Errors
    /// A value that is no JSON; a member that has a method of its own.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<AdmPayload, BuildError> {
        if ["data", "consolidationKey", "expiresAfter"].contains(&name) {
            return Err(BuildError::new(
                format_args!("ADM field {name}"),
                "has a method of its own",
                "use it",
            ));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

impl From<AdmPayload> for Payload {
    fn from(payload: AdmPayload) -> Payload {
        Payload::of(&payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_always_there_and_has_its_own_method() {
        assert_eq!(Payload::from(AdmPayload::new()), r#"{"data":{}}"#.into());
        let payload = AdmPayload::new().data("msg", "Hello!").field("priority", &"high").unwrap();
        assert_eq!(Payload::from(payload), r#"{"data":{"msg":"Hello!"},"priority":"high"}"#.into());
        assert!(AdmPayload::new().field("data", &1).is_err());
    }
}
