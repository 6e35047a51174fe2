use crate::Tag;
use std::collections::VecDeque;
use std::fmt;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Node {
    Tag(Tag),
    Not(Box<Node>),
    /// At least two operands; so has `Or`. Both ends can grow, so that combining in a loop stays fast.
    And(VecDeque<Node>),
    Or(VecDeque<Node>),
}

/// One part of a [`TagExpression`](crate::TagExpression), with the results for its operands. For the crates of this workspace.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagTerm<'a, T> {
    /// A tag.
    Tag(&'a Tag),
    /// Matches what the operand does not match.
    Not(T),
    /// Matches what all operands match. There are at least two.
    And(Vec<T>),
    /// Matches what any of the operands matches. There are at least two.
    Or(Vec<T>),
}

impl Node {
    pub(super) fn matches(&self, has: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Node::Tag(tag) => has(tag.as_str()),
            Node::Not(node) => !node.matches(has),
            Node::And(nodes) => nodes.iter().all(|node| node.matches(has)),
            Node::Or(nodes) => nodes.iter().any(|node| node.matches(has)),
        }
    }

    pub(super) fn fold<'a, T>(&'a self, term: &mut dyn FnMut(TagTerm<'a, T>) -> T) -> T {
        let all = |nodes: &'a VecDeque<Node>, term: &mut dyn FnMut(TagTerm<'a, T>) -> T| {
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

    pub(super) fn collect<'a>(&'a self, tags: &mut Vec<&'a Tag>) {
        match self {
            Node::Tag(tag) => tags.push(tag),
            Node::Not(node) => node.collect(tags),
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| node.collect(tags)),
        }
    }

    pub(super) fn is_only_or(&self) -> bool {
        match self {
            Node::Tag(_) => true,
            Node::Or(nodes) => nodes.iter().all(Node::is_only_or),
            Node::Not(_) | Node::And(_) => false,
        }
    }

    fn is_list(&self) -> bool {
        matches!(self, Node::And(_) | Node::Or(_))
    }

    /// How deep the parser goes to read what [`Node::write`] writes.
    pub(super) fn depth(&self) -> usize {
        match self {
            Node::Tag(_) => 1,
            Node::Not(node) => 1 + node.operand_depth(),
            Node::And(nodes) | Node::Or(nodes) => {
                nodes.iter().map(Node::operand_depth).max().unwrap_or_default()
            }
        }
    }

    /// The same for an operand, which has parentheses if it is a list.
    fn operand_depth(&self) -> usize {
        usize::from(self.is_list()) + self.depth()
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Tag(tag) => f.write_str(tag.as_str()),
            Node::Not(node) => {
                f.write_str("!")?;
                node.write_operand(f)
            }
            Node::And(nodes) => Node::write_list(nodes, " && ", f),
            Node::Or(nodes) => Node::write_list(nodes, " || ", f),
        }
    }

    fn write_list(nodes: &VecDeque<Node>, operator: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, node) in nodes.iter().enumerate() {
            if i > 0 {
                f.write_str(operator)?;
            }
            node.write_operand(f)?;
        }
        Ok(())
    }

    fn write_operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_list() {
            return self.write(f);
        }
        f.write_str("(")?;
        self.write(f)?;
        f.write_str(")")
    }
}
