//! Whatever comes in, the answer is a value or an error.

use allocation_counter::{AllocationInfo, measure};
use nh_outcome::{ErrorDocument, Feedback, NotificationDetails, NotificationOutcome, ParseError, xml};
use proptest::prelude::*;

const DOCUMENT: &str = r#"<NotificationOutcome xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Success>1</Success><Failure>0</Failure><Results><RegistrationResult><ApplicationPlatform>apple</ApplicationPlatform><PnsHandle>A&amp;B</PnsHandle><RegistrationId i:nil="true"/><Outcome><![CDATA[x]]></Outcome></RegistrationResult></Results></NotificationOutcome>"#;

#[test]
fn every_truncation_is_an_error() {
    for end in 0..DOCUMENT.len() {
        assert!(NotificationOutcome::parse(&DOCUMENT.as_bytes()[..end]).is_err(), "{end}");
    }
    assert!(NotificationOutcome::parse(DOCUMENT.as_bytes()).is_ok());
}

/// Reads a document and says whether it could be, and what that took of memory.
type Read = fn(&[u8]) -> bool;

const DOCUMENTS: [(&str, &str, Read); 4] = [
    ("outcome", "NotificationOutcome", |document| NotificationOutcome::parse(document).is_ok()),
    ("details", "NotificationDetails", |document| NotificationDetails::parse(document).is_ok()),
    ("error", "Error", |document| ErrorDocument::parse(document).is_ok()),
    ("feedback", "PnsFeedback", |document| Feedback::documents(document).all(|read| read.is_ok())),
];

fn memory(read: Read, document: &str) -> (bool, AllocationInfo) {
    let mut result = false;
    let memory = measure(|| result = read(document.as_bytes()));
    (result, memory)
}

/// What is refused has not been built up first: this is all that may be held at any time.
const MOST_HELD: u64 = 64 * 1024;

#[test]
fn what_is_hostile_is_refused_in_little_memory() {
    for (name, root, read) in DOCUMENTS {
        let inside = |content: &str| {
            let namespace = if root == "Error" { "" } else { xml::CONNECT };
            format!("<{root} xmlns='{namespace}'>{content}</{root}>")
        };
        let attributes: String = (0..100_000).map(|i| format!(" a{i}=''")).collect();
        let entities = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>";
        for (what, document) in [
            ("noise", "x".repeat(5 << 20)),
            ("entities", entities.to_owned() + &inside("<a>&b;</a>")),
            ("a file", format!("<!DOCTYPE a SYSTEM 'file:///etc/passwd'>{}", inside(""))),
            ("depth", inside(&"<a>".repeat(1_000_000))),
            ("depth in a comment's place", inside(&"<!--".repeat(1_000_000))),
            ("a million elements", inside(&"<a/>".repeat(1_000_000))),
            ("attributes", inside(&format!("<a{attributes}/>"))),
        ] {
            let (read, memory) = memory(read, &document);
            assert!(!read, "{name}: {what}");
            assert!(memory.bytes_max < MOST_HELD, "{name}: {what}: {memory:?}");
        }
        // What is skipped may be long, and still takes no memory.
        let long = inside(&"x".repeat(9 << 20));
        let (was_read, used) = memory(read, &long);
        assert!(was_read && used.bytes_max < MOST_HELD, "{name}: 9 MiB of text: {used:?}");
        // The parser notes the name of what is open: a copy, and room to grow.
        let name_only = inside(&"<a".repeat(1 << 20));
        let (read, memory) = memory(read, &name_only);
        assert!(!read && memory.bytes_max < 2 * name_only.len() as u64 + MOST_HELD, "{name}: {memory:?}");
    }
}

/// Twice the input takes twice the memory in all, not four times.
#[test]
fn work_grows_as_the_document_does() {
    let result = "<RegistrationResult><ApplicationPlatform>apple</ApplicationPlatform><PnsHandle>A&amp;B</PnsHandle></RegistrationResult>";
    let outcome = |n| {
        format!(
            "<NotificationOutcome xmlns='{}'><Results>{}</Results></NotificationOutcome>",
            xml::CONNECT,
            result.repeat(n)
        )
    };
    let counts = |n| {
        let counts: String =
            (0..n).map(|i| format!("<Outcome><Name>n{i}</Name><Count>1</Count></Outcome>")).collect();
        format!(
            "<NotificationDetails xmlns='{0}'><ApnsOutcomeCounts>{counts}</ApnsOutcomeCounts></NotificationDetails>",
            xml::CONNECT
        )
    };
    let detail = |n| format!("<Error><Detail>{}</Detail></Error>", "a&amp;]]&#62;".repeat(n));
    let feedback = |n| {
        format!(
            "<?xml version='1.0'?><PnsFeedback xmlns='{}'><PnsHandle>a</PnsHandle></PnsFeedback>",
            xml::CONNECT
        )
        .repeat(n)
    };
    let broken = |n| "<?xml version='1.0'?><PnsFeedback><!--".repeat(n);
    let documents: [(usize, &dyn Fn(usize) -> String); 5] =
        [(0, &outcome), (1, &counts), (2, &detail), (3, &feedback), (3, &broken)];
    for (which, document) in documents {
        let (name, _, read) = DOCUMENTS[which];
        let [once, twice] = [10_000, 20_000].map(|n| memory(read, &document(n)).1);
        assert!(twice.count_total <= once.count_total * 21 / 10, "{name}: {once:?} {twice:?}");
        assert!(twice.bytes_total <= once.bytes_total * 21 / 10, "{name}: {once:?} {twice:?}");
    }
}

/// Each of these documents is broken and reaches up to the next. Whoever reads each to the end of the blob is still at it.
#[test]
fn a_blob_is_read_once() {
    let broken = "<?xml ?><!--".repeat(300_000);
    let memory = measure(|| {
        assert_eq!(Feedback::documents(broken.as_bytes()).filter(Result::is_err).count(), 300_000);
    });
    assert!(memory.bytes_max < MOST_HELD, "{memory:?}");
}

/// A tag that is read may declare, repeat and resolve as much as it has room for. Twice of it takes twice the memory.
#[test]
fn work_grows_as_the_attributes_do() {
    let names: String = (0..20).map(|i| format!(" xmlns:p{i}='u{i}' p{i}:a='&lt;' a{i}='{i}'")).collect();
    let document = |n| format!("<Error{names}>{}</Error>", format!("<p7:a{names}/>").repeat(n));
    let [once, twice] = [1000, 2000].map(|n| memory(DOCUMENTS[2].2, &document(n)));
    assert!(once.0 && twice.0);
    assert_eq!(once.1.count_total, twice.1.count_total);
}

/// A namespace is declared once and used often: to compare a long one each time would make 8 MiB cost minutes.
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
        element: &xml::Element<'_>,
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
    let mut reader = xml::Reader::new(&text);
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
