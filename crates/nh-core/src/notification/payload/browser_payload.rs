use super::fields::{Fields, field, has_a_method};
use crate::BuildError;
use serde::Serialize;

/// A payload for browsers. The service worker of the page decides what to show. The service worker in the documentation reads
/// `title` and `message` ([Browser push]). Web push takes 3993 bytes.
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::BrowserPayload;
///
/// let hello = BrowserPayload::new("Hello", "from Redmond").field("icon", &"/icon.png")?;
/// assert_eq!(
///     Notification::from(Notification::browser(hello)?).body(),
///     r#"{"title":"Hello","message":"from Redmond","icon":"/icon.png"}"#,
/// );
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Browser push]: https://learn.microsoft.com/azure/notification-hubs/browser-push
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BrowserPayload {
    title: String,
    message: String,
    #[serde(flatten)]
    fields: Fields,
}

impl BrowserPayload {
    /// A payload with a title (`title`) and a text (`message`).
    pub fn new(title: impl Into<String>, message: impl Into<String>) -> BrowserPayload {
        BrowserPayload { title: title.into(), message: message.into(), fields: Fields::new() }
    }

    /// Sets a member of your own. The service worker reads it.
    ///
    /// # Errors
    /// The value cannot be serialized, or the name is `title` or `message`.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<BrowserPayload, BuildError> {
        if ["title", "message"].contains(&name) {
            return Err(has_a_method(name, "BrowserPayload::new"));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_be_given_twice() {
        assert!(BrowserPayload::new("a", "b").field("title", &"c").is_err());
    }
}
