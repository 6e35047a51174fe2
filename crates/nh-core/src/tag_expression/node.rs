use crate::Tag;
use std::collections::VecDeque;
use std::fmt;

/// An expression as a list: an operator stands before its operands. Nothing recurses, so no depth overflows the stack. Both ends
/// can grow, so combining in a loop stays fast.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Nodes(pub(super) VecDeque<Node>);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Node {
    Tag(Tag),
    Not,
    /// Of so many operands, at least two.
    Join(Operator, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
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

impl From<Tag> for Nodes {
    fn from(tag: Tag) -> Nodes {
        Nodes(VecDeque::from([Node::Tag(tag)]))
    }
}

impl Nodes {
    pub(super) fn not(mut self) -> Nodes {
        self.0.push_front(Node::Not);
        self
    }

    /// Joins two expressions. Joins of the same operator become one, and the longer one grows: joining n expressions in a loop
    /// takes time in proportion to n.
    pub(super) fn join(self, operator: Operator, other: Nodes) -> Nodes {
        let operands = |mut nodes: VecDeque<Node>| match nodes.front() {
            Some(&Node::Join(same, count)) if same == operator => {
                nodes.pop_front();
                (nodes, count)
            }
            _ => (nodes, 1),
        };
        let ((mut left, lefts), (mut right, rights)) = (operands(self.0), operands(other.0));
        let mut nodes = if left.len() >= right.len() {
            left.append(&mut right);
            left
        } else {
            left.into_iter().rev().for_each(|node| right.push_front(node));
            right
        };
        nodes.push_front(Node::Join(operator, lefts + rights));
        Nodes(nodes)
    }

    /// Joins expressions that stay what they are. `None` if there is none.
    pub(super) fn join_all(operator: Operator, all: impl IntoIterator<Item = Nodes>) -> Option<Nodes> {
        let mut all = all.into_iter();
        let Nodes(mut nodes) = all.next()?;
        let mut count = 1;
        for Nodes(mut more) in all {
            nodes.append(&mut more);
            count += 1;
        }
        if count > 1 {
            nodes.push_front(Node::Join(operator, count));
        }
        Some(Nodes(nodes))
    }

    /// Computes a result from the tags upwards.
    pub(super) fn fold<'a, T>(&'a self, mut term: impl FnMut(TagTerm<'a, T>) -> T) -> T {
        // From behind, each operator finds the results for its operands on top, the first one uppermost.
        let mut results = Vec::new();
        for node in self.0.iter().rev() {
            let result = match node {
                Node::Tag(tag) => TagTerm::Tag(tag),
                Node::Not => TagTerm::Not(results.pop().expect("a ! has an operand")),
                Node::Join(operator, count) => {
                    let mut operands = results.split_off(results.len() - count);
                    operands.reverse();
                    match operator {
                        Operator::And => TagTerm::And(operands),
                        Operator::Or => TagTerm::Or(operands),
                    }
                }
            };
            results.push(term(result));
        }
        results.pop().expect("an expression has a tag")
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter().filter_map(|node| match node {
            Node::Tag(tag) => Some(tag),
            Node::Not | Node::Join(..) => None,
        })
    }

    pub(super) fn is_only_or(&self) -> bool {
        self.0.iter().all(|node| matches!(node, Node::Tag(_) | Node::Join(Operator::Or, _)))
    }

    /// How deep the parser goes to read what `Display` writes.
    pub(super) fn depth(&self) -> usize {
        // A join has parentheses if it is an operand.
        let (depth, _) = self.fold(|term: TagTerm<'_, (usize, bool)>| {
            let operand = |(depth, is_join)| depth + usize::from(is_join);
            match term {
                TagTerm::Tag(_) => (1, false),
                TagTerm::Not(one) => (1 + operand(one), false),
                TagTerm::And(all) | TagTerm::Or(all) => {
                    (all.into_iter().map(operand).max().unwrap_or_default(), true)
                }
            }
        });
        depth
    }
}

impl fmt::Display for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// An operator whose operands are not all written.
        struct Open {
            left: usize,
            between: &'static str,
            end: &'static str,
        }
        let mut open: Vec<Open> = Vec::new();
        for node in &self.0 {
            match node {
                Node::Tag(tag) => f.write_str(tag.as_str())?,
                Node::Not => {
                    f.write_str("!")?;
                    open.push(Open { left: 1, between: "", end: "" });
                    continue;
                }
                Node::Join(operator, count) => {
                    let (begin, end) = if open.is_empty() { ("", "") } else { ("(", ")") };
                    f.write_str(begin)?;
                    let between = match operator {
                        Operator::And => " && ",
                        Operator::Or => " || ",
                    };
                    open.push(Open { left: *count, between, end });
                    continue;
                }
            }
            // The tag may be the last operand of several operators.
            while let Some(operator) = open.last_mut() {
                operator.left -= 1;
                if operator.left > 0 {
                    f.write_str(operator.between)?;
                    break;
                }
                f.write_str(operator.end)?;
                open.pop();
            }
        }
        Ok(())
    }
}
