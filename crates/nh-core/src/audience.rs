use crate::tag::ToTag as _;
use crate::{BuildError, IntoTag, IntoTagExpression, Tag, TagExpression};
use http::HeaderValue;
use serde::{Serialize, Serializer};
use std::fmt;

/// Who receives a notification: everyone, or the devices that a tag expression picks.
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
    /// An audience has at most so many alternatives ([Routing and tag expressions]).
    ///
    /// [Routing and tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
    pub const MAX_ALTERNATIVES: usize = crate::tag_expression::MAX_ALTERNATIVES;

    /// Every device that is registered in the hub (for the notification's platform).
    pub const EVERYONE: Audience = Audience(None);

    /// The devices with a tag.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn tag(tag: impl IntoTag) -> Result<Audience, BuildError> {
        Ok(Audience::from(tag.to_tag()?))
    }

    /// The devices with at least one of these tags.
    ///
    /// # Errors
    /// An illegal [`Tag`], no tag at all, or more than 20.
    pub fn any_of(tags: impl IntoIterator<Item: IntoTag>) -> Result<Audience, BuildError> {
        let mut expression: Option<TagExpression> = None;
        for tag in tags {
            let tag = tag.to_tag()?;
            expression = Some(match expression {
                None => tag.into(),
                Some(expression) => expression | tag,
            });
            // Said at once: joining a million tags would take long and then be refused.
            if let Some(expression) = &expression {
                expression.check_limits()?;
            }
        }
        match expression {
            Some(expression) => Audience::expression(expression),
            None => Err(BuildError::new("list of tags", "is empty", "name a tag, or say Audience::EVERYONE")),
        }
    }

    /// The devices that an expression picks.
    ///
    /// # Errors
    /// What [`TagExpression::parse`] refuses, and combined expressions of more than 20 tags (`||` alone) or 6.
    pub fn expression(expression: impl IntoTagExpression) -> Result<Audience, BuildError> {
        let expression = expression.to_expression()?;
        expression.check_limits()?;
        let value = HeaderValue::try_from(expression.to_string())
            .expect("tags, operators and spaces are header text");
        Ok(Audience(Some(value)))
    }

    /// All devices of a user.
    ///
    /// # Errors
    /// As [`Tag::user`].
    pub fn user(id: impl AsRef<str>) -> Result<Audience, BuildError> {
        Tag::user(id).map(Audience::from)
    }

    /// One installation.
    ///
    /// # Errors
    /// As [`Tag::installation`].
    pub fn installation(id: impl AsRef<str>) -> Result<Audience, BuildError> {
        Tag::installation(id).map(Audience::from)
    }

    /// The tag expression, or `None` for everyone.
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

/// Writes the tag expression, or `null` for everyone.
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
        let tag = |i| Tag::new(&format!("t{i}")).unwrap();
        let expression = (1..7).fold(TagExpression::from(tag(0)), |all, i| all & tag(i));
        assert!(Audience::expression(expression).unwrap_err().to_string().contains("7 tags"));
    }
}
