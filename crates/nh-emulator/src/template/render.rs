//! Fills in templates ([templates]). What their expressions mean stands here; what is an expression at all, in
//! `expression.rs`.
//!
//! An expression fills a whole JSON string or XML text. Everything else stays as it was written: numbers keep their digits,
//! members their order, and nothing is escaped anew.
//!
//! [templates]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-templates-cross-platform-push-messages

use super::expression::{Expression, Piece, ValueKind};
use super::filling::Filling;
use crate::breach::Breach;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// What `Uri.EscapeDataString` of .NET encodes: all but letters, digits and `- _ . ~` (RFC 3986).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Fills in the value of a header.
pub(crate) fn render_text(text: &str, filling: &Filling<'_>) -> Result<String, Breach> {
    Ok(evaluate(text, filling)?.map_or_else(|| text.to_owned(), Filled::into_text))
}

/// Fills in a template: XML if it begins so, else JSON.
pub(crate) fn render(body: &str, filling: &Filling<'_>) -> Result<String, Breach> {
    if body.trim_start().starts_with('<') { render_xml(body, filling) } else { render_json(body, filling) }
}

fn render_json(body: &str, filling: &Filling<'_>) -> Result<String, Breach> {
    let broken = || Breach::new("Failed to deserialize the body template.");
    serde_json::from_str::<IgnoredAny>(body).map_err(|_| broken())?;
    let mut rendered = String::with_capacity(body.len());
    let mut rest = body;
    // It is JSON: what stands between quotes is a string, and what stands before a colon a name.
    while let Some(begin) = rest.find('"') {
        let (before, string) = rest.split_at(begin);
        let (written, after) = string.split_at(string_length(string).ok_or_else(broken)?);
        rendered.push_str(before);
        rest = after;
        let is_name = after.trim_start_matches([' ', '\t', '\n', '\r']).starts_with(':');
        let filled = if is_name {
            None
        } else {
            let text: Cow<'_, str> = serde_json::from_str(written).map_err(|_| broken())?;
            evaluate(&text, filling)?
        };
        match filled {
            None => rendered.push_str(written),
            Some(Filled::Number(number)) => rendered.push_str(&number),
            Some(Filled::Text(text)) => {
                rendered.push_str(&serde_json::to_string(&text).map_err(|_| broken())?);
            }
        }
    }
    rendered.push_str(rest);
    Ok(rendered)
}

/// Of a JSON string, with its quotes.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

fn render_xml(body: &str, filling: &Filling<'_>) -> Result<String, Breach> {
    let broken = |why: &dyn std::fmt::Display| Breach::new(format!("The template is no XML: {why}"));
    let mut reader = Reader::from_str(body);
    let mut rendered = String::with_capacity(body.len());
    // The text of an element so far, as it is meant and as it is written: references split it into several events.
    let (mut text, mut written) = (String::new(), String::new());
    // Is it an element without others in it? Only its text can be an expression (contract: `ValidateXmlPayLoad`).
    let mut is_leaf = false;
    let mut from = 0;
    loop {
        let event = reader.read_event().map_err(|why| broken(&why))?;
        let to = usize::try_from(reader.buffer_position()).unwrap_or(body.len());
        let raw = body.get(from..to).unwrap_or_default();
        from = to;
        match &event {
            Event::Text(piece) => text.push_str(&piece.xml10_content()),
            Event::CData(piece) => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => {
                let reference = format!("&{};", reference.xml10_content());
                text.push_str(&quick_xml::escape::unescape(&reference).map_err(|why| broken(&why))?);
            }
            Event::Comment(_) | Event::PI(_) => {}
            _ => {
                let filled = match &event {
                    Event::End(_) if is_leaf => evaluate(&text, filling)?,
                    _ => None,
                };
                match filled {
                    Some(filled) => rendered.push_str(&quick_xml::escape::escape(filled.into_text())),
                    None => rendered.push_str(&written),
                }
                text.clear();
                written.clear();
                is_leaf = matches!(event, Event::Start(_));
                match &event {
                    Event::Start(start) => {
                        rendered.push_str(&filled_tag(start, filling)?.unwrap_or_else(|| raw.to_owned()));
                    }
                    Event::Empty(start) => match filled_tag(start, filling)? {
                        Some(tag) => {
                            rendered.push_str(tag.trim_end_matches('>'));
                            rendered.push_str("/>");
                        }
                        None => rendered.push_str(raw),
                    },
                    _ => rendered.push_str(raw),
                }
                if matches!(event, Event::Eof) {
                    return Ok(rendered);
                }
                continue;
            }
        }
        written.push_str(raw);
    }
}

/// A start tag with its attributes filled in; `None` if there is nothing to fill in.
fn filled_tag(start: &BytesStart<'_>, filling: &Filling<'_>) -> Result<Option<String>, Breach> {
    let broken = |why: &dyn std::fmt::Display| Breach::new(format!("The template is no XML: {why}"));
    let mut tag = format!("<{}", start.name().as_ref());
    let mut is_filled = false;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|why| broken(&why))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|why| broken(&why))?;
        let filled = evaluate(&value, filling)?;
        is_filled |= filled.is_some();
        let value = filled.map_or_else(|| value.clone().into_owned(), Filled::into_text);
        tag.push_str(&format!(" {}=\"{}\"", attribute.key.as_ref(), quick_xml::escape::escape(value)));
    }
    tag.push('>');
    Ok(is_filled.then_some(tag))
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

/// `None`: the text stands for itself.
fn evaluate(text: &str, filling: &Filling<'_>) -> Result<Option<Filled>, Breach> {
    let Expression::Parts(parts) = Expression::parse(text)? else { return Ok(None) };
    if let [part @ Piece::Property { kind: ValueKind::Number, .. }] = parts.as_slice() {
        let value = value(part, filling);
        return Ok(Some(if is_number(&value) { Filled::Number(value) } else { Filled::Text(value) }));
    }
    Ok(Some(Filled::Text(parts.iter().map(|part| value(part, filling)).collect())))
}

fn value(part: &Piece, filling: &Filling<'_>) -> String {
    let Piece::Property { kind, name, default, length } = part else {
        let Piece::Text(text) = part else { return String::new() };
        return text.clone();
    };
    let value = filling.value(name, default.as_deref());
    match (kind, length) {
        (ValueKind::Plain, Some(length)) => value.chars().take(*length).collect(),
        (ValueKind::Dotted, Some(length)) => clip(value, *length),
        (ValueKind::Encoded, _) => utf8_percent_encode(value, RESERVED).to_string(),
        _ => value.to_owned(),
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

/// `(0|([1-9][0-9]*))(\.[0-9]+)?((e|E)(\+|-)?[0-9]+)?`, as the article has it: JSON's numbers without the negative ones.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (number, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(n, e)| (n, Some(e)));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::properties::Properties;
    use proptest::prelude::*;
    use serde_json::Value;

    fn properties() -> Properties {
        Properties::parse(
            r#"{"Name":"Ann & <Bob>","n":"12.5e3","neg":"-1","long":"abcdefghij","empty":""}"#.as_bytes(),
        )
        .unwrap()
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
            ("%(missing:{a-b_c.d~e/f})", "a-b_c.d~e%2Ff"),
            ("#(neg)", "-1"),
            ("$(missing:{none})", "none"),
            ("$(empty:{none})", ""),
            (r"$(missing:{a\}b})", "a}b"),
            ("$(missing:{abcdef}, 3)", "abc"),
            ("{'Hi ' + $(name) + \"!\"}", "Hi Ann & <Bob>!"),
            ("$(long, 2) + $(neg)", "ab-1"),
            ("{'it''s'}", "it's"),
            ("{ .(long, 4) + '-' + %(name)}", "a...-Ann%20%26%20%3CBob%3E"),
        ] {
            assert_eq!(
                render_text(expression, &Filling::new(&properties())).as_deref(),
                Ok(value),
                "{expression}"
            );
        }
        assert_eq!(evaluate("#(n)", &Filling::new(&properties())), Ok(Some(Filled::Number("12.5e3".into()))));
        assert_eq!(evaluate("#(neg)", &Filling::new(&properties())), Ok(Some(Filled::Text("-1".into()))));
    }

    #[test]
    fn numbers() {
        for text in ["0", "10", "0.5", "1e999", "12345678901234567890", "1.5E-3", "1e+2"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-1", "01", ".5", "1.", "1e", "1e+", "x", "1 "] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn json_is_filled_in_as_values() {
        let template = r##"{"aps":{"alert":"$(name)","badge":"#(n)","list":["$(long, 2)",1,null]}}"##;
        let filled: Value =
            serde_json::from_str(&render(template, &Filling::new(&properties())).unwrap()).unwrap();
        assert_eq!(
            filled,
            serde_json::json!({"aps": {"alert": "Ann & <Bob>", "badge": 12.5e3, "list": ["ab", 1, null]}})
        );
    }

    #[test]
    fn what_is_not_filled_in_stays_as_it_is_written() {
        let template = r#"{ "z": 12345678901234567890.50, "$(name)" : "$(long, 1)", "a":"\u00e9\"" }"#;
        let filled = r#"{ "z": 12345678901234567890.50, "$(name)" : "a", "a":"\u00e9\"" }"#;
        assert_eq!(render(template, &Filling::new(&properties())).unwrap(), filled);
        let template =
            "<?xml version='1.0'?>\n<a b='1'  c=\"&quot;\"><!-- $(x --><d>a &amp; b&#10;</d>\n<e/>$(name</a>";
        assert_eq!(render(template, &Filling::new(&properties())).unwrap(), template);
    }

    #[test]
    fn xml_is_filled_in_and_escaped() {
        let template = r#"<toast launch="$(long, 2)"><text id="1">$(name)</text><text>a &amp; b</text><image src="{'/' + %(name)}"/><e>&#36;(long, 1)</e></toast>"#;
        assert_eq!(
            render(template, &Filling::new(&properties())).unwrap(),
            r#"<toast launch="ab"><text id="1">Ann &amp; &lt;Bob&gt;</text><text>a &amp; b</text><image src="/Ann%20%26%20%3CBob%3E"/><e>a</e></toast>"#
        );
        assert_eq!(
            render("<a><![CDATA[$(name)]]></a>", &Filling::new(&properties())).unwrap(),
            "<a>Ann &amp; &lt;Bob&gt;</a>"
        );
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for template in ["{", "{'a':1}", "hello", r#"{"a":"$(b"}"#, "<a b=\"$5\"/>", "<a>$5</a>"] {
            assert!(render(template, &Filling::new(&properties())).is_err(), "{template}");
        }
    }

    #[test]
    fn what_is_asked_for_in_vain_is_remembered() {
        let (properties, all) =
            (properties(), r#"{"a":"$(name)","b":"$(gone)","c":"{'x' + .(Gone2, 5)}","d":"$(gone)"}"#);
        for (template, unfilled) in [
            (all, &["Gone2", "gone"][..]),
            (r#"{"a":"$(NAME)","b":"$(gone:{none})","c":"$(empty)","d":"text $(gone)"}"#, &[]),
            ("<a b=\"%(gone)\">$(other)</a>", &["gone", "other"]),
        ] {
            let filling = Filling::new(&properties);
            render(template, &filling).unwrap();
            assert_eq!(filling.unfilled(), unfilled, "{template}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(template in "[<{\\[\"][<>/a&;=\"'$():{}\\[\\]\\\\, 1é!-]{0,24}") {
            let _ = render(&template, &Filling::new(&properties()));
        }
    }
}
