//! What a template asks of a notification. The service fills a value only if the whole value is an expression (.NET SDK:
//! `ExpressionEvaluator`): its first character is `$`, `.`, `%`, `#` or `{`.

use serde_json::Value;
use std::collections::BTreeMap;

/// What a value of a template is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The service sends it as it stands. `looks_filled` is true if an expression stands in the middle of it.
    Literal { looks_filled: bool },
    /// The properties that it is filled with.
    Uses(Vec<Property>),
    /// It begins like an expression, and is none.
    Broken,
}

/// A property of the notification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Property {
    pub(crate) name: String,
    /// A text stands in if the notification does not have the property.
    pub(crate) has_default: bool,
}

/// Reads a value of a template.
pub(crate) fn read(text: &str) -> Reading {
    let inner = match text.chars().next() {
        Some('$' | '.' | '%' | '#') => Some(text),
        Some('{') => text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')),
        _ => return Reading::Literal { looks_filled: looks_filled(text) },
    };
    inner.and_then(properties).map_or(Reading::Broken, Reading::Uses)
}

/// Is there a `$(name)` in it?
fn looks_filled(text: &str) -> bool {
    text.match_indices("$(").any(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        property(rest).is_some()
    })
}

/// The properties of expressions that are joined by `+`.
fn properties(inner: &str) -> Option<Vec<Property>> {
    let mut found = Vec::new();
    let mut rest = inner.trim();
    loop {
        let after = match rest.chars().next()? {
            quote @ ('\'' | '"') => literal(rest, quote)?,
            _ => {
                let (property, after) = property(rest)?;
                found.push(property);
                after
            }
        };
        rest = after.trim_start();
        if rest.is_empty() {
            return Some(found);
        }
        rest = rest.strip_prefix('+')?.trim_start();
    }
}

/// What follows a text in quotes. A quote in the text is doubled.
fn literal(text: &str, quote: char) -> Option<&str> {
    let mut rest = text.strip_prefix(quote)?;
    loop {
        let (_, after) = rest.split_once(quote)?;
        match after.strip_prefix(quote) {
            Some(more) => rest = more,
            None => return Some(after),
        }
    }
}

/// `$(name)`, `$(name, 10)`, `$(name:{default})`, and the same with `.`, `%` and `#`.
fn property(text: &str) -> Option<(Property, &str)> {
    let rest = text.strip_prefix(['$', '.', '%', '#'])?.strip_prefix('(')?;
    let end = rest.find([')', ',', ':'])?;
    let (name, mut rest) = rest.split_at_checked(end)?;
    let name = name.trim();
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let mut has_default = false;
    if let Some(default) = rest.strip_prefix(":{") {
        rest = after_default(default)?;
        has_default = true;
    }
    let (_, after) = rest.split_once(')')?;
    Some((Property { name: name.to_owned(), has_default }, after))
}

/// What follows a default. In it, `\` takes the next character as it is.
fn after_default(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '}' => return Some(chars.as_str()),
            '\\' => {
                chars.next()?;
            }
            _ => {}
        }
    }
}

/// The values in the body of a template that the service may fill: texts of JSON, or texts and attributes of XML. `None` if the
/// body is neither.
pub(crate) fn values(body: &str) -> Option<Vec<String>> {
    if body.trim_start().starts_with('<') {
        return Some(xml_values(body));
    }
    let mut found = Vec::new();
    let mut open = vec![serde_json::from_str::<Value>(body).ok()?];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => found.push(text),
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    Some(found)
}

/// Texts of elements without children, and values of attributes. Tags, comments and CDATA are told apart by their first
/// characters: a template that the service took is XML.
fn xml_values(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = body;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after_tag)) = tag(after) else { break };
        attributes(tag, &mut found);
        let opens = !tag.starts_with(['/', '?', '!']) && !tag.ends_with('/');
        if opens && let Some((text, end)) = after_tag.split_once('<') {
            let (text, end) = match end.strip_prefix("![CDATA[").and_then(|cdata| cdata.split_once("]]>")) {
                Some((cdata, end)) if text.trim().is_empty() => {
                    (cdata, end.trim_start().trim_start_matches('<'))
                }
                _ => (text, end),
            };
            if end.starts_with('/') && !text.trim().is_empty() {
                found.push(plain(text));
            }
        }
        rest = after_tag;
    }
    found
}

/// What stands before the `>` of a tag, and what follows it. A `>` in quotes does not end it.
fn tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn attributes(tag: &str, found: &mut Vec<String>) {
    let mut rest = tag;
    while let Some(at) = rest.find(['"', '\'']) {
        let Some((_, quoted)) = rest.split_at_checked(at) else { break };
        let quote = if quoted.starts_with('"') { '"' } else { '\'' };
        let inner = quoted.get(1..).unwrap_or_default();
        let Some((value, after)) = inner.split_once(quote) else { break };
        found.push(plain(value));
        rest = after;
    }
}

fn plain(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The properties that a template needs, and whether each has a default wherever it stands.
pub(crate) fn needed<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, bool> {
    let mut needed = BTreeMap::new();
    for text in texts {
        if let Reading::Uses(properties) = read(text) {
            for Property { name, has_default } in properties {
                *needed.entry(name).or_insert(true) &= has_default;
            }
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn used(text: &str) -> String {
        match read(text) {
            Reading::Literal { looks_filled: false } => "literal".to_owned(),
            Reading::Literal { looks_filled: true } => "literal?".to_owned(),
            Reading::Broken => "broken".to_owned(),
            Reading::Uses(properties) => {
                let shown =
                    properties.iter().map(|p| format!("{}{}", p.name, if p.has_default { "?" } else { "" }));
                shown.collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn the_first_character_tells() {
        for (text, found) in [
            ("", "literal"),
            ("plain", "literal"),
            ("5 $ (a)", "literal"),
            ("Hello $(name)", "literal?"),
            (" $(a)", "literal?"),
            ("$(a)", "a"),
            ("$( a )", "a"),
            ("$(a, 3)", "a"),
            (".(a, 3)", "a"),
            ("%(a)", "a"),
            ("#(a)", "a"),
            ("$(a:{none})", "a?"),
            (r"$(a:{x\}y)}, 3)", "a?"),
            ("$(a) + $(b)", "a b"),
            ("{'it''s ' + $(a) + \"!\" + %(b:{})}", "a b?"),
            ("{'#000000'}", ""),
            ("$5 off", "broken"),
            ("{$(a)", "broken"),
            ("$(a) more", "broken"),
            ("$()", "broken"),
            ("{}", "broken"),
        ] {
            assert_eq!(used(text), found, "{text}");
        }
    }

    #[test]
    fn values_are_found_in_json_and_xml() {
        let json = r#"{"aps":{"alert":"$(a)","badge":"\u0023(n)"},"list":["$(b)",1,null]}"#;
        let mut found = values(json).unwrap();
        found.sort();
        assert_eq!(found, ["#(n)", "$(a)", "$(b)"]);
        let xml = r#"<?xml version="1.0"?><!-- $(no) --><toast launch='$(a)' empty=""><visual>
            <text id="1">{&quot;Hi &amp; &quot; + $(b)}</text><text><![CDATA[$(c)]]></text><image src="$(d)"/></visual></toast>"#;
        let found = values(xml).unwrap();
        assert_eq!(found, ["1.0", "$(a)", "", "1", "{\"Hi & \" + $(b)}", "$(c)", "$(d)"]);
        assert_eq!(values("neither"), None);
    }

    #[test]
    fn a_property_has_a_default_if_it_has_one_everywhere() {
        let needed = needed(["$(a:{x})", "$(b:{x})", "$(b)", "text"]);
        assert_eq!(needed, BTreeMap::from([("a".to_owned(), true), ("b".to_owned(), false)]));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[$.%#{<]?[a()'\"+:{}<>/!=, $3\\\\é-]{0,24}") {
            let _ = read(&text);
            let _ = values(&text);
        }
    }
}
