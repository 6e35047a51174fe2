use crate::tag::ToTag as _;
use crate::{BuildError, IntoTag, IntoTagExpression, Tag, TagExpression};
use http::HeaderValue;
use serde::{Serialize, Serializer};
use std::fmt;

/// The receivers of a notification: all devices, or the devices that match a tag expression.
///
/// ```
/// use nh_core::{Audience, Tag};
///
/// assert_eq!(Audience::EVERYONE.as_expression(), None);
/// assert_eq!(Audience::tag("sports")?.as_expression(), Some("sports"));
/// assert_eq!(Audience::any_of(["sports", "politics"])?.as_expression(), Some("sports || politics"));
/// assert_eq!(Audience::expression("sports && !politics")?.as_expression(), Some("sports && !politics"));
/// assert_eq!(Audience::user("bob@contoso.com")?.as_expression(), Some("$UserId:{bob@contoso.com}"));
/// assert_eq!(Audience::from(Tag::new("sports")?), Audience::tag("sports")?);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Audience(Option<HeaderValue>);

impl Audience {
    /// An audience of tags that are joined with `||` only has at most this many tags ([Routing and tag expressions]).
    ///
    /// [Routing and tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
    pub const MAX_ALTERNATIVES: usize = crate::tag_expression::MAX_ALTERNATIVES;

    /// All devices in the hub that have the notification's platform.
    pub const EVERYONE: Audience = Audience(None);

    /// Selects the devices that have this tag.
    ///
    /// # Errors
    /// Fails if [`Tag::new`] refuses the tag.
    pub fn tag(tag: impl IntoTag) -> Result<Audience, BuildError> {
        Ok(Audience::from(tag.to_tag()?))
    }

    /// Selects the devices that have at least one of these tags.
    ///
    /// # Errors
    /// Fails if [`Tag::new`] refuses a tag, if there is no tag, or if there are more than 20 tags.
    /// [`SendAll`](crate::SendAll) takes more.
    pub fn any_of(tags: impl IntoIterator<Item: IntoTag>) -> Result<Audience, BuildError> {
        // One more than allowed is enough to know.
        let tags = tags.into_iter().take(Audience::MAX_ALTERNATIVES + 1).map(|tag| tag.to_tag());
        match TagExpression::any_of(tags.collect::<Result<_, _>>()?) {
            Some(expression) => Audience::expression(expression),
            None => Err(BuildError::new("list of tags", "is empty", "give a tag, or use Audience::EVERYONE")),
        }
    }

    /// Selects the devices that match a tag expression.
    ///
    /// # Errors
    /// - Fails if [`TagExpression::parse`] refuses the text.
    /// - Fails if the expression has more than 20 tags and `||` only, or more than 6 tags and other operators too.
    pub fn expression(expression: impl IntoTagExpression) -> Result<Audience, BuildError> {
        let expression = expression.to_expression()?;
        expression.check_limits()?;
        let value = HeaderValue::try_from(expression.to_string())
            .expect("tags, operators and spaces are header text");
        Ok(Audience(Some(value)))
    }

    /// Selects all devices of the user with this id.
    ///
    /// # Errors
    /// Fails if [`Tag::user`] refuses the id.
    pub fn user(id: impl AsRef<str>) -> Result<Audience, BuildError> {
        Tag::user(id).map(Audience::from)
    }

    /// Selects the installation with this id.
    ///
    /// # Errors
    /// Fails if [`Tag::installation`] refuses the id.
    pub fn installation(id: impl AsRef<str>) -> Result<Audience, BuildError> {
        Tag::installation(id).map(Audience::from)
    }

    /// Returns the tag expression, or `None` for all devices.
    pub fn as_expression(&self) -> Option<&str> {
        self.0.as_ref().map(|value| value.to_str().expect("tags and operators are ASCII"))
    }

    pub(crate) fn header_value(&self) -> Option<&HeaderValue> {
        self.0.as_ref()
    }
}

impl From<Tag> for Audience {
    fn from(tag: Tag) -> Audience {
        Audience(Some(tag.into_header_value()))
    }
}

/// Writes the tag expression, or `null` for all devices.
impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_expression().serialize(serializer)
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_expression() {
            Some(expression) => write!(f, "Audience({expression})"),
            None => f.write_str("Audience(everyone)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_20_alternatives() {
        let tags: Vec<_> = (0..21).map(|i| format!("t{i}")).collect();
        assert!(Audience::any_of(tags[..20].to_vec()).is_ok());
        assert!(Audience::any_of(tags).unwrap_err().to_string().contains("21 tags"));
    }

    #[test]
    fn what_combining_made_too_large_is_refused() {
        let tag = |i| Tag::new(format!("t{i}")).unwrap();
        let expression = (1..7).fold(TagExpression::from(tag(0)), |all, i| all & tag(i));
        assert!(Audience::expression(expression).unwrap_err().to_string().contains("7 tags"));
    }
}
