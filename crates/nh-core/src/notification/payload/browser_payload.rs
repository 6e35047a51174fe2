use super::{Fields, Payload, field};
use crate::BuildError;
use serde::Serialize;

/// What a browser is told. What becomes of it is for the page's service worker to decide; `title` and `message` are what that
/// of the documentation reads ([Browser push]).
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
    /// A title and a text.
    pub fn new(title: impl Into<String>, message: impl Into<String>) -> BrowserPayload {
        BrowserPayload { title: title.into(), message: message.into(), fields: Fields::new() }
    }

    /// A field of your own.
    ///
    /// # Errors
    /// A value that is no JSON; the names `title` and `message`.
    pub fn field(mut self, name: &str, value: &impl Serialize) -> Result<BrowserPayload, BuildError> {
        if ["title", "message"].contains(&name) {
            return Err(BuildError::new(
                format_args!("field {name}"),
                "is given already",
                "use another name",
            ));
        }
        self.fields.insert(name.to_owned(), field(name, value)?);
        Ok(self)
    }
}

impl From<BrowserPayload> for Payload {
    fn from(payload: BrowserPayload) -> Payload {
        Payload::of(&payload)
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
