use super::node::{Node, Nodes, Operator};
use crate::text::quoted;
use crate::{BuildError, Tag};
use std::collections::VecDeque;

/// At most so many `!` and `(` stand one inside the other. Deeper nesting cannot say more with 20 tags.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads the text of an expression. Its limits in tags are not checked.
pub(super) fn parse(text: &str) -> Result<Nodes, BuildError> {
    let mut parser = Parser { text, rest: text, depth: 0, nodes: VecDeque::new() };
    parser.or()?;
    match parser.peek() {
        None => Ok(Nodes(parser.nodes)),
        Some(_) => Err(parser.refuse("an operator (&& or ||)")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// What is not read yet.
    rest: &'a str,
    depth: usize,
    /// What is read.
    nodes: VecDeque<Node>,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<(), BuildError> {
        self.chain("||", Operator::Or, Parser::and)
    }

    fn and(&mut self) -> Result<(), BuildError> {
        self.chain("&&", Operator::And, Parser::not)
    }

    fn chain(
        &mut self,
        word: &str,
        operator: Operator,
        operand: fn(&mut Self) -> Result<(), BuildError>,
    ) -> Result<(), BuildError> {
        let first = self.nodes.len();
        operand(self)?;
        let mut count = 1;
        while self.eat(word) {
            operand(self)?;
            count += 1;
        }
        if count > 1 {
            self.nodes.insert(first, Node::Join(operator, count));
        }
        Ok(())
    }

    fn not(&mut self) -> Result<(), BuildError> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse("less nesting"));
        }
        self.depth += 1;
        if self.eat("!") {
            self.nodes.push_back(Node::Not);
            self.not()?;
        } else if self.eat("(") {
            self.or()?;
            if !self.eat(")") {
                return Err(self.refuse("a closing parenthesis or an operator"));
            }
        } else {
            self.tag()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn tag(&mut self) -> Result<(), BuildError> {
        self.peek();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '!' | '&' | '|');
        let (tag, rest) = match self.rest.find(is_end) {
            Some(end) => self.rest.split_at_checked(end).unwrap_or_default(),
            None => (self.rest, ""),
        };
        if tag.is_empty() {
            return Err(self.refuse("a tag, \"!\" or \"(\""));
        }
        self.nodes.push_back(Node::Tag(Tag::new(tag)?));
        self.rest = rest;
        Ok(())
    }

    fn eat(&mut self, word: &str) -> bool {
        self.peek();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The next character that is no space. Only spaces: a line break would leave the header.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches(' ');
        self.rest.chars().next()
    }

    fn refuse(&mut self, expected: &str) -> BuildError {
        let found = self.peek().map_or("ends".to_owned(), |c| format!("has {c:?}"));
        BuildError::new(
            format_args!("tag expression {}", quoted(self.text)),
            format_args!("{found} at byte {}", self.text.len() - self.rest.len()),
            format_args!("expected {expected}"),
        )
    }
}
