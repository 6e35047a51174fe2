use super::*;

fn read(document: &str) -> Result<String, ParseError> {
    let mut reader = Reader::new(document)?;
    let root = reader.root()?;
    let text = reader.text(&root)?.unwrap_or_default();
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
        let mut reader = Reader::new(document).unwrap();
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
        let mut reader = Reader::new(&document).unwrap();
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
    assert!(read(&nested(DEEPEST)).is_ok());
    assert!(read(&nested(DEEPEST + 1)).unwrap_err().to_string().contains("deep"));
    let wide = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n - 1));
    assert!(read(&wide(MOST_ELEMENTS)).is_ok());
    assert!(read(&wide(MOST_ELEMENTS + 1)).unwrap_err().to_string().contains("elements"));
    let attributes = |n| format!("<a {}/>", (0..n).map(|i| format!("a{i}='' ")).collect::<String>());
    assert!(read(&attributes(MOST_ATTRIBUTES)).is_ok());
    assert!(read(&attributes(MOST_ATTRIBUTES + 1)).unwrap_err().to_string().contains("attributes"));
    let namespace = |n| format!("<a xmlns='{}'/>", "u".repeat(n));
    assert!(read(&namespace(LONGEST_NAMESPACE)).is_ok());
    assert!(read(&namespace(LONGEST_NAMESPACE + 1)).unwrap_err().to_string().contains("namespace"));
    assert!(decode(&vec![b'x'; MOST_BYTES + 1]).is_err());
}

#[test]
fn a_child_that_was_read_or_not_makes_no_difference() {
    let mut reader = Reader::new("<r><a><x/><x>1</x></a>text<b>2</b><c/></r>").unwrap();
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
    assert_eq!(Reader::new("\u{feff}<toast><broken").unwrap().root().unwrap().name(), "toast");
}
