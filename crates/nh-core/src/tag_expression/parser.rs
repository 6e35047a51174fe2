use super::node::{Nodes, Operator};
use crate::text::quoted;
use crate::{BuildError, Tag};

/// At most so many `!` and `(` stand one inside the other. Deeper nesting cannot say more with 20 tags.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads the text of an expression. Its limits in tags are not checked.
pub(super) fn parse(text: &str) -> Result<Nodes, BuildError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let node = parser.or()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.refuse("an operator (&& or ||)")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
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
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '!' | '&' | '|'))
            .unwrap_or(rest.len());
        if end == 0 {
            return Err(self.refuse("a tag, \"!\" or \"(\""));
        }
        let tag = Tag::new(&rest[..end])?;
        self.at += end;
        Ok(tag.into())
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
