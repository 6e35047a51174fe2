use super::*;
use crate::ParseError;
use allocation_counter::measure;
use std::borrow::Cow;

fn read(document: &str) -> Result<String, ParseError> {
    let mut reader = Reader::new(document);
    let root = reader.root()?;
    let text = reader.string(&root)?.unwrap_or_default();
    reader.end()?;
    Ok(text)
}

#[test]
fn text_is_what_it_means() {
    assert_eq!(
        read("<a>1 &lt; 2 &#38; <![CDATA[<3>]]><b>not this</b><!-- nor this -->!</a>").unwrap(),
        "1 < 2 & <3>!"
    );
}

#[test]
fn utf_16_is_read_whatever_the_declaration_says() {
    let document = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>é☃😀</a>";
    let units: Vec<u16> = document.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [
        document.into(),
        [b"\xEF\xBB\xBF", document.as_bytes()].concat(),
        little.clone(),
        big.clone(),
        [&[0xFF, 0xFE], &little[..]].concat(),
        [&[0xFE, 0xFF], &big[..]].concat(),
    ] {
        assert_eq!(read(&decode(&bytes).unwrap()).unwrap(), "é☃😀");
    }
    for bad in [&b"\xFF\xFE<"[..], b"\xFF\xFE\x00\xD8", b"<a>\xFF</a>"] {
        assert!(decode(bad).is_err());
    }
}

#[test]
fn what_is_not_well_formed_is_an_error() {
    for document in [
        "",
        " ",
        "x",
        "<a>",
        "<a",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a>&none;</a>",
        "<a>&#xD800;</a>",
        "<p:a/>",
        "<:a/>",
        "<:a xmlns:='u'/>",
        "<a b='1' b='2'/>",
        "<a><![CDATA[x</a>",
        "<!-- ",
        "</a>",
        "<a b=1/>",
    ] {
        assert!(read(document).is_err(), "{document}");
    }
}

#[test]
fn nil_is_absent_and_no_number() {
    let read = |document: &str| {
        let mut reader = Reader::new(document);
        let root = reader.root().unwrap();
        reader.number(&root).map_err(|error| error.to_string())
    };
    assert_eq!(read(&format!("<a xmlns:i='{INSTANCE}' i:nil='true'/>")), Ok(None));
    assert_eq!(read("<a> 7 </a>"), Ok(Some(7)));
    assert!(read("<a/>").unwrap_err().contains("no number"));
}

#[test]
fn booleans_of_xml_schema() {
    let read = |text: &str| {
        let document = format!("<a>{text}</a>");
        let mut reader = Reader::new(&document);
        let root = reader.root().unwrap();
        reader.boolean(&root).ok()
    };
    assert_eq!(["1", "true", " True "].map(read), [Some(Some(true)); 3]);
    assert_eq!(["0", "false"].map(read), [Some(Some(false)); 2]);
    assert_eq!((read(""), read("maybe")), (Some(None), None));
}

#[test]
fn a_document_type_is_refused() {
    for document in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY l \"lol\">]><a>&l;</a>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
    ] {
        assert!(read(document).unwrap_err().to_string().contains("document type"), "{document}");
    }
}

#[test]
fn limits() {
    let nested = |n| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert!(read(&nested(MAX_DEPTH + 1)).unwrap_err().to_string().contains("deep"));
    let wide = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n - 1));
    assert!(read(&wide(MAX_ELEMENTS)).is_ok());
    assert!(read(&wide(MAX_ELEMENTS + 1)).unwrap_err().to_string().contains("elements"));
    let attributes = |n| format!("<a {}/>", (0..n).map(|i| format!("a{i}='' ")).collect::<String>());
    assert!(read(&attributes(MAX_ATTRIBUTES)).is_ok());
    assert!(read(&attributes(MAX_ATTRIBUTES + 1)).unwrap_err().to_string().contains("attributes"));
    let namespace = |n| format!("<a xmlns='{}'/>", "u".repeat(n));
    assert!(read(&namespace(MAX_NAMESPACE_BYTES)).is_ok());
    assert!(read(&namespace(MAX_NAMESPACE_BYTES + 1)).unwrap_err().to_string().contains("namespace"));
    let namespaces = |n| {
        format!(
            "{}{}",
            (0..n).map(|i| format!("<a xmlns='u{i}' xmlns:b{i}='v'>")).collect::<String>(),
            "</a>".repeat(n)
        )
    };
    let children = |document: &str| {
        let mut reader = Reader::new(document);
        let mut inmost = reader.root()?;
        while let Some(child) = reader.child(&inmost)? {
            inmost = child;
        }
        Ok::<_, ParseError>(())
    };
    assert!(children(&namespaces(MAX_NAMESPACES / 2)).is_ok());
    let one_more =
        namespaces(MAX_NAMESPACES / 2 - 1).replacen("<a ", "<a xmlns:c='' xmlns:d='' xmlns:e='' ", 1);
    assert!(children(&one_more).unwrap_err().to_string().contains("namespaces"));
}

/// A long document may have more elements, and no fewer bytes for each.
#[test]
fn the_limit_of_elements_grows_with_the_document() {
    let most = 2 * MAX_ELEMENTS;
    let document = |elements: usize| {
        let padding = most * MIN_BYTES_PER_ELEMENT - "<a></a>".len() - 4 * (elements - 1);
        format!("<a>{}{}</a>", "<b/>".repeat(elements - 1), "x".repeat(padding))
    };
    assert!(read(&document(most)).is_ok());
    assert!(read(&document(most + 1)).unwrap_err().to_string().contains("more than 400000 elements"));
}

#[test]
fn no_limit_counts_bytes() {
    let document = format!("<a>{}</a>", "x".repeat(9 << 20));
    assert_eq!(read(&decode(document.as_bytes()).unwrap()).unwrap().len(), 9 << 20);
}

#[test]
fn a_child_that_was_read_or_not_makes_no_difference() {
    let mut reader = Reader::new("<r><a><x/><x>1</x></a>text<b>2</b><c/></r>");
    let root = reader.root().unwrap();
    let mut names = Vec::new();
    while let Some(child) = reader.child(&root).unwrap() {
        if child.name() == "a" {
            reader.child(&child).unwrap();
        }
        names.push(child.name().to_owned());
    }
    assert_eq!(names, ["a", "b", "c"]);
    assert!(reader.child(&root).unwrap().is_none());
    reader.end().unwrap();
}

#[test]
fn only_the_root_is_looked_at_when_only_it_is_asked_for() {
    assert_eq!(Reader::new("\u{feff}<toast><broken").root().unwrap().name(), "toast");
}

#[test]
fn namespaces_hold_within_their_element() {
    let document = "<a xmlns='1' xmlns:p='2'><b xmlns='3' xmlns:p='4'><p:c/><c/></b><p:b/><b xmlns=''/><b p:x='' xml:y=''/></a>";
    let mut reader = Reader::new(document);
    let root = reader.root().unwrap();
    let mut read = vec![root.namespace()];
    while let Some(child) = reader.child(&root).unwrap() {
        read.push(child.namespace());
        while let Some(grandchild) = reader.child(&child).unwrap() {
            read.push(grandchild.namespace());
        }
    }
    assert_eq!(read, [Some("1"), Some("3"), Some("4"), Some("3"), Some("2"), None, Some("1")]);
}

#[test]
fn every_attribute_is_checked_and_read_when_asked_for() {
    for attributes in [
        "b",
        "b=",
        "b='",
        "b=1",
        "b='1' b='1'",
        "b='1' c='1' b='2'",
        "b='&none;'",
        "b='a&b'",
        "b='&#xD800;'",
        "p:b='1'",
        "p:b='' xmlns:p=''",
        "xmlns:xml='urn:x'",
        "xmlns:xmlns='urn:x'",
        "xmlns:p='http://www.w3.org/XML/1998/namespace'",
    ] {
        let document = format!("<a {attributes}/>");
        assert!(Reader::new(&document).root().is_err(), "{attributes}");
    }
    let document = format!(
        "<a b='1\n2' c='&lt;&#x41;&quot;' j:d='3' d='4' xmlns:j='{INSTANCE}' j:type='x:y' j:nil='1'/>"
    );
    let a = Reader::new(&document).root().unwrap();
    assert_eq!(
        ["b", "c", "d", "e"].map(|name| a.attribute(name)),
        [Some("1 2".into()), Some("<A\"".into()), Some("4".into()), None]
    );
    assert_eq!((a.type_name(), a.is_nil()), (Some("y"), true));
    let a = Reader::new("<a nil='true' type='y' xmlns:i='urn:x' i:nil='true' i:type='y'/>").root().unwrap();
    assert_eq!((a.type_name(), a.is_nil()), (None, false));
}

#[test]
fn what_is_skipped_or_matched_allocates_nothing() {
    let child = "<n:child n:a='&lt;' b='2'><x><y/>a&amp;b\r\n</x>text<!-- c --></n:child><c/>";
    let read = |document: &str, reads_text: bool| {
        let mut reader = Reader::new(document);
        let root = reader.root().unwrap();
        let mut found = 0;
        while let Some(child) = reader.child(&root).unwrap() {
            found += usize::from(child.is("urn:n", "child") && !child.is_nil());
            if reads_text {
                assert!(matches!(reader.text(&child).unwrap(), Some(Cow::Borrowed("text" | ""))));
            }
        }
        found
    };
    for reads_text in [false, true] {
        let [few, many] = [10, 1000].map(|n| {
            let document = format!("<n:root xmlns:n='urn:n'>{}</n:root>", child.repeat(n));
            let mut found = 0;
            let memory = measure(|| found = read(&document, reads_text));
            assert_eq!(found, n);
            memory.count_total
        });
        assert_eq!(few, many);
        assert!(few < 10, "{few}");
    }
}
