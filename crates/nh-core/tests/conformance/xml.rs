//! Compares XML in a canonical form: rule 7, `xml`. Read with quick-xml, not with nh-outcome's reader.

use crate::rules::case::shown;
use nh_core::bytes::Bytes;
use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use serde_json::Value;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element: `{namespace}name`, attributes in order, children, text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    namespace: String,
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
    text: String,
}

pub(crate) fn compare(found: &[u8], expected: &str) -> Result<(), String> {
    let found =
        std::str::from_utf8(&Bytes::copy_from_slice(found)).map_err(|error| error.to_string())?.to_owned();
    let (found_tree, expected_tree) = (canonical(parse(&found)?), canonical(parse(expected)?));
    if found_tree == expected_tree {
        Ok(())
    } else {
        Err(format!("XML {}, expected {}", shown(&found), shown(expected)))
    }
}

fn parse(text: &str) -> Result<Node, String> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Node> = vec![Node::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let top = open.last_mut().ok_or("the XML closes more than it opens")?;
        match event {
            Event::Start(start) => {
                let node = node(reader.resolver(), &start)?;
                open.push(node);
            }
            Event::End(_) => {
                let node = open.pop().ok_or("the XML closes more than it opens")?;
                open.last_mut().ok_or("the XML closes more than it opens")?.children.push(node);
            }
            Event::Text(piece) => top.text.push_str(&piece.xml10_content()),
            Event::CData(piece) => top.text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => {
                let raw = format!("&{};", reference.xml10_content());
                top.text.push_str(&quick_xml::escape::unescape(&raw).map_err(|error| error.to_string())?);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.len(), open.pop()) {
        (1, Some(mut document)) if document.children.len() == 1 => Ok(document.children.remove(0)),
        _ => Err("the XML is not one whole element".into()),
    }
}

fn node(resolver: &NamespaceResolver, start: &BytesStart<'_>) -> Result<Node, String> {
    let namespace = |found: ResolveResult<'_>| match found {
        ResolveResult::Bound(namespace) => Ok(namespace.0.to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(format!("the prefix {prefix} is not declared")),
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
    node.attributes.sort();
    Ok(node)
}

fn canonical(mut node: Node) -> Node {
    let is = |child: &Node, name: &str| child.name == name;
    let nil = |child: &Node| {
        child
            .attributes
            .iter()
            .any(|(name, value)| *name == format!("{{{INSTANCE}}}nil") && (value == "true" || value == "1"))
    };
    node.children.retain(|child| {
        let atom = child.namespace == ATOM
            && ["updated", "id", "title", "published", "author"].contains(&child.name.as_str());
        !(atom || nil(child) || is(child, "ETag") || is(child, "RegistrationId"))
    });
    // <RegistrationDescription i:type="X"> is <X>.
    let kind = format!("{{{INSTANCE}}}type");
    if node.name == "RegistrationDescription"
        && let Some(at) = node.attributes.iter().position(|(name, _)| *name == kind)
    {
        let (_, value) = node.attributes.remove(at);
        node.name = value.rsplit(':').next().unwrap_or_default().to_owned();
    }
    if node.name == "content" && node.namespace == ATOM {
        node.attributes.retain(|(name, _)| name != "{}type");
    }
    node.text = match node.name.as_str() {
        "Tags" => {
            let mut tags: Vec<_> =
                node.text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
            tags.sort_unstable();
            tags.join(",")
        }
        "PushVariables" => {
            serde_json::from_str::<Value>(&node.text).map_or(node.text.clone(), |value| value.to_string())
        }
        "DeviceToken" => node.text.to_ascii_uppercase(),
        _ if !node.children.is_empty() && node.text.trim().is_empty() => String::new(),
        _ => node.text.replace("\r\n", "\n"),
    };
    node.children = node.children.into_iter().map(canonical).collect();
    if ["WnsHeaders", "MpnsHeaders", "ApnsHeaders"].contains(&node.name.as_str()) {
        node.children.sort();
    }
    node
}

#[test]
fn canonical_forms() {
    let expected = "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></a>";
    for same in [
        "<?xml version='1.0'?><p:a xmlns:p='u'>\n <p:Tags>y , x,</p:Tags><!-- --><p:DeviceToken>AB</p:DeviceToken><p:T><![CDATA[1 < 2]]></p:T></p:a>",
        "<a xmlns='u' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><ETag>1</ETag><N i:nil='true'/><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &#60; 2</T></a>",
    ] {
        assert_eq!(compare(same.as_bytes(), expected), Ok(()), "{same}");
    }
    for other in [
        "<a xmlns='v'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></a>",
        "<a xmlns='u'><DeviceToken>ab</DeviceToken><Tags>x,y</Tags><T>1 &lt; 2</T></a>",
        "<a xmlns='u'><Tags>x</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T></a>",
        "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 2</T><E/></a>",
        "<a xmlns='u'><Tags>x,y</Tags><DeviceToken>ab</DeviceToken><T>1 &lt; 3</T></a>",
        "<a xmlns='u'><Tags>x,y</Tags>",
        "x",
    ] {
        assert!(compare(other.as_bytes(), expected).is_err(), "{other}");
    }
    let typed =
        "<RegistrationDescription xmlns='u' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='X'/>";
    assert_eq!(compare(typed.as_bytes(), "<X xmlns='u'/>"), Ok(()));
}
