use crate::{BuildError, Tag, TagExpression};
use http::HeaderValue;
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
    /// Every device that is registered in the hub (for the notification's platform).
    pub const EVERYONE: Audience = Audience(None);

    /// The devices with a tag.
    ///
    /// # Errors
    /// An illegal [`Tag`].
    pub fn tag<T: TryInto<Tag>>(tag: T) -> Result<Audience, BuildError>
    where
        BuildError: From<T::Error>,
    {
        Ok(Audience::from(tag.try_into()?))
    }

    /// The devices with at least one of these tags.
    ///
    /// # Errors
    /// An illegal [`Tag`], no tag at all, or more than 20.
    pub fn any_of<T: TryInto<Tag>>(tags: impl IntoIterator<Item = T>) -> Result<Audience, BuildError>
    where
        BuildError: From<T::Error>,
    {
        let mut expression: Option<TagExpression> = None;
        for tag in tags {
            let tag = tag.try_into()?;
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
            Some(expression) => expression.try_into(),
            None => Err(BuildError::new("list of tags", "is empty", "name a tag, or say Audience::EVERYONE")),
        }
    }

    /// The devices that an expression picks.
    ///
    /// # Errors
    /// What [`TagExpression::parse`] refuses, and combined expressions of more than 20 tags (`||` alone) or 6.
    pub fn expression<E: TryInto<TagExpression>>(expression: E) -> Result<Audience, BuildError>
    where
        BuildError: From<E::Error>,
    {
        expression.try_into()?.try_into()
    }

    /// All devices of a user.
    ///
    /// # Errors
    /// As [`Tag::user`].
    pub fn user(id: &str) -> Result<Audience, BuildError> {
        Tag::user(id).map(Audience::from)
    }

    /// One installation.
    ///
    /// # Errors
    /// As [`Tag::installation`].
    pub fn installation(id: &str) -> Result<Audience, BuildError> {
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

impl TryFrom<TagExpression> for Audience {
    type Error = BuildError;
    fn try_from(expression: TagExpression) -> Result<Audience, BuildError> {
        expression.check_limits()?;
        let value = HeaderValue::try_from(expression.to_string())
            .expect("tags, operators and spaces are header text");
        Ok(Audience(Some(value)))
    }
}

/// Reads an expression. An empty text is refused: a broadcast must be meant.
impl TryFrom<&str> for Audience {
    type Error = BuildError;
    fn try_from(expression: &str) -> Result<Audience, BuildError> {
        if expression.trim().is_empty() {
            return Err(BuildError::new(
                "audience",
                "is an empty text",
                "name a tag, or say Audience::EVERYONE",
            ));
        }
        Audience::expression(expression)
    }
}

impl TryFrom<&String> for Audience {
    type Error = BuildError;
    fn try_from(expression: &String) -> Result<Audience, BuildError> {
        Audience::try_from(expression.as_str())
    }
}

/// Any of these tags.
impl<const N: usize> TryFrom<[&str; N]> for Audience {
    type Error = BuildError;
    fn try_from(tags: [&str; N]) -> Result<Audience, BuildError> {
        Audience::any_of(tags)
    }
}

/// Any of these tags.
impl TryFrom<&[&str]> for Audience {
    type Error = BuildError;
    fn try_from(tags: &[&str]) -> Result<Audience, BuildError> {
        Audience::any_of(tags.iter().copied())
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
    fn an_empty_text_or_list_is_no_broadcast() {
        for error in [Audience::try_from(" ").unwrap_err(), Audience::any_of::<&str>([]).unwrap_err()] {
            assert!(error.to_string().contains("Audience::EVERYONE"), "{error}");
        }
    }

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
