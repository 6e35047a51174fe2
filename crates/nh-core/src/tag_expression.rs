use crate::into_text::for_texts;
use crate::text::quoted;
use crate::{BuildError, Tag};
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::{BitAnd, BitOr, Not};
use std::str::FromStr;

/// At most so many tags when `||` is the only operator, and otherwise ([Routing and tag expressions]).
///
/// [Routing and tag expressions]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-tags-segment-push-message
pub(crate) const MAX_ALTERNATIVES: usize = 20;
const MAX_TAGS: usize = 6;

/// Deeper nesting cannot say more with 20 tags.
const MAX_DEPTH: usize = 64;

/// Which devices: tags, `&&`, `||`, `!` and parentheses.
///
/// At most 20 tags if `||` is the only operator, otherwise at most 6. How the service ranks `&&` and `||` is not
/// documented; this crate reads `!` before `&&` before `||`, and what it prints has parentheses wherever the two
/// meet. A text that was parsed goes out as it was written.
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
#[derive(Clone, PartialEq, Eq)]
pub struct TagExpression {
    text: String,
    node: Node,
}

#[derive(Clone, PartialEq, Eq)]
enum Node {
    Tag(Tag),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
}

/// One part of a [`TagExpression`], with what its operands came to: see [`TagExpression::fold`].
///
/// ```
/// use nh_core::{TagExpression, TagTerm};
///
/// /// How many of 1000 devices match, by a guess.
/// fn estimate(expression: &TagExpression, share: impl Fn(&str) -> f64) -> f64 {
///     1000.0 * expression.fold(|term: TagTerm<'_, f64>| match term {
///         TagTerm::Tag(tag) => share(tag.as_str()),
///         TagTerm::Not(share) => 1.0 - share,
///         TagTerm::And(shares) => shares.into_iter().product(),
///         TagTerm::Or(shares) => shares.into_iter().sum::<f64>().min(1.0),
///     })
/// }
///
/// let expression = TagExpression::parse("likes_hockey && !likes_football")?;
/// assert_eq!(estimate(&expression, |_| 0.5), 250.0);
/// # Ok::<(), nh_core::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagTerm<'a, T> {
    /// A tag.
    Tag(&'a Tag),
    /// What does not match the operand.
    Not(T),
    /// What matches all operands, of which there are at least two.
    And(Vec<T>),
    /// What matches any of the operands, of which there are at least two.
    Or(Vec<T>),
}

impl TagExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is not an expression, an illegal tag, or more tags than the service takes. The error says where.
    pub fn parse(text: &str) -> Result<TagExpression, BuildError> {
        let text = text.trim();
        let mut parser = Parser { text, at: 0, depth: 0 };
        let node = parser.or()?;
        if parser.peek().is_some() {
            return Err(parser.refuse("an operator (&& or ||)"));
        }
        let expression = TagExpression { text: text.to_owned(), node };
        expression.check_limits()?;
        Ok(expression)
    }

    /// Does a device with these tags match? ASCII case is ignored, as in the .NET SDK's sets of tags; the service's own
    /// rule is not documented.
    pub fn matches<S: AsRef<str>>(&self, tags: impl IntoIterator<Item = S>) -> bool {
        let tags: Vec<S> = tags.into_iter().collect();
        self.node.matches(&|tag| tags.iter().any(|t| t.as_ref().eq_ignore_ascii_case(tag)))
    }

    /// Works the expression out from its tags upwards, for what is more than one device's tags: an index of many devices, or
    /// another language to say it in.
    ///
    /// ```
    /// use nh_core::{TagExpression, TagTerm};
    ///
    /// let expression = TagExpression::parse("sports && !(news || weather)")?;
    /// let sql: String = expression.fold(|term| match term {
    ///     TagTerm::Tag(tag) => format!("'{tag}' = ANY(tags)"),
    ///     TagTerm::Not(operand) => format!("NOT {operand}"),
    ///     TagTerm::And(operands) => format!("({})", operands.join(" AND ")),
    ///     TagTerm::Or(operands) => format!("({})", operands.join(" OR ")),
    /// });
    /// assert_eq!(sql, "('sports' = ANY(tags) AND NOT ('news' = ANY(tags) OR 'weather' = ANY(tags)))");
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn fold<'a, T>(&'a self, mut term: impl FnMut(TagTerm<'a, T>) -> T) -> T {
        self.node.fold(&mut term)
    }

    /// The tags that occur, each as often as it is written.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        let mut tags = Vec::new();
        self.node.collect(&mut tags);
        tags.into_iter()
    }

    /// Combining can make an expression that no send may carry: asked when one becomes an audience.
    pub(crate) fn check_limits(&self) -> Result<(), BuildError> {
        let tags = self.tags().count();
        let (most, rule) = if self.node.is_only_or() {
            (MAX_ALTERNATIVES, "with || alone")
        } else {
            (MAX_TAGS, "with && or !")
        };
        if tags <= most {
            return Ok(());
        }
        Err(BuildError::new(
            format_args!("tag expression {}", quoted(&self.text)),
            format_args!("has {tags} tags"),
            format_args!("{most} are the most {rule}: send to several smaller expressions"),
        )
        .of_count())
    }

    fn combine(self, other: TagExpression, operator: &str, join: fn(Vec<Node>) -> Node) -> TagExpression {
        let and = operator == "&&";
        let text = format!("{} {operator} {}", self.operand(and), other.operand(and));
        let nodes = [self.node, other.node].into_iter().flat_map(|node| match node {
            Node::And(nodes) if and => nodes,
            Node::Or(nodes) if !and => nodes,
            node => vec![node],
        });
        TagExpression { text, node: join(nodes.collect()) }
    }

    fn operand(&self, of_and: bool) -> String {
        match self.node {
            Node::And(_) if !of_and => format!("({})", self.text),
            Node::Or(_) if of_and => format!("({})", self.text),
            _ => self.text.clone(),
        }
    }
}

impl Node {
    fn matches(&self, has: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Node::Tag(tag) => has(tag.as_str()),
            Node::Not(node) => !node.matches(has),
            Node::And(nodes) => nodes.iter().all(|node| node.matches(has)),
            Node::Or(nodes) => nodes.iter().any(|node| node.matches(has)),
        }
    }

    fn fold<'a, T>(&'a self, term: &mut dyn FnMut(TagTerm<'a, T>) -> T) -> T {
        let all = |nodes: &'a [Node], term: &mut dyn FnMut(TagTerm<'a, T>) -> T| {
            nodes.iter().map(|node| node.fold(term)).collect()
        };
        let this = match self {
            Node::Tag(tag) => TagTerm::Tag(tag),
            Node::Not(node) => TagTerm::Not(node.fold(term)),
            Node::And(nodes) => TagTerm::And(all(nodes, term)),
            Node::Or(nodes) => TagTerm::Or(all(nodes, term)),
        };
        term(this)
    }

    fn collect<'a>(&'a self, tags: &mut Vec<&'a Tag>) {
        match self {
            Node::Tag(tag) => tags.push(tag),
            Node::Not(node) => node.collect(tags),
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| node.collect(tags)),
        }
    }

    fn is_only_or(&self) -> bool {
        match self {
            Node::Tag(_) => true,
            Node::Or(nodes) => nodes.iter().all(Node::is_only_or),
            Node::Not(_) | Node::And(_) => false,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Node, BuildError> {
        self.chain("||", Node::Or, Parser::and)
    }

    fn and(&mut self) -> Result<Node, BuildError> {
        self.chain("&&", Node::And, Parser::not)
    }

    fn chain(
        &mut self,
        operator: &str,
        join: fn(Vec<Node>) -> Node,
        operand: fn(&mut Self) -> Result<Node, BuildError>,
    ) -> Result<Node, BuildError> {
        let first = operand(self)?;
        if !self.eat(operator) {
            return Ok(first);
        }
        let mut nodes = vec![first, operand(self)?];
        while self.eat(operator) {
            nodes.push(operand(self)?);
        }
        Ok(join(nodes))
    }

    fn not(&mut self) -> Result<Node, BuildError> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse("less nesting"));
        }
        self.depth += 1;
        let node = if self.eat("!") {
            Node::Not(Box::new(self.not()?))
        } else if self.eat("(") {
            let inner = self.or()?;
            if !self.eat(")") {
                return Err(self.refuse("a closing parenthesis or an operator"));
            }
            inner
        } else {
            self.tag()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn tag(&mut self) -> Result<Node, BuildError> {
        self.peek();
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '!' | '&' | '|'))
            .unwrap_or(rest.len());
        if end == 0 {
            return Err(self.refuse("a tag, \"!\" or \"(\""));
        }
        let tag = Tag::new(&rest[..end])?;
        self.at += end;
        Ok(Node::Tag(tag))
    }

    fn eat(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// The next character that is no space. Only spaces: a line break would leave the header.
    fn peek(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start_matches(' ');
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn refuse(&mut self, expected: &str) -> BuildError {
        let found = self.peek().map_or("the end".to_owned(), |c| format!("{c:?}"));
        BuildError::new(
            format_args!("tag expression {}", quoted(self.text)),
            format_args!("has {found} at byte {}", self.at),
            format_args!("expected {expected}"),
        )
    }
}

impl From<Tag> for TagExpression {
    fn from(tag: Tag) -> TagExpression {
        TagExpression { text: tag.as_str().to_owned(), node: Node::Tag(tag) }
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

/// What names a tag expression: text, a [`Tag`] or a [`TagExpression`], owned or borrowed. The trait is sealed.
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

for_texts!(ToExpression::to_expression -> TagExpression, TagExpression::parse);

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
                TagExpression::from(self).combine(right.into(), "&&", Node::And)
            }
        }

        impl<R: Into<TagExpression>> BitOr<R> for $left {
            type Output = TagExpression;
            fn bitor(self, right: R) -> TagExpression {
                TagExpression::from(self).combine(right.into(), "||", Node::Or)
            }
        }

        impl Not for $left {
            type Output = TagExpression;
            fn not(self) -> TagExpression {
                let TagExpression { text, node } = self.into();
                let text =
                    if matches!(node, Node::Tag(_)) { format!("!{text}") } else { format!("!({text})") };
                TagExpression { text, node: Node::Not(Box::new(node)) }
            }
        }
    };
}
operators!(Tag);
operators!(&Tag);
operators!(TagExpression);
operators!(&TagExpression);

impl fmt::Display for TagExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Writes the expression as text.
impl Serialize for TagExpression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for TagExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TagExpression({})", self.text)
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
            ("", "the end at byte 0"),
            ("(a || b", "closing parenthesis"),
            ("a || b)", "')' at byte 6"),
            (")a(", "')' at byte 0"),
            ("()", "')' at byte 1"),
            ("a &&", "the end at byte 4"),
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

    /// A random expression, and the slow, obvious evaluation of it.
    fn tree() -> impl Strategy<Value = TagExpression> {
        let tag = prop::sample::select(vec!["a", "b", "c"]);
        tag.prop_map(|tag| TagExpression::from(Tag::new(tag).unwrap())).prop_recursive(
            3,
            6,
            2,
            |inner: BoxedStrategy<TagExpression>| {
                prop_oneof![
                    (inner.clone(), inner.clone()).prop_map(|(l, r)| l & r),
                    (inner.clone(), inner.clone()).prop_map(|(l, r)| l | r),
                    inner.prop_map(|e| !e),
                ]
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_combined_prints_what_it_means(expression in tree(), set in 0u8..8) {
            prop_assume!(expression.check_limits().is_ok());
            let tags: Vec<_> = ["a", "b", "c"].into_iter().enumerate().filter(|(i, _)| set >> i & 1 == 1).map(|(_, t)| t).collect();
            let parsed = TagExpression::parse(&expression.to_string()).unwrap();
            prop_assert_eq!(parsed.matches(&tags), expression.matches(&tags));
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
