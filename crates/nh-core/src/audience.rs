use crate::tag::ToTag as _;
use crate::{BuildError, IntoTag, IntoTagExpression, Tag, TagExpression};
use http::HeaderValue;
use serde::{Serialize, Serializer};
use std::collections::HashSet;
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
        // One more than allowed is enough to know.
        let tags = tags.into_iter().take(Audience::MAX_ALTERNATIVES + 1).map(|tag| tag.to_tag());
        match TagExpression::any_of(tags.collect::<Result<_, _>>()?) {
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

    /// Any number of users, as the fewest audiences: up to 20 to each. A device belongs to one user, so none is reached
    /// twice; an id that is given twice is taken once.
    ///
    /// ```
    /// use nh_core::{Audience, Notification, SendNotification};
    ///
    /// let ids: Vec<String> = (0..45).map(|i| format!("user-{i}")).collect();
    /// let hello = Notification::from(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?);
    /// let sends: Vec<_> =
    ///     Audience::users(&ids)?.map(|audience| SendNotification::new(&hello, audience)).collect();
    /// assert_eq!(sends.len(), 3);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tag::user`], for the first id that is refused. No id at all.
    pub fn users<I: AsRef<str>>(ids: impl IntoIterator<Item = I>) -> Result<Audiences, BuildError> {
        Audiences::of("list of users", ids.into_iter().map(|id| Tag::user(id.as_ref())))
    }

    /// Any number of installations, as the fewest audiences: up to 20 to each. None is reached twice; an id that is given
    /// twice is taken once.
    ///
    /// # Errors
    /// As [`Tag::installation`], for the first id that is refused. No id at all.
    pub fn installations<I: AsRef<str>>(ids: impl IntoIterator<Item = I>) -> Result<Audiences, BuildError> {
        Audiences::of("list of installations", ids.into_iter().map(|id| Tag::installation(id.as_ref())))
    }

    /// Any number of tags, as the fewest audiences: up to 20 to each. **A device that has tags of two of these audiences gets
    /// two pushes**: the service knows nothing of the first send when it carries out the second.
    ///
    /// ```
    /// use nh_core::Audience;
    ///
    /// let zip_codes = (10_000..10_050).map(|code| format!("zip:{code}"));
    /// assert_eq!(Audience::any_of_with_repeats(zip_codes)?.len(), 3);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// An illegal [`Tag`]. No tag at all.
    pub fn any_of_with_repeats(tags: impl IntoIterator<Item: IntoTag>) -> Result<Audiences, BuildError> {
        Audiences::of("list of tags", tags.into_iter().map(|tag| tag.to_tag()))
    }

    /// The tag expression, or `None` for everyone.
    pub fn as_expression(&self) -> Option<&str> {
        self.0.as_ref().map(|value| value.to_str().expect("tags and operators are ASCII"))
    }

    pub(crate) fn header_value(&self) -> Option<&HeaderValue> {
        self.0.as_ref()
    }
}

/// More alternatives than one expression may have, as several audiences: see [`Audience::users`].
///
/// ```
/// use nh_core::Audience;
///
/// let mut audiences = Audience::installations((0..21).map(|i| format!("phone-{i}")))?;
/// assert_eq!(audiences.len(), 2);
/// assert_eq!(audiences.nth(1), Some(Audience::installation("phone-20")?));
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "each of them must be sent to"]
pub struct Audiences(std::vec::IntoIter<Tag>);

impl Audiences {
    fn of(
        subject: &str,
        tags: impl Iterator<Item = Result<Tag, BuildError>>,
    ) -> Result<Audiences, BuildError> {
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        for tag in tags {
            let tag = tag?;
            if seen.insert(tag.clone()) {
                all.push(tag);
            }
        }
        if all.is_empty() {
            return Err(BuildError::new(subject, "is empty", "name one, or say Audience::EVERYONE"));
        }
        Ok(Audiences(all.into_iter()))
    }
}

impl Iterator for Audiences {
    type Item = Audience;

    fn next(&mut self) -> Option<Audience> {
        let mut expression = self.0.next()?.as_str().to_owned();
        for tag in self.0.by_ref().take(Audience::MAX_ALTERNATIVES - 1) {
            expression += " || ";
            expression += tag.as_str();
        }
        let value = HeaderValue::try_from(expression).expect("tags, operators and spaces are header text");
        Some(Audience(Some(value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.len().div_ceil(Audience::MAX_ALTERNATIVES);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Audiences {}

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

    #[test]
    fn any_number_in_the_fewest_expressions() {
        for (count, chunks) in [(1, 1), (20, 1), (21, 2), (40, 2), (1001, 51)] {
            let ids: Vec<_> = (0..count).map(|i| format!("u{i}")).collect();
            let audiences = Audience::users(ids.iter().chain(&ids)).unwrap();
            assert_eq!(audiences.len(), chunks);
            let mut seen = Vec::new();
            for audience in audiences {
                let expression = TagExpression::parse(audience.as_expression().unwrap()).unwrap();
                seen.extend(expression.tags().map(|tag| tag.as_str().to_owned()));
            }
            assert_eq!(seen, ids.iter().map(|id| format!("$UserId:{{{id}}}")).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_is_sent_to_some_when_one_is_refused() {
        let mut ids: Vec<_> = (0..100).map(|i| format!("i{i}")).collect();
        ids.push("a b".to_owned());
        assert!(Audience::installations(&ids).unwrap_err().to_string().contains("a b"));
        assert!(Audience::users::<&str>([]).unwrap_err().to_string().contains("list of users"));
        assert!(Audience::any_of_with_repeats(["a", "b c"]).is_err());
    }
}
