use std::fmt::{self, Write as _};

/// Appends `<name>text</name>`. Line ends are written as references, so that a reader does not change them and the
/// element stays one line.
///
/// # Errors
/// A character that XML 1.0 cannot hold.
pub fn push_element(xml: &mut String, name: &str, text: &str) -> Result<(), IllegalChar> {
    check(name, text)?;
    push(xml, format_args!("<{name}>"));
    push_escaped(xml, text, "\"");
    push(xml, format_args!("</{name}>"));
    Ok(())
}

/// Appends ` name="text"`.
///
/// # Errors
/// A character that XML 1.0 cannot hold.
pub fn push_attribute(xml: &mut String, name: &str, text: &str) -> Result<(), IllegalChar> {
    check(name, text)?;
    push(xml, format_args!(" {name}=\""));
    push_escaped(xml, text, "&quot;");
    xml.push('"');
    Ok(())
}

fn push_escaped(xml: &mut String, text: &str, quote: &str) {
    for c in text.chars() {
        match c {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            '"' => xml.push_str(quote),
            '\t' | '\n' | '\r' => push(xml, format_args!("&#{};", u32::from(c))),
            c => xml.push(c),
        }
    }
}

/// Appends `<name><![CDATA[text]]></name>`: all SDKs write the bodies of templates so. Where the text would end the section,
/// it goes on in the next section.
///
/// # Errors
/// A character that XML 1.0 cannot hold.
pub fn push_cdata(xml: &mut String, name: &str, text: &str) -> Result<(), IllegalChar> {
    check(name, text)?;
    let text = text.replace("]]>", "]]]]><![CDATA[>").replace('\r', "]]>&#13;<![CDATA[");
    push(xml, format_args!("<{name}><![CDATA[{text}]]></{name}>"));
    Ok(())
}

/// Appends markup, as it is.
pub fn push(xml: &mut String, text: fmt::Arguments<'_>) {
    xml.write_fmt(text).expect("a String takes every write");
}

fn check(name: &str, text: &str) -> Result<(), IllegalChar> {
    // https://www.w3.org/TR/xml/#charsets
    let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    match text.char_indices().find(|(_, c)| illegal(*c)) {
        None => Ok(()),
        Some((at, character)) => Err(IllegalChar { name: name.into(), at, character }),
    }
}

/// A text has a character that XML 1.0 cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalChar {
    /// The element or attribute that the text is of.
    pub name: Box<str>,
    /// The byte of the text at which the character stands.
    pub at: usize,
    /// The character.
    pub character: char,
}

/// What is wrong with the text, without its name.
impl fmt::Display for IllegalChar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let character = self.character.escape_unicode();
        write!(f, "has the character {character} at byte {}, which XML cannot hold", self.at)
    }
}

impl std::error::Error for IllegalChar {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Reader;
    use proptest::prelude::*;

    #[test]
    fn what_ends_a_section_does_not_end_it() {
        let mut xml = String::new();
        push_cdata(&mut xml, "a", "x]]>]]>\ry").unwrap();
        assert_eq!(xml, "<a><![CDATA[x]]]]><![CDATA[>]]]]><![CDATA[>]]>&#13;<![CDATA[y]]></a>");
    }

    #[test]
    fn what_xml_cannot_hold_is_refused() {
        for bad in ["\0", "a\u{1}", "\u{1f}", "\u{ffff}"] {
            for push in [push_element, push_cdata] {
                let error = push(&mut String::new(), "Name", bad).expect_err("illegal");
                assert_eq!((&*error.name, error.at), ("Name", bad.len() - error.character.len_utf8()));
                let error = error.to_string();
                assert!(error.starts_with("has the character \\u{") && !error.contains(bad), "{error}");
            }
        }
    }

    proptest! {
        #[test]
        fn text_is_read_back_as_it_was(text in "[\\PC\r\n\t<>&\\]]{0,30}") {
            prop_assume!(!text.contains(['\u{fffe}', '\u{ffff}']));
            for push in [push_element, push_cdata] {
                let mut xml = String::new();
                push(&mut xml, "a", &text).unwrap();
                let mut reader = Reader::new(&xml);
                let root = reader.root().unwrap();
                prop_assert_eq!(reader.text(&root).unwrap().unwrap(), text.clone());
                reader.end().unwrap();
            }
        }
    }
}
