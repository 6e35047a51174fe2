//! Compares XML in a canonical form: rule 7, `xml`. Read with quick-xml, not with nh-outcome's reader.

use crate::rules::case::shown;
use crate::rules::wire::entity_tag;
use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};
use serde_json::Value;
use std::collections::BTreeSet;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element: attributes as `{namespace}name` and in order, children, text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    namespace: String,
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
    text: String,
}

pub(crate) fn compare(found: &[u8], expected: &str, call: &Value) -> Result<(), String> {
    let text = std::str::from_utf8(found).map_err(|error| format!("XML: {error}"))?;
    let found = parse(text).map_err(|error| format!("XML: {error}: {}", shown(text)))?;
    as_called(&found, call)?;
    differ("", &canonical(found), &canonical(parse(expected)?))
}

/// `ETag` and `RegistrationId` need not be sent, but must be those of the call.
fn as_called(node: &Node, call: &Value) -> Result<(), String> {
    let called = match node.name.as_str() {
        "ETag" => call["etag"].as_str().map(entity_tag),
        "RegistrationId" => call["registration_id"].as_str(),
        _ => return node.children.iter().try_for_each(|child| as_called(child, call)),
    };
    let sent = if node.name == "ETag" { entity_tag(&node.text) } else { node.text.as_str() };
    if node.is_nil() || called == Some(sent) {
        Ok(())
    } else {
        Err(format!("{} {:?} is not the call's {called:?}", node.name, node.text))
    }
}

/// Where two canonical trees differ first.
fn differ(at: &str, found: &Node, expected: &Node) -> Result<(), String> {
    let qualified = |node: &Node| format!("{{{}}}{}", node.namespace, node.name);
    let at = format!("{at}/{}", expected.name);
    if qualified(found) != qualified(expected) {
        return Err(format!("XML {at}: element {}, expected {}", qualified(found), qualified(expected)));
    }
    if found.attributes != expected.attributes {
        return Err(format!(
            "XML {at}: attributes {:?}, expected {:?}",
            found.attributes, expected.attributes
        ));
    }
    if found.text != expected.text {
        return Err(format!("XML {at}: {}, expected {}", shown(&found.text), shown(&expected.text)));
    }
    // An element that is out of order says more than a number that is wrong.
    let pairs = found.children.iter().zip(&expected.children);
    pairs.into_iter().try_for_each(|(found, expected)| differ(&at, found, expected))?;
    let names = |node: &Node| node.children.iter().map(|child| child.name.clone()).collect::<Vec<_>>();
    if found.children.len() == expected.children.len() {
        Ok(())
    } else {
        Err(format!("XML {at}: elements {:?}, expected {:?}", names(found), names(expected)))
    }
}

impl Node {
    fn attribute(&self, namespace: &str, name: &str) -> Option<usize> {
        let name = format!("{{{namespace}}}{name}");
        self.attributes.iter().position(|(found, _)| *found == name)
    }

    fn is_nil(&self) -> bool {
        self.attribute(INSTANCE, "nil").is_some_and(|at| matches!(self.attributes[at].1.trim(), "true" | "1"))
    }
}

/// Refuses what is not well formed, also where quick-xml does not mind.
fn parse(text: &str) -> Result<Node, String> {
    let illegal =
        |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = text.chars().find(|c| illegal(*c)) {
        return Err(format!("has the character {}", c.escape_unicode()));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let top = open.last_mut().ok_or("closes more than it opens")?;
        match event {
            Event::Start(start) => {
                let node = node(reader.resolver(), &start)?;
                open.push(node);
            }
            Event::End(_) => {
                let node = open.pop().ok_or("closes more than it opens")?;
                open.last_mut().ok_or("closes more than it opens")?.children.push(node);
            }
            Event::Text(piece) => {
                let piece = piece.xml10_content();
                if piece.contains("]]>") {
                    return Err("has ]]> in text".into());
                }
                top.text.push_str(&piece);
            }
            Event::CData(piece) => top.text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => {
                let raw = format!("&{};", reference.xml10_content());
                let piece = quick_xml::escape::unescape(&raw).map_err(|error| error.to_string())?;
                if piece.chars().any(illegal) {
                    return Err(format!("has the reference {raw}"));
                }
                top.text.push_str(&piece);
            }
            Event::DocType(_) => return Err("has a document type".into()),
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.len(), open.pop()) {
        (1, Some(mut document)) if document.children.len() == 1 && document.text.trim().is_empty() => {
            Ok(document.children.remove(0))
        }
        _ => Err("is not one whole element".into()),
    }
}

fn node(resolver: &NamespaceResolver, start: &BytesStart<'_>) -> Result<Node, String> {
    let namespace = |found: ResolveResult<'_>| match found {
        ResolveResult::Bound(namespace) => Ok(namespace.0.to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(format!("does not declare the prefix {prefix}")),
    };
    let (found, name) = resolver.resolve_element(start.name());
    let mut node = Node { namespace: namespace(found)?, name: name.as_ref().to_owned(), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key = attribute.key.as_ref();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let (found, name) = resolver.resolve_attribute(attribute.key);
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        node.attributes.push((format!("{{{}}}{}", namespace(found)?, name.as_ref()), value.into_owned()));
    }
    // <RegistrationDescription i:type="X"> is <X>.
    if node.name == "RegistrationDescription"
        && let Some(at) = node.attribute(INSTANCE, "type")
    {
        let (_, value) = node.attributes.remove(at);
        let (found, name) = resolver.resolve_element(QName(value.trim()));
        (node.namespace, node.name) = (namespace(found)?, name.as_ref().to_owned());
    }
    node.attributes.sort();
    Ok(node)
}

fn canonical(mut node: Node) -> Node {
    // White space between elements; decided before any of them is left out.
    if !node.children.is_empty() && node.text.trim().is_empty() {
        node.text.clear();
    }
    node.children.retain(|child| {
        let atom = child.namespace == ATOM
            && ["updated", "id", "title", "published", "author"].contains(&child.name.as_str());
        !(atom || child.is_nil() || child.name == "ETag" || child.name == "RegistrationId")
    });
    if node.name == "content" && node.namespace == ATOM {
        node.attributes.retain(|(name, _)| name != "{}type");
    }
    node.text = match node.name.as_str() {
        "Tags" => {
            let tags = node.text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
            tags.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
        }
        "PushVariables" => {
            serde_json::from_str::<Value>(&node.text).map_or(node.text.clone(), |value| value.to_string())
        }
        "DeviceToken" => node.text.to_ascii_uppercase(),
        _ => node.text.replace("\r\n", "\n"),
    };
    node.children = node.children.into_iter().map(canonical).collect();
    if ["WnsHeaders", "MpnsHeaders", "ApnsHeaders"].contains(&node.name.as_str()) {
        node.children.sort();
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(found: &str, expected: &str) -> Result<(), String> {
        compare(found.as_bytes(), expected, &json!({"registration_id": "1-2-3", "etag": "W/\"5\""}))
    }

    #[test]
    fn canonical_forms() {
        let expected = "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></a>";
        for same in [
            "<?xml version='1.0'?><p:a xmlns:p='u'>\n <p:Tags>y , x,x</p:Tags><!-- --><p:DeviceToken>AB</p:DeviceToken><p:T><![CDATA[1 < 2]]></p:T></p:a>",
            "<a xmlns='u' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><N i:nil='true'/><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &#60; 2</T></a>",
        ] {
            assert_eq!(check(same, expected), Ok(()), "{same}");
        }
        for other in [
            "<a xmlns='v'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></a>",
            "<p:a xmlns:p='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></p:a>",
            "<a xmlns='u'><DeviceToken>ab</DeviceToken><Tags>x,y</Tags><T>1 &lt; 2</T></a>",
            "<a xmlns='u'><Tags>x</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></a>",
            "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T><E/></a>",
            "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken></a>",
            "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 3</T></a>",
            "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2 </T></a>",
            "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T b='c'>1 &lt; 2</T></a>",
        ] {
            assert!(check(other, expected).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_wrong() {
        for text in [
            "x",
            "",
            "<a>",
            "<a></b>",
            "<a/><a/>",
            "<a/>x",
            "<p:a/>",
            "<a>]]></a>",
            "<a>&x;</a>",
            "<a>&#1;</a>",
            "<a>\u{1}</a>",
            "<a b='1' b='2'/>",
            "<!DOCTYPE a><a/>",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_need_not_be_sent_but_must_be_the_calls() {
        for same in [
            "<a><b/></a>",
            "<a>\n<ETag>5</ETag><RegistrationId>1-2-3</RegistrationId><b/></a>",
            "<a><ETag>\"5\"</ETag><b/></a>",
        ] {
            assert_eq!(check(same, "<a><b/></a>"), Ok(()), "{same}");
        }
        for other in ["<a><ETag>6</ETag><b/></a>", "<a><RegistrationId>1-2-4</RegistrationId><b/></a>"] {
            assert!(check(other, "<a><b/></a>").is_err(), "{other}");
        }
        assert!(compare(b"<a><ETag>5</ETag></a>", "<a/>", &json!({})).is_err());
    }

    #[test]
    fn atom_has_its_freedom() {
        let expected = "<entry xmlns='http://www.w3.org/2005/Atom'><content type='application/xml'><X/></content></entry>";
        for same in [
            "<entry xmlns='http://www.w3.org/2005/Atom'><id>1</id><title/><updated/><published/><author><name/></author>\n<content><X/></content></entry>",
            "<e:entry xmlns:e='http://www.w3.org/2005/Atom'><e:content type='text/xml'><X xmlns='http://www.w3.org/2005/Atom'/></e:content></e:entry>",
        ] {
            assert_eq!(check(same, expected), Ok(()), "{same}");
        }
        for other in [
            "<entry xmlns='http://www.w3.org/2005/Atom'><link/><content><X/></content></entry>",
            "<entry xmlns='http://www.w3.org/2005/Atom'><content><X xmlns=''/></content></entry>",
            "<entry xmlns='http://www.w3.org/2005/Atom'><id xmlns=''/><content><X/></content></entry>",
        ] {
            assert!(check(other, expected).is_err(), "{other}");
        }
    }

    #[test]
    fn a_type_may_be_an_attribute() {
        let typed = |kind: &str| {
            format!(
                "<RegistrationDescription xmlns='u' xmlns:v='v' xmlns:i='{INSTANCE}' i:type='{kind}'><T/></RegistrationDescription>"
            )
        };
        assert_eq!(check(&typed("X"), "<X xmlns='u'><T/></X>"), Ok(()));
        assert!(check(&typed("Y"), "<X xmlns='u'><T/></X>").is_err());
        assert!(check(&typed("v:X"), "<X xmlns='u'><T/></X>").is_err());
    }

    #[test]
    fn headers_in_any_order_and_push_variables_as_json() {
        let expected = "<a><WnsHeaders><h><k>1</k></h><h><k>2</k></h></WnsHeaders><PushVariables>{\"a\":\"1\",\"b\":\"2\"}</PushVariables><B>1\n2</B></a>";
        let same = "<a><WnsHeaders><h><k>2</k></h><h><k>1</k></h></WnsHeaders><PushVariables>{ \"b\":\"2\", \"a\":\"1\" }</PushVariables><B>1&#13;\n2</B></a>";
        assert_eq!(check(same, expected), Ok(()));
        assert!(check(&same.replace("<k>2", "<k>1"), expected).is_err());
        assert!(check(&same.replace("\"b\":\"2\"", "\"b\":\"3\""), expected).is_err());
        assert!(check(&same.replace("&#13;\n", ""), expected).is_err());
        assert!(check("<a><H><k>2</k><k>1</k></H></a>", "<a><H><k>1</k><k>2</k></H></a>").is_err());
    }
}
