//! Whatever comes in, the answer is a value or an error.

use nh_outcome::{ErrorDocument, NotificationOutcome, ParseError, xml};
use proptest::prelude::*;

const DOCUMENT: &str = r#"<NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Success>1</Success><Failure>0</Failure><Results><RegistrationResult><ApplicationPlatform>apple</ApplicationPlatform><PnsHandle>A&amp;B</PnsHandle><RegistrationId i:nil="true"/><Outcome><![CDATA[x]]></Outcome></RegistrationResult></Results></NotificationOutcome>"#;

#[test]
fn every_truncation_is_an_error() {
    for end in 0..DOCUMENT.len() {
        assert!(NotificationOutcome::parse(&DOCUMENT.as_bytes()[..end]).is_err(), "{end}");
    }
    assert!(NotificationOutcome::parse(DOCUMENT.as_bytes()).is_ok());
}

#[test]
fn large_documents_end() {
    let noise = "x".repeat(5 << 20);
    assert!(NotificationOutcome::parse(noise.as_bytes()).is_err());
    let results = DOCUMENT.replace("<Results>", &format!("<Results>{}", "<a/>".repeat(1_000_000)));
    assert!(NotificationOutcome::parse(results.as_bytes()).unwrap_err().to_string().contains("elements"));
    let deep = DOCUMENT.replace("<Results>", &"<a>".repeat(1_000_000));
    assert!(NotificationOutcome::parse(deep.as_bytes()).unwrap_err().to_string().contains("deep"));
}

/// A namespace is declared once and used often: to copy a long one each time would make 8 MiB cost minutes.
#[test]
fn a_long_namespace_is_refused_where_it_is_used() {
    let namespace = "u".repeat(4 << 20);
    let document = |inside: &str| format!("<Error xmlns:x='{namespace}'>{inside}</Error>");
    for used in [document(&"<x:a/>".repeat(150_000)), document("<a x:b=''/>")] {
        let error = ErrorDocument::parse(used.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("namespace"), "{error}");
    }
    assert!(ErrorDocument::parse(document("<Code>1</Code>").as_bytes()).is_ok());
}

/// Reads all of a document, each element by children or by text as `choices` say.
fn walk(document: &[u8], choices: &[bool]) -> Result<(), ParseError> {
    fn inside(
        reader: &mut xml::Reader<'_>,
        element: &xml::Element,
        choices: &mut dyn Iterator<Item = bool>,
    ) -> Result<(), ParseError> {
        if choices.next() == Some(true) {
            return reader.text(element).map(|_| ());
        }
        while let Some(child) = reader.child(element)? {
            inside(reader, &child, choices)?;
        }
        Ok(())
    }
    let text = xml::decode(document)?;
    let mut reader = xml::Reader::new(&text)?;
    let root = reader.root()?;
    inside(&mut reader, &root, &mut choices.iter().copied().cycle())?;
    reader.end()?;
    assert!(reader.position() <= text.len() as u64);
    Ok(())
}

proptest! {
    #[test]
    fn the_reader_by_itself(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "<a>", "</a>", "<b/>", "<x:c xmlns:x='u'>", "</x:c>", "<d i:nil='1'/>", "text", "&amp;", "&#x41;", "&#0;", "&none;",
            "<![CDATA[", "]]>", "<!--", "-->", "<?p?>", "<!DOCTYPE a>", "<", ">", "'", "=", "\0", "\u{feff}", "é",
        ]), 0..20),
        choices in prop::collection::vec(any::<bool>(), 0..6),
    ) {
        let _ = walk(pieces.concat().as_bytes(), &choices);
        let whole = format!("<a>{}</a>", pieces.concat());
        let _ = walk(whole.as_bytes(), &choices);
        let units: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
        prop_assert_eq!(walk(&units, &choices).is_ok(), walk(whole.as_bytes(), &choices).is_ok());
    }

    #[test]
    fn a_part_moved(from in 0..DOCUMENT.len(), length in 0..80_usize, to in 0..DOCUMENT.len(), keep: bool) {
        let part = &DOCUMENT.as_bytes()[from..];
        let part = &part[..length.min(part.len())];
        let mut document = DOCUMENT.as_bytes().to_vec();
        if !keep {
            document.drain(from..from + part.len());
        }
        let to = to.min(document.len());
        document.splice(to..to, part.iter().copied());
        let _ = NotificationOutcome::parse(&document);
        let _ = walk(&document, &[false, true, false]);
    }

    #[test]
    fn bytes(document in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = NotificationOutcome::parse(&document);
        let _ = ErrorDocument::parse(&document);
    }

    #[test]
    fn one_byte_changed(at in 0..DOCUMENT.len(), byte: u8) {
        let mut document = DOCUMENT.as_bytes().to_vec();
        document[at] = byte;
        let _ = NotificationOutcome::parse(&document);
    }

    #[test]
    fn details(detail in "(.{0,10}(TrackingId:|TimeStamp:|_G|\\.|,|SubCode=)){0,4}") {
        let escaped = detail.replace('&', "&amp;").replace('<', "&lt;");
        if let Ok(error) = ErrorDocument::parse(format!("<Error><Detail>{escaped}</Detail></Error>").as_bytes()) {
            let _ = (error.message(), error.tracking_id(), error.sub_code());
        }
    }
}
