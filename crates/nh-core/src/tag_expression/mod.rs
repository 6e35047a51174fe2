mod node;
mod parser;

pub use node::TagTerm;

use crate::into_text::for_texts;
use crate::text::quoted;
use crate::{BuildError, Tag};
use node::{Nodes, Operator};
use parser::MAX_DEPTH;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use std::borrow::Cow;
use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::str::FromStr;

/// An expression has at most so many tags when `||` is its only operator, and otherwise [`MAX_TAGS`]
/// ([Routing and tag expressions]).
///
/// [Routing and tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
pub(crate) const MAX_ALTERNATIVES: usize = 20;
const MAX_TAGS: usize = 6;

/// A tag expression: tags, `&&`, `||`, `!` and parentheses. It says which devices receive a notification.
///
/// An expression has at most 20 tags if `||` is the only operator, otherwise at most 6 ([Routing and tag expressions]). The
/// service does not document which of `&&` and `||` it reads first. This crate reads `!` before `&&` before `||`.
///
/// A text that was parsed is sent as it was written. An expression that was combined with `&`, `|` and `!` is written with
/// parentheses wherever `&&` and `||` meet. Two expressions are equal if they have the same tags and operators in the same
/// order.
///
/// Combining can go over the limits. Then [`Audience::expression`](crate::Audience::expression) refuses the expression, and so
/// does serde. An operator on `&e` copies `e`; in a loop, write `all = all | tag`.
///
/// ```
/// use nh_core::{Tag, TagExpression};
///
/// let parsed = TagExpression::parse("(follows_RedSox || follows_Cardinals) && location_Boston")?;
/// assert!(parsed.matches(["follows_Cardinals", "location_Boston"]));
/// assert!(!parsed.matches(["location_Boston"]));
///
/// let combined = (Tag::new("a")? | Tag::new("b")?) & !Tag::new("c")?;
/// assert_eq!(combined.to_string(), "(a || b) && !c");
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [Routing and tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
#[derive(Clone)]
pub struct TagExpression {
    nodes: Nodes,
    /// The text that was parsed. A combined expression has none.
    written: Option<Box<str>>,
}

impl TagExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Fails if the text is not an expression, if a tag is illegal, or if there are more tags than the service takes. The
    /// error says where.
    pub fn parse(text: impl AsRef<str>) -> Result<TagExpression, BuildError> {
        let text = text.as_ref().trim();
        let nodes = parser::parse(text)?;
        let expression = TagExpression { nodes, written: Some(text.into()) };
        expression.check_limits()?;
        Ok(expression)
    }

    /// Returns true if a device with these tags matches. ASCII case is ignored, as in the .NET SDK's sets of tags. The
    /// service does not document its own rule.
    ///
    /// ```
    /// use nh_core::TagExpression;
    ///
    /// let expression = TagExpression::parse("sports && !politics")?;
    /// assert!(expression.matches(["Sports", "weather"]));
    /// assert!(!expression.matches(["sports", "politics"]));
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn matches<S: AsRef<str>>(&self, tags: impl IntoIterator<Item = S>) -> bool {
        let tags: Vec<S> = tags.into_iter().collect();
        self.nodes.fold(|term: TagTerm<'_, bool>| match term {
            TagTerm::Tag(tag) => tags.iter().any(|t| t.as_ref().eq_ignore_ascii_case(tag.as_str())),
            TagTerm::Not(operand) => !operand,
            TagTerm::And(operands) => operands.into_iter().all(|matches| matches),
            TagTerm::Or(operands) => operands.into_iter().any(|matches| matches),
        })
    }

    /// Computes a result from the tags upwards. For the crates of this workspace.
    #[doc(hidden)]
    pub fn fold<'a, T>(&'a self, term: impl FnMut(TagTerm<'a, T>) -> T) -> T {
        self.nodes.fold(term)
    }

    /// Returns the tags that occur, each as often as it is written.
    ///
    /// ```
    /// use nh_core::TagExpression;
    ///
    /// let expression = TagExpression::parse("a || b && a")?;
    /// let tags: Vec<&str> = expression.tags().map(|tag| tag.as_str()).collect();
    /// assert_eq!(tags, ["a", "b", "a"]);
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.nodes.tags()
    }

    /// Joins tags by `||`. `None` if there is no tag.
    pub(crate) fn any_of(tags: Vec<Tag>) -> Option<TagExpression> {
        let nodes = Nodes::join_all(Operator::Or, tags.into_iter().map(Nodes::from))?;
        Some(TagExpression { nodes, written: None })
    }

    /// Combining can make an expression that the service or [`TagExpression::parse`] refuses. So this is called when an
    /// expression becomes an audience.
    pub(crate) fn check_limits(&self) -> Result<(), BuildError> {
        let tags = self.tags().count();
        let (most, rule) = if self.nodes.is_only_or() {
            (MAX_ALTERNATIVES, "with || alone")
        } else {
            (MAX_TAGS, "with && or !")
        };
        let subject = || format!("tag expression {}", quoted(&self.to_string()));
        if tags > most {
            return Err(BuildError::new(
                subject(),
                format_args!("has {tags} tags"),
                format_args!("{most} are the most {rule}: send to several smaller expressions"),
            )
            .of_count());
        }
        // The parser has counted the parentheses of a text.
        if self.written.is_none() && self.nodes.depth() > MAX_DEPTH {
            return Err(BuildError::new(
                subject(),
                format_args!("has {} levels of ! and parentheses", self.nodes.depth()),
                format_args!("{MAX_DEPTH} are the most: leave out pairs of !"),
            ));
        }
        Ok(())
    }
}

impl From<Tag> for TagExpression {
    fn from(tag: Tag) -> TagExpression {
        TagExpression { nodes: tag.into(), written: None }
    }
}

impl FromStr for TagExpression {
    type Err = BuildError;
    fn from_str(text: &str) -> Result<TagExpression, BuildError> {
        TagExpression::parse(text)
    }
}

impl From<&Tag> for TagExpression {
    fn from(tag: &Tag) -> TagExpression {
        tag.clone().into()
    }
}

impl From<&TagExpression> for TagExpression {
    fn from(expression: &TagExpression) -> TagExpression {
        expression.clone()
    }
}

/// Everything that can be given as a tag expression: text, a [`Tag`] or a [`TagExpression`], owned or borrowed. The trait is
/// sealed.
///
/// ```
/// use nh_core::{Audience, Tag, TagExpression};
///
/// Audience::expression("sports && !politics")?;
/// Audience::expression(&TagExpression::parse("sports && !politics")?)?;
/// Audience::expression(Tag::new("sports")? & !Tag::new("politics")?)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tag expression",
    note = "give text, a `Tag` or a `TagExpression`"
)]
#[expect(private_bounds, reason = "how this trait is sealed")]
pub trait IntoTagExpression: ToExpression {}
impl<E: ToExpression> IntoTagExpression for E {}

pub(crate) trait ToExpression {
    fn to_expression(self) -> Result<TagExpression, BuildError>;
}

/// # Errors
/// Fails for a blank text: whoever sends to everyone must say so.
fn read_text(text: &str) -> Result<TagExpression, BuildError> {
    if text.trim().is_empty() {
        return Err(BuildError::new(
            "tag expression",
            "is an empty text",
            "give a tag, or use Audience::EVERYONE",
        ));
    }
    TagExpression::parse(text)
}
for_texts!(ToExpression::to_expression -> TagExpression, read_text);

macro_rules! expressions {
    ($($expression:ty),*) => {$(
        impl ToExpression for $expression {
            fn to_expression(self) -> Result<TagExpression, BuildError> {
                Ok(self.into())
            }
        }
    )*};
}
expressions!(Tag, &Tag, TagExpression, &TagExpression);

macro_rules! operators {
    ($left:ty) => {
        impl<R: Into<TagExpression>> BitAnd<R> for $left {
            type Output = TagExpression;
            fn bitand(self, right: R) -> TagExpression {
                let nodes = TagExpression::from(self).nodes.join(Operator::And, right.into().nodes);
                TagExpression { nodes, written: None }
            }
        }

        impl<R: Into<TagExpression>> BitOr<R> for $left {
            type Output = TagExpression;
            fn bitor(self, right: R) -> TagExpression {
                let nodes = TagExpression::from(self).nodes.join(Operator::Or, right.into().nodes);
                TagExpression { nodes, written: None }
            }
        }

        impl Not for $left {
            type Output = TagExpression;
            fn not(self) -> TagExpression {
                TagExpression { nodes: TagExpression::from(self).nodes.not(), written: None }
            }
        }
    };
}
operators!(Tag);
operators!(&Tag);
operators!(TagExpression);
operators!(&TagExpression);

impl PartialEq for TagExpression {
    fn eq(&self, other: &TagExpression) -> bool {
        self.nodes == other.nodes
    }
}

impl Eq for TagExpression {}

impl fmt::Display for TagExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.written {
            Some(text) => f.write_str(text),
            None => self.nodes.fmt(f),
        }
    }
}

/// Writes the expression as text. Fails if [`TagExpression::parse`] would refuse the text.
impl Serialize for TagExpression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check_limits().map_err(ser::Error::custom)?;
        serializer.collect_str(self)
    }
}

/// Reads the expression from text. Refuses what [`TagExpression::parse`] refuses.
impl<'de> Deserialize<'de> for TagExpression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TagExpression, D::Error> {
        TagExpression::parse(Cow::<str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl fmt::Debug for TagExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TagExpression({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(n: usize, operator: &str) -> String {
        (0..n).map(|i| format!("t{i}")).collect::<Vec<_>>().join(operator)
    }

    #[test]
    fn expressions_go_out_as_written() {
        for text in [
            "a",
            "a||b",
            "likes_hockey && !likes_football",
            "((a||b)&&(c||d))&&!(e)",
            "!!a",
            "myTemplate && $InstallationId:{a213b4b2}",
            &join(20, "||"),
            &join(6, " && "),
        ] {
            assert_eq!(TagExpression::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_refusal_says_where_and_what_was_expected() {
        for (text, names) in [
            ("", "ends at byte 0"),
            ("(a || b", "closing parenthesis"),
            ("a || b)", "')' at byte 6"),
            (")a(", "')' at byte 0"),
            ("()", "')' at byte 1"),
            ("a &&", "ends at byte 4"),
            ("|| a", "'|' at byte 0"),
            ("a | b", "'|' at byte 2"),
            ("a !b", "'!' at byte 2"),
            ("a (b)", "'(' at byte 2"),
            ("a and b", "'a' at byte 2"),
            ("news*", "'*' at byte 4"),
            ("a\n|| b", "'\\n' at byte 1"),
            ("a || b\r\nX-Evil: 1", "at byte 6"),
            (&join(21, "||"), "21 tags"),
            (&join(7, "&&"), "7 tags"),
            ("a||b||c||d||e||f||!g", "7 tags"),
            (&"!".repeat(1_000_000), "less nesting"),
            (&"(".repeat(1_000_000), "less nesting"),
        ] {
            let error = TagExpression::parse(text).expect_err(text).to_string();
            assert!(error.contains(names) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let expression = TagExpression::parse("a || b && c").unwrap();
        assert!(expression.matches(["a"]) && expression.matches(["B", "C"]) && !expression.matches(["b"]));
    }

    #[test]
    fn combining_in_a_loop_takes_linear_time() {
        let tag = |i| Tag::new(format!("t{i}")).unwrap();
        // Copying the text each time would take minutes.
        let right = (1..200_000).fold(TagExpression::from(tag(0)), |all, i| all | tag(i));
        let left = (1..200_000).fold(TagExpression::from(tag(0)), |all, i| tag(i) | all);
        assert_eq!((right.tags().count(), left.tags().count()), (200_000, 200_000));
        assert_eq!(left.tags().last().unwrap().as_str(), "t0");
    }

    #[test]
    fn too_deep_to_parse_is_too_deep_for_an_audience() {
        let not = |n| (0..n).fold(TagExpression::from(Tag::new("a").unwrap()), |e, _| !e);
        assert_eq!(not(3).to_string(), "!!!a");
        assert_eq!(TagExpression::parse(not(MAX_DEPTH - 1).to_string()).unwrap(), not(MAX_DEPTH - 1));
        for n in [MAX_DEPTH, 100] {
            let error = crate::Audience::expression(not(n)).unwrap_err().to_string();
            assert!(error.contains("levels") && TagExpression::parse(not(n).to_string()).is_err(), "{error}");
        }
    }

    /// What others send decides how deep it is: no depth overflows the stack.
    #[test]
    fn however_deep_it_is_refused_and_not_more() {
        let a = || TagExpression::from(Tag::new("a").unwrap());
        let not = (0..1_000_000).fold(a(), |e, _| !e);
        let by_turns = (0..300_000).fold(a(), |e, i| if i % 2 == 0 { !(e | a()) } else { a() & e });
        for deep in [not, by_turns] {
            let text = deep.to_string();
            assert!(deep == deep.clone() && deep.tags().all(|tag| tag.as_str() == "a"));
            assert!(deep.matches(["a"]) != (!deep.clone()).matches(["a"]));
            assert!(deep.check_limits().is_err() && TagExpression::parse(text).is_err());
            assert!(serde_json::to_string(&deep).is_err());
        }
    }

    #[test]
    fn a_combined_text_has_parentheses_where_operators_meet() {
        let parsed = |text| TagExpression::parse(text).unwrap();
        for (combined, text) in [
            (parsed("a||b&&c") & parsed("d"), "(a || (b && c)) && d"),
            (!parsed("a||b"), "!(a || b)"),
            (!!parsed("a"), "!!a"),
            (parsed("a||b") | parsed("c"), "a || b || c"),
            (parsed("a") | parsed("b||c"), "a || b || c"),
        ] {
            assert_eq!(combined.to_string(), text);
            assert_eq!(parsed(text), combined);
        }
    }

    /// A random expression of at most six tags.
    fn tree() -> impl Strategy<Value = TagExpression> {
        let tag = prop::sample::select(vec!["a", "b", "c"]);
        let leaf = prop_oneof![
            tag.clone().prop_map(|tag| TagExpression::from(Tag::new(tag).unwrap())),
            (tag.clone(), tag).prop_map(|(l, r)| TagExpression::parse(format!("{l}&&( {r}||{l})")).unwrap()),
        ];
        leaf.prop_recursive(70, 90, 2, |inner: BoxedStrategy<TagExpression>| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(l, r)| l & r),
                (inner.clone(), inner.clone()).prop_map(|(l, r)| l | r),
                inner.clone().prop_map(|e| !e),
                inner.prop_map(|e| !e),
            ]
        })
    }

    proptest! {
        /// What is within the limits prints text that is read as the same expression. What is not is refused as text too.
        #[test]
        fn what_is_combined_prints_what_it_means(expression in tree(), set in 0u8..8) {
            let parsed = TagExpression::parse(expression.to_string());
            prop_assert_eq!(parsed.is_ok(), expression.check_limits().is_ok());
            if let Ok(parsed) = parsed {
                let tags: Vec<_> = ["a", "b", "c"].into_iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, t)| t).collect();
                prop_assert_eq!(parsed.matches(&tags), expression.matches(&tags));
                prop_assert_eq!(parsed, expression);
            }
        }

        #[test]
        fn what_is_folded_means_the_same(expression in tree(), set in 0u8..8) {
            let tags: Vec<_> = ["a", "b", "c"].into_iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, t)| t).collect();
            let folded = expression.fold(|term: TagTerm<'_, bool>| match term {
                TagTerm::Tag(tag) => tags.contains(&tag.as_str()),
                TagTerm::Not(operand) => !operand,
                TagTerm::And(operands) => operands.into_iter().all(|operand| operand),
                TagTerm::Or(operands) => operands.into_iter().any(|operand| operand),
            });
            prop_assert_eq!(folded, expression.matches(&tags));
        }

        #[test]
        fn never_panics(text in "[ab()!&| $:{}=]{0,40}") {
            let _ = TagExpression::parse(&text);
        }
    }
}
