//! The expressions of templates, as the contract reads them (`ExpressionEvaluator`, with its words).
//!
//! The first character tells the kind: `$`, `.`, `%` and `#` begin an expression, `{` several of them; everything else is literal.

use crate::breach::Breach;

/// A property's name has at most so many characters.
const LONGEST_NAME: usize = 120;

/// A value of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// It stands for itself.
    Literal,
    /// What its parts come to, one after the other.
    Parts(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `'text'`
    Text(String),
    /// `$(name)`, `$(name, 10)`, `.(name, 10)`, `%(name)`, `#(name)`, each with an optional default: `$(name:{text})`.
    Property { kind: ValueKind, name: String, default: Option<String>, length: Option<usize> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// `$`: as it is, or its beginning.
    Plain,
    /// `.`: its beginning, and dots if something is left out.
    Dotted,
    /// `%`: encoded as in a URI.
    Encoded,
    /// `#`: a number, if it is one.
    Number,
}

impl Expression {
    /// # Errors
    /// What begins as an expression and is none.
    pub(crate) fn parse(text: &str) -> Result<Expression, Breach> {
        if text.trim().is_empty() {
            return Ok(Expression::Literal);
        }
        let inner = match text.chars().next() {
            Some('$' | '.' | '%' | '#') => text,
            Some('{') => text
                .strip_suffix('}')
                .filter(|inner| !inner.is_empty())
                .and_then(|inner| inner.strip_prefix('{'))
                .ok_or_else(|| refuse(text, "Error is closing parenthesis is missing"))?
                .trim_end(),
            _ => return Ok(Expression::Literal),
        };
        let parts = parts(text, inner)?;
        let number = |part: &Piece| matches!(part, Piece::Property { kind: ValueKind::Number, .. });
        if parts.len() > 1 && parts.iter().any(number) {
            return Err(Breach::new("Token type '#(prop)' is not allowed in composite expression."));
        }
        Ok(Expression::Parts(parts))
    }

    pub(crate) fn is_literal(&self) -> bool {
        *self == Expression::Literal
    }
}

fn refuse(whole: &str, problem: &str) -> Breach {
    Breach::new(format!("Expression is {whole}. {problem}"))
}

fn parts(whole: &str, inner: &str) -> Result<Vec<Piece>, Breach> {
    let mut rest = inner;
    let mut parts = Vec::new();
    loop {
        rest = rest.trim_start();
        // The contract knows no token of less than three characters.
        if rest.chars().take(3).count() < 3 {
            return Err(refuse(whole, &format!("Error is it contains an invalid token : {rest}")));
        }
        let (part, after) = part(whole, rest)?;
        parts.push(part);
        if after.is_empty() {
            return Ok(parts);
        }
        rest = after.trim_start().strip_prefix('+').ok_or_else(|| {
            refuse(
                whole,
                &format!("Only valid composition operator is +. Current invalid token is : {after}"),
            )
        })?;
    }
}

fn part<'a>(whole: &str, rest: &'a str) -> Result<(Piece, &'a str), Breach> {
    if rest.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("$body")) {
        return Err(Breach::new("Expression type '$body' is not supported."));
    }
    let mut chars = rest.chars();
    let kind = match chars.next() {
        Some('$') => ValueKind::Plain,
        Some('.') => ValueKind::Dotted,
        Some('%') => ValueKind::Encoded,
        Some('#') => ValueKind::Number,
        Some(quote @ ('\'' | '"')) => return literal(whole, rest, chars.as_str(), quote),
        _ => {
            let problem = format!(
                "Token has to begin with one of these characters . % ' \"\" $. Current invalid token is {rest}"
            );
            return Err(refuse(whole, &problem));
        }
    };
    property(whole, rest, chars.as_str(), kind)
}

/// A quote in the text is doubled.
fn literal<'a>(whole: &str, token: &str, mut rest: &'a str, quote: char) -> Result<(Piece, &'a str), Breach> {
    let mut text = String::new();
    loop {
        let (piece, after) = rest.split_once(quote).ok_or_else(|| {
            refuse(whole, &format!("Literal is missing closing notation. Current invalid token is {token}"))
        })?;
        text.push_str(piece);
        match after.strip_prefix(quote) {
            Some(more) => {
                text.push(quote);
                rest = more;
            }
            None => return Ok((Piece::Text(text), after)),
        }
    }
}

fn property<'a>(
    whole: &str,
    token: &str,
    rest: &'a str,
    kind: ValueKind,
) -> Result<(Piece, &'a str), Breach> {
    let wrong = |problem: &str| refuse(whole, problem);
    let Some(rest) = rest.strip_prefix('(') else {
        // What looks like a colour, a price or a sentence is meant as it stands.
        let hint = format!("To have it as it stands, write {{'{}'}}", whole.replace('\'', "''"));
        return Err(wrong(&format!(
            "The character following $ or . or % should be a ( The current invalid token is {token}. {hint}"
        )));
    };
    let with_default = rest.split_once(":{").filter(|(name, _)| !name.contains(')'));
    let (name, default, rest) = match with_default {
        Some(("", _)) => return Err(wrong(&format!("Missing property. Current invalid token is {token}"))),
        Some((name, default)) => {
            let (default, after) = default_of(default)
                .ok_or_else(|| wrong(&format!("Missing default's end. Current invalid token is {token}")))?;
            (name, Some(default), after)
        }
        None => {
            let (name, rest) = rest.split_at(rest.find([')', ',']).unwrap_or(rest.len()));
            (name, None, rest)
        }
    };
    let (inside, after) = rest
        .split_once(')')
        .ok_or_else(|| wrong(&format!("Missing closing parentheses. Current invalid token is {token}")))?;
    let length = match (kind, inside.trim_start().strip_prefix(',')) {
        (ValueKind::Encoded | ValueKind::Number, Some(_)) => {
            return Err(wrong(&format!(
                "The expression %(prop , n) is not a valid. The current invalid token is {token}"
            )));
        }
        (ValueKind::Dotted, None) => {
            return Err(wrong(&format!(
                "Error trying to parse for .(prop , n) format. The current invalid token is {token}"
            )));
        }
        (_, Some(number)) => Some(length_of(number).ok_or_else(|| {
            wrong(&format!("{number} is not a positive integer. The current invalid token is {token}"))
        })?),
        (_, None) if inside.trim().is_empty() => None,
        (_, None) => return Err(bad_name(&format!("{name}{inside}"))),
    };
    let name = name.trim();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(bad_name(name));
    }
    if name.len() > LONGEST_NAME {
        return Err(Breach::new(format!(
            "Property name is of length. {}. Maximum allowed length is {LONGEST_NAME}",
            name.len()
        )));
    }
    Ok((Piece::Property { kind, name: name.to_owned(), default, length }, after))
}

fn bad_name(name: &str) -> Breach {
    Breach::new(format!(
        "Property name is {name}. Only ASCII-7 alphanumeric characters and '_' are permitted in the property name"
    ))
}

/// A length as `int.TryParse` reads it, if it is not negative.
fn length_of(text: &str) -> Option<usize> {
    let number: i32 = text.trim().parse().ok()?;
    usize::try_from(number).ok()
}

/// The text up to `}`, and what follows it; `\` takes the next character as it is.
fn default_of(text: &str) -> Option<(String, &str)> {
    let mut default = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '}' => return Some((default, chars.as_str())),
            '\\' => default.push(chars.next()?),
            c => default.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_literal() {
        for text in ["", " ", "plain", "Hello $(name)", " $(a)", "'quoted'", "5"] {
            assert!(Expression::parse(text).unwrap().is_literal(), "{text}");
        }
    }

    #[test]
    fn what_is_an_expression() {
        for (text, parts) in [
            ("$(a)", 1),
            ("$( a )", 1),
            ("$(a, 0)", 1),
            ("$(a, +3)", 1),
            (".(a, 3)", 1),
            ("%(a)", 1),
            ("#(a)", 1),
            ("#(a:{1})", 1),
            (r"$(a:{x\}y)})", 1),
            ("$(a:{b}, 3)", 1),
            // The contract takes it without braces, too.
            ("$(a) + $(b)", 2),
            ("{'it''s' + \"x\" + $(a)}", 3),
            ("{'#000000'}", 1),
            ("{ $(a) }", 1),
        ] {
            let Ok(Expression::Parts(found)) = Expression::parse(text) else { panic!("{text}") };
            assert_eq!(found.len(), parts, "{text}");
        }
    }

    #[test]
    fn what_is_none_is_explained() {
        let long = format!("$({})", "a".repeat(121));
        for (text, says) in [
            ("$5 off", "should be a ("),
            ("#000000", "write {'#000000'}"),
            ("$(a) more", "Only valid composition operator is +"),
            ("$(a-b)", "Property name is a-b."),
            ("$()", "Property name is ."),
            ("$(a", "Missing closing parentheses"),
            ("$", "invalid token"),
            ("%(a, 3)", "%(prop , n)"),
            ("#(a, 3)", "%(prop , n)"),
            (".(a)", ".(prop , n)"),
            (".(a, -1)", "not a positive integer"),
            (".(a, x)", "not a positive integer"),
            ("$(a,)", "not a positive integer"),
            ("{$(a)", "closing parenthesis is missing"),
            ("{", "closing parenthesis is missing"),
            ("{}", "invalid token"),
            ("{$(a) $(b)}", "Only valid composition operator is +"),
            ("{$(a) + }", "invalid token"),
            ("{hello}", "Token has to begin with"),
            ("{'a' + #(n)}", "not allowed in composite expression"),
            ("{'open}", "Literal is missing closing notation"),
            ("{$(a)} more", "closing parenthesis is missing"),
            ("$body", "Expression type '$body' is not supported."),
            ("{'a' + $Body}", "Expression type '$body' is not supported."),
            ("$(a:none)", "Property name is a:none."),
            ("$(a:{none)", "Missing default's end"),
            ("$(:{x})", "Missing property"),
            (&long, "Maximum allowed length is 120"),
        ] {
            let words = Expression::parse(text).unwrap_err().to_string();
            assert!(words.contains(says), "{text}: {words}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[$.%#{]?[a()'\"+:{}, $3\\\\é]{0,16}") {
            let _ = Expression::parse(&text);
        }
    }
}
