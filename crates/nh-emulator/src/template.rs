//! The template language ([templates]; finer rules as the .NET SDK's expression evaluator has them).
//!
//! The kind of a value is told by its first character. An expression fills a whole JSON string or XML text; everything
//! else is literal.
//!
//! [templates]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-templates-cross-platform-push-messages

use nh_outcome::Platform;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::events::{BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};
use serde_json::Value;
use std::collections::BTreeMap;

/// A property's name has at most so many characters.
const LONGEST_NAME: usize = 120;

/// What fills in a template. Names are looked up without regard to ASCII case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties(BTreeMap<String, Property>);

#[derive(Clone, Debug, PartialEq)]
struct Property {
    name: String,
    value: String,
}

impl Properties {
    /// A flat JSON object whose values are strings.
    pub(crate) fn parse(json: &[u8]) -> Option<Properties> {
        let map: BTreeMap<String, String> = serde_json::from_slice(json).ok()?;
        let all = map.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), Property { name, value }));
        Some(Properties(all.collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_json(&self) -> String {
        let all: BTreeMap<_, _> = self.0.values().map(|property| (&property.name, &property.value)).collect();
        serde_json::to_string(&all).expect("strings are JSON")
    }

    /// These, and of `others` those that these lack.
    pub(crate) fn and(&self, others: &Properties) -> Properties {
        let mut all = others.clone();
        all.0.extend(self.0.clone());
        all
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(|property| property.value.as_str())
    }
}

/// Fills in the value of a header.
pub(crate) fn render_text(text: &str, properties: &Properties) -> Result<String, String> {
    evaluate(text, properties).map(Filled::into_text)
}

/// Fills in a template. What Windows is sent raw may be anything: what it is, its first character tells.
pub(crate) fn render(platform: &Platform, body: &str, properties: &Properties) -> Result<String, String> {
    match platform {
        Platform::Windows | Platform::WindowsPhone if body.trim_start().starts_with('<') => {
            render_xml(body, properties)
        }
        Platform::Windows | Platform::WindowsPhone if !is_object(body) => render_text(body, properties),
        _ => {
            let mut value: Value =
                serde_json::from_str(body).map_err(|why| format!("The template is no JSON: {why}"))?;
            render_json(&mut value, properties)?;
            Ok(value.to_string())
        }
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, Value>>(text).is_ok()
}

fn render_json(value: &mut Value, properties: &Properties) -> Result<(), String> {
    match value {
        Value::String(text) => {
            *value = match evaluate(text, properties)? {
                Filled::Text(text) => Value::String(text),
                Filled::Number(number) => serde_json::from_str(&number).map_err(|why| why.to_string())?,
            };
            Ok(())
        }
        Value::Array(values) => values.iter_mut().try_for_each(|value| render_json(value, properties)),
        Value::Object(members) => members.values_mut().try_for_each(|value| render_json(value, properties)),
        _ => Ok(()),
    }
}

fn render_xml(body: &str, properties: &Properties) -> Result<String, String> {
    let mut reader = Reader::from_str(body);
    let mut writer = Writer::new(Vec::new());
    let wrong = |why: &dyn std::fmt::Display| format!("The template is no XML: {why}");
    // References split a text into several events; it is one value.
    let mut text = String::new();
    loop {
        let event = reader.read_event().map_err(|why| wrong(&why))?;
        match &event {
            Event::Text(piece) => {
                text.push_str(&piece.xml10_content());
                continue;
            }
            Event::CData(piece) => {
                text.push_str(&piece.xml10_content());
                continue;
            }
            Event::GeneralRef(reference) => {
                let raw = format!("&{};", reference.xml10_content());
                text.push_str(&quick_xml::escape::unescape(&raw).map_err(|why| wrong(&why))?);
                continue;
            }
            _ => {}
        }
        if !text.is_empty() {
            let filled = evaluate(&text, properties)?.into_text();
            writer.write_event(Event::Text(BytesText::new(&filled))).map_err(|why| wrong(&why))?;
            text.clear();
        }
        let event = match event {
            Event::Eof => break,
            Event::Start(start) => Event::Start(fill_attributes(&start, properties)?),
            Event::Empty(start) => Event::Empty(fill_attributes(&start, properties)?),
            event => event,
        };
        writer.write_event(event).map_err(|why| wrong(&why))?;
    }
    String::from_utf8(writer.into_inner()).map_err(|why| wrong(&why))
}

fn fill_attributes(
    start: &quick_xml::events::BytesStart<'_>,
    properties: &Properties,
) -> Result<quick_xml::events::BytesStart<'static>, String> {
    let mut filled = quick_xml::events::BytesStart::new(start.name().as_ref().to_owned());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|why| why.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|why| why.to_string())?;
        filled.push_attribute((attribute.key.as_ref(), evaluate(&value, properties)?.into_text().as_str()));
    }
    Ok(filled)
}

/// What an expression came to.
#[derive(Debug, PartialEq, Eq)]
enum Filled {
    Text(String),
    /// Only `#` gives one, and only for text that is a JSON number that is not negative.
    Number(String),
}

impl Filled {
    fn into_text(self) -> String {
        match self {
            Filled::Text(text) | Filled::Number(text) => text,
        }
    }
}

fn evaluate(text: &str, properties: &Properties) -> Result<Filled, String> {
    let mut parser = Parser { text, rest: text };
    match text.chars().next() {
        Some('$' | '.' | '%' | '#') => {
            let filled = parser.expression(properties)?;
            if parser.rest.is_empty() { Ok(filled) } else { Err(parser.unexpected()) }
        }
        Some('{') => parser.composite(properties).map(Filled::Text),
        _ => Ok(Filled::Text(text.to_owned())),
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// `{expression + 'text' + ..}`
    fn composite(&mut self, properties: &Properties) -> Result<String, String> {
        self.eat('{');
        let mut all = String::new();
        loop {
            self.skip_spaces();
            match self.rest.chars().next() {
                Some(quote @ ('\'' | '"')) => all.push_str(&self.literal(quote)?),
                Some('#') => {
                    return Err(format!("Expression '{}': '#' cannot be combined with others.", self.text));
                }
                Some('$' | '.' | '%') => all.push_str(&self.expression(properties)?.into_text()),
                _ => return Err(self.unexpected()),
            }
            self.skip_spaces();
            if self.eat('+') {
                continue;
            }
            return if self.eat('}') && self.rest.is_empty() { Ok(all) } else { Err(self.unexpected()) };
        }
    }

    /// A quote in the text is doubled.
    fn literal(&mut self, quote: char) -> Result<String, String> {
        self.eat(quote);
        let mut text = String::new();
        loop {
            let end = self
                .rest
                .find(quote)
                .ok_or_else(|| format!("Expression '{}': a quote is not closed.", self.text))?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end + quote.len_utf8()..];
            if !self.eat(quote) {
                return Ok(text);
            }
            text.push(quote);
        }
    }

    /// `$(name)`, `$(name, 10)`, `.(name, 10)`, `%(name)`, `#(name)`, each with an optional default: `$(name:{text})`.
    fn expression(&mut self, properties: &Properties) -> Result<Filled, String> {
        if self.rest.starts_with("$body") {
            return Err("Expression type '$body' is not supported.".to_owned());
        }
        let mut chars = self.rest.chars();
        let kind = chars.next().unwrap_or_default();
        self.rest = chars.as_str();
        if !self.eat('(') {
            return Err(self.unexpected());
        }
        let end = self.rest.find([')', ',', ':']).ok_or_else(|| self.unexpected())?;
        let name = self.rest[..end].trim();
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(legal) {
            return Err(format!("Expression '{}': '{name}' is no property name.", self.text));
        }
        self.rest = &self.rest[end..];
        let default = if self.eat(':') { Some(self.default()?) } else { None };
        self.skip_spaces();
        let length = if self.eat(',') { Some(self.length()?) } else { None };
        self.skip_spaces();
        if !self.eat(')') {
            return Err(self.unexpected());
        }
        let value = properties.get(name).map(str::to_owned).or(default).unwrap_or_default();
        match (kind, length) {
            ('$', None) => Ok(Filled::Text(value)),
            ('$', Some(length)) => Ok(Filled::Text(value.chars().take(length).collect())),
            ('.', Some(length)) => Ok(Filled::Text(clip(&value, length))),
            ('%', None) => Ok(Filled::Text(utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string())),
            ('#', None) if is_number(&value) => Ok(Filled::Number(value)),
            ('#', None) => Ok(Filled::Text(value)),
            ('.', None) => Err(format!("Expression '{}': '.' needs a length.", self.text)),
            _ => Err(format!("Expression '{}': '{kind}' takes no length.", self.text)),
        }
    }

    /// `{text}`, in which `\` takes the next character as it is.
    fn default(&mut self) -> Result<String, String> {
        if !self.eat('{') {
            return Err(self.unexpected());
        }
        let mut text = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next() {
                Some('}') => break,
                Some('\\') => text.extend(chars.next()),
                Some(c) => text.push(c),
                None => return Err(format!("Expression '{}': a default is not closed.", self.text)),
            }
        }
        self.rest = chars.as_str();
        Ok(text)
    }

    fn length(&mut self) -> Result<usize, String> {
        let end = self.rest.find(')').unwrap_or(self.rest.len());
        let digits = self.rest[..end].trim();
        let length =
            digits.parse().map_err(|_| format!("Expression '{}': '{digits}' is no length.", self.text))?;
        self.rest = &self.rest[end..];
        Ok(length)
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self) -> String {
        let at = self.text.len() - self.rest.len();
        format!(
            "Expression '{}': unexpected {} at {at}.",
            self.text,
            self.rest.chars().next().map_or("end".into(), |c| format!("'{c}'"))
        )
    }
}

/// At most `length` characters, the last three of them dots if something was cut off.
fn clip(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept = length.saturating_sub(3);
    text.chars().take(kept).chain("...".chars().take(length - kept)).collect()
}

/// `(0|([1-9][0-9]*))(\.[0-9]+)?((e|E)(\+|-)?[0-9]+)?`: JSON's numbers without the negative ones.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn properties() -> Properties {
        Properties::parse(
            r#"{"Name":"Ann & <Bob>","n":"12.5e3","neg":"-1","long":"abcdefghij","empty":""}"#.as_bytes(),
        )
        .unwrap()
    }

    fn text(expression: &str) -> Result<String, String> {
        evaluate(expression, &properties()).map(Filled::into_text)
    }

    #[test]
    fn every_form() {
        for (expression, value) in [
            ("plain", "plain"),
            ("", ""),
            ("Hello $(name)", "Hello $(name)"),
            ("$(name)", "Ann & <Bob>"),
            ("$(NAME)", "Ann & <Bob>"),
            ("$( name )", "Ann & <Bob>"),
            ("$(missing)", ""),
            ("$(long, 3)", "abc"),
            ("$(long, 0)", ""),
            ("$(long, 99)", "abcdefghij"),
            (".(long, 6)", "abc..."),
            (".(long, 2)", ".."),
            (".(long, 10)", "abcdefghij"),
            ("%(name)", "Ann%20%26%20%3CBob%3E"),
            ("#(neg)", "-1"),
            ("$(missing:{none})", "none"),
            ("$(empty:{none})", ""),
            (r"$(missing:{a\}b})", "a}b"),
            ("$(missing:{abcdef}, 3)", "abc"),
            ("{'Hi ' + $(name) + \"!\"}", "Hi Ann & <Bob>!"),
            ("{'it''s'}", "it's"),
            ("{ .(long, 4) + '-' + %(name)}", "a...-Ann%20%26%20%3CBob%3E"),
        ] {
            assert_eq!(text(expression).as_deref(), Ok(value), "{expression}");
        }
        assert_eq!(evaluate("#(n)", &properties()), Ok(Filled::Number("12.5e3".into())));
        assert_eq!(evaluate("#(neg)", &properties()), Ok(Filled::Text("-1".into())));
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        for expression in [
            "$5 off",
            "$(a) more",
            "$(a) + $(b)",
            "$(a-b)",
            "$()",
            "$(a",
            "$",
            "%(a, 3)",
            "#(a, 3)",
            ".(a)",
            ".(a, -1)",
            ".(a, x)",
            "{$(a)",
            "{}",
            "{$(a) $(b)}",
            "{#(n)}",
            "{'open}",
            "{$(a)} more",
            "$body",
            "$(a:none)",
            "$(a:{none)",
        ] {
            assert!(text(expression).is_err(), "{expression}");
        }
        assert_eq!(text("$body").unwrap_err(), "Expression type '$body' is not supported.");
    }

    #[test]
    fn json_is_filled_in_as_values() {
        let template = r##"{"aps":{"alert":"$(name)","badge":"#(n)","list":["$(long, 2)",1,null]}}"##;
        let filled: Value =
            serde_json::from_str(&render(&Platform::Apple, template, &properties()).unwrap()).unwrap();
        assert_eq!(
            filled,
            serde_json::json!({"aps": {"alert": "Ann & <Bob>", "badge": 12.5e3, "list": ["ab", 1, null]}})
        );
    }

    #[test]
    fn xml_is_filled_in_and_escaped() {
        let template = r#"<toast launch="$(long, 2)"><text id="1">$(name)</text><text>a &amp; b</text><image src="{'/' + %(name)}"/></toast>"#;
        assert_eq!(
            render(&Platform::Windows, template, &properties()).unwrap(),
            r#"<toast launch="ab"><text id="1">Ann &amp; &lt;Bob&gt;</text><text>a &amp; b</text><image src="/Ann%20%26%20%3CBob%3E"/></toast>"#
        );
    }

    proptest! {
        #[test]
        fn never_panics(expression in "[$.%#{]?[a()'\"+:{}, $3\\\\é]{0,16}") {
            let _ = text(&expression);
        }
    }
}
