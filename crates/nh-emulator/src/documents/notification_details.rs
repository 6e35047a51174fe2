//! `NotificationDetails`: what has become of a notification.

use crate::model::notification_record::NotificationRecord;
use crate::xml;
use nh_outcome::Platform;
use nh_outcome::xml::{CONNECT, INSTANCE};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Platforms in the order of their counts.
const ORDER: [Platform; 9] = [
    Platform::Apple,
    Platform::WindowsPhone,
    Platform::Windows,
    Platform::Gcm,
    Platform::Adm,
    Platform::FcmV1,
    Platform::Baidu,
    Platform::Browser,
    Platform::Xiaomi,
];

/// Its elements are in the order of the .NET SDK's contract.
pub(crate) fn notification_details(record: &NotificationRecord, id: &str, location: &str) -> String {
    let mut document = format!("<NotificationDetails xmlns=\"{CONNECT}\" xmlns:i=\"{INSTANCE}\">");
    let mut element = |name: &str, text: &str| {
        write!(document, "<{name}>{}</{name}>", escape(text)).expect("a String takes every write");
    };
    let time = |time: OffsetDateTime| time.format(&Rfc3339).expect("the clock's time is within RFC 3339");
    element("NotificationId", id);
    element("Location", location);
    element("State", &format!("{:?}", record.progress));
    element("EnqueueTime", &time(record.enqueued));
    if let Some(started) = record.started {
        element("StartTime", &time(started));
    }
    if let Some(ended) = record.ended {
        element("EndTime", &time(ended));
    }
    if let Some(body) = &record.body {
        element("NotificationBody", &xml::legal(body));
    }
    if let Some(tags) = &record.tags {
        element("Tags", tags);
    }
    element("TargetPlatforms", &record.targets.iter().map(String::as_str).collect::<Vec<_>>().join(","));
    for platform in ORDER {
        let Some(counts) = record.counts.get(&platform) else { continue };
        let word = platform.element_word();
        let count = |(name, count): (&&str, &u64)| {
            format!("<Outcome><Name>{name}</Name><Count>{count}</Count></Outcome>")
        };
        let counts: String = counts.iter().map(count).collect();
        write!(document, "<{word}OutcomeCounts>{counts}</{word}OutcomeCounts>")
            .expect("a String takes every write");
    }
    document + "</NotificationDetails>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::notification_record::Progress;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_body_of_bytes_leaves_it_xml() {
        let record = NotificationRecord {
            progress: Progress::Enqueued,
            enqueued: OffsetDateTime::UNIX_EPOCH,
            started: None,
            ended: None,
            body: Some("a\0<".into()),
            tags: None,
            targets: BTreeSet::new(),
            counts: BTreeMap::new(),
        };
        let xml = notification_details(&record, "1", "l");
        assert!(xml.contains("<NotificationBody>a\u{fffd}&lt;</NotificationBody>"), "{xml}");
    }
}
