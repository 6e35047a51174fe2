use super::node::{Nodes, Operator};
use crate::text::quoted;
use crate::{BuildError, Tag};

/// At most so many `!` and `(` stand one inside the other. Deeper nesting cannot say more with 20 tags.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads the text of an expression. Its limits in tags are not checked.
pub(super) fn parse(text: &str) -> Result<Nodes, BuildError> {
    let mut parser = Parser { text, rest: text, depth: 0 };
    let node = parser.or()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.refuse("an operator (&& or ||)")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// What is not read yet.
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Nodes, BuildError> {
        self.chain("||", Operator::Or, Parser::and)
    }

    fn and(&mut self) -> Result<Nodes, BuildError> {
        self.chain("&&", Operator::And, Parser::not)
    }

    fn chain(
        &mut self,
        word: &str,
        operator: Operator,
        operand: fn(&mut Self) -> Result<Nodes, BuildError>,
    ) -> Result<Nodes, BuildError> {
        let mut operands = vec![operand(self)?];
        while self.eat(word) {
            operands.push(operand(self)?);
        }
        Ok(Nodes::join_all(operator, operands).expect("there is a first operand"))
    }

    fn not(&mut self) -> Result<Nodes, BuildError> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse("less nesting"));
        }
        self.depth += 1;
        let node = if self.eat("!") {
            self.not()?.not()
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

    fn tag(&mut self) -> Result<Nodes, BuildError> {
        self.peek();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '!' | '&' | '|');
        let (tag, rest) = match self.rest.find(is_end) {
            Some(end) => self.rest.split_at_checked(end).unwrap_or_default(),
            None => (self.rest, ""),
        };
        if tag.is_empty() {
            return Err(self.refuse("a tag, \"!\" or \"(\""));
        }
        let tag = Tag::new(tag)?;
        self.rest = rest;
        Ok(tag.into())
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
        let found = self.peek().map_or("the end".to_owned(), |c| format!("{c:?}"));
        BuildError::new(
            format_args!("tag expression {}", quoted(self.text)),
            format_args!("has {found} at byte {}", self.text.len() - self.rest.len()),
            format_args!("expected {expected}"),
        )
    }
}
