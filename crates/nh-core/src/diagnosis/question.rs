use crate::{BuildError, Format, IntoAudience, Notification, PnsHandle, Tag, TagExpression, TagTerm};

/// What a person wants to know. Without any part it is about the whole hub.
///
/// If several of device, installation and user are given, the first of them in this order is looked at. The tag expression is then
/// asked of its registrations.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The tag expression of the send.
    pub expression: Option<TagExpression>,
    /// The id of the user who did not get the push.
    pub user: Option<String>,
    /// The id of the installation that did not get the push.
    pub installation: Option<String>,
    /// The handle of the device that did not get the push.
    pub device: Option<PnsHandle>,
    /// The id of the notification that did not arrive.
    pub notification_id: Option<String>,
    /// The notification that is meant to be sent.
    pub sends: Option<Notification>,
    /// Its format, if no more than that is known of it.
    pub format: Option<Format>,
}

/// Where the registrations are listed that a [`Question`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Where {
    /// Those with this handle.
    Device(PnsHandle),
    /// Those with one of these tags.
    Tags(Vec<Tag>),
    /// All of the hub.
    Everywhere,
}

impl Question {
    /// Sets the audience of the send: a tag, a tag expression, or a list of tags of which a device has at least one.
    ///
    /// ```
    /// use nh_core::diagnosis::Question;
    ///
    /// let question = Question::default().with_tags(["sports", "news"])?;
    /// assert_eq!(question.expression.map(|expression| expression.to_string()).as_deref(), Some("sports || news"));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the audience is none that a send takes.
    pub fn with_tags(mut self, audience: impl IntoAudience) -> Result<Question, BuildError> {
        self.expression = audience.to_audience()?.as_expression().map(TagExpression::parse).transpose()?;
        Ok(self)
    }

    /// Returns where to look for the registrations.
    ///
    /// A device that matches an expression has at least one of the tags that this returns. If the expression also matches devices
    /// without any tag, as `!sports` does, the whole hub has to be looked at.
    ///
    /// ```
    /// use nh_core::diagnosis::{Question, Where};
    /// use nh_core::Tag;
    ///
    /// let of = |text: &str| {
    ///     let expression = Some(text.parse().expect("it is an expression"));
    ///     Question { expression, ..Question::default() }.look()
    /// };
    /// let tags = |tags: &[&str]| Where::Tags(tags.iter().map(|tag| Tag::new(tag).expect("it is a tag")).collect());
    /// assert_eq!(of("a || b && c"), tags(&["a", "b"]));
    /// assert_eq!(of("a && !b"), tags(&["a"]));
    /// assert_eq!(of("!a"), Where::Everywhere);
    /// ```
    pub fn look(&self) -> Where {
        if let Some(device) = &self.device {
            return Where::Device(device.clone());
        }
        let own = match (&self.installation, &self.user) {
            (Some(id), _) => Tag::installation(id).ok(),
            (None, Some(id)) => Tag::user(id).ok(),
            (None, None) => None,
        };
        if let Some(tag) = own {
            return Where::Tags(vec![tag]);
        }
        self.expression.as_ref().and_then(cover).map_or(Where::Everywhere, Where::Tags)
    }

    /// Returns true if a registration with these tags is one that the question is about. The device, the installation or the user
    /// comes before the expression.
    pub fn is_about(&self, tags: &[String]) -> bool {
        if self.device.is_some() || self.installation.is_some() || self.user.is_some() {
            return true;
        }
        self.matches(tags)
    }

    /// The format of what is meant to be sent.
    pub(super) fn format(&self) -> Option<&Format> {
        self.sends.as_ref().map(Notification::format).or(self.format.as_ref())
    }

    pub(super) fn matches(&self, tags: &[String]) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.matches(tags))
    }
}

/// Tags of which each device that matches has at least one: the fewest that are found. `None` if there are none such.
fn cover(expression: &TagExpression) -> Option<Vec<Tag>> {
    let mut tags = expression.fold(|term: TagTerm<'_, Option<Vec<Tag>>>| match term {
        TagTerm::Tag(tag) => Some(vec![tag.clone()]),
        TagTerm::Not(_) => None,
        TagTerm::And(operands) => operands.into_iter().flatten().min_by_key(Vec::len),
        TagTerm::Or(operands) => operands.into_iter().collect::<Option<Vec<_>>>().map(|all| all.concat()),
    })?;
    let mut seen = Vec::new();
    tags.retain(|tag| {
        let is_new = !seen.contains(&tag.as_str().to_ascii_lowercase());
        seen.push(tag.as_str().to_ascii_lowercase());
        is_new
    });
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_has_a_tag_of_each_device_that_matches() {
        for (text, tags) in [
            ("a", Some("a")),
            ("a || A || b", Some("a b")),
            ("a && (b || c)", Some("a")),
            ("(a || b) && (c || d || e)", Some("a b")),
            ("a || !b", None),
            ("!(a || b)", None),
            ("!a && b", Some("b")),
            ("!!a", None),
        ] {
            let found = cover(&text.parse().unwrap());
            let found = found.map(|tags| tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" "));
            assert_eq!(found.as_deref(), tags, "{text}");
        }
    }

    #[test]
    fn the_device_comes_first() {
        let mut question = Question { expression: Some("a".parse().unwrap()), ..Question::default() };
        assert!(!question.is_about(&[]) && question.is_about(&["A".to_owned()]));
        question.user = Some("bob".to_owned());
        assert_eq!(question.look(), Where::Tags(vec![Tag::user("bob").unwrap()]));
        question.installation = Some("i-1".to_owned());
        assert_eq!(question.look(), Where::Tags(vec![Tag::installation("i-1").unwrap()]));
        question.device = Some(PnsHandle::gcm("token").unwrap());
        assert_eq!(question.look(), Where::Device(PnsHandle::gcm("token").unwrap()));
        assert!(question.is_about(&[]) && !question.matches(&[]));
    }
}
