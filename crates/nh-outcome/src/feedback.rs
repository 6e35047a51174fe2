mod documents;
mod feedback_reader;

pub use documents::Documents;
pub use feedback_reader::FeedbackReader;

use crate::hidden::Hidden;
use crate::xml::{CONNECT, Reader};
use crate::{ParseError, Platform};
use serde::Serialize;
use std::fmt;
use time::OffsetDateTime;

/// A push service reported that a device is gone ([Get PNS feedback]). Hubs of the Standard tier collect these reports in blobs.
///
/// ```
/// use nh_outcome::Feedback;
///
/// let blob = br#"<?xml version="1.0" encoding="utf-16"?>
///     <PnsFeedback xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">
///       <FeedbackTime>2016-07-27T20:47:10.8905532Z</FeedbackTime>
///       <NotificationSystemError>ExpiredChannel</NotificationSystemError>
///       <Platform>windows</Platform><PnsHandle>https://db5p.notify.windows.com/?token=1</PnsHandle>
///     </PnsFeedback>"#;
/// for feedback in Feedback::documents(blob) {
///     assert_eq!(feedback?.notification_system_error, "ExpiredChannel");
/// }
/// # Ok::<(), nh_outcome::ParseError>(())
/// ```
///
/// [Get PNS feedback]: https://learn.microsoft.com/rest/api/notificationhubs/get-pns-feedback
///
/// Its `Debug` text does not contain the handles, only how long they are.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Feedback {
    /// The time of the report.
    #[serde(with = "time::serde::rfc3339::option")]
    pub feedback_time: Option<OffsetDateTime>,
    /// The error: `ExpiredChannel` or `BadChannel`.
    pub notification_system_error: String,
    /// The device's platform.
    pub platform: Platform,
    /// The device's handle. It is no longer valid.
    pub pns_handle: Option<String>,
    /// The id of the registration with this handle.
    pub registration_id: Option<String>,
    /// The id of the installation with this handle.
    pub installation_id: Option<String>,
    /// The id of the notification that was not delivered.
    pub notification_id: Option<String>,
    /// The device's new handle.
    pub new_pns_handle: Option<String>,
}

impl fmt::Debug for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feedback")
            .field("feedback_time", &self.feedback_time)
            .field("notification_system_error", &self.notification_system_error)
            .field("platform", &self.platform)
            .field("pns_handle", &self.pns_handle.as_deref().map(Hidden))
            .field("registration_id", &self.registration_id)
            .field("installation_id", &self.installation_id)
            .field("notification_id", &self.notification_id)
            .field("new_pns_handle", &self.new_pns_handle.as_deref().map(Hidden))
            .finish()
    }
}

impl Feedback {
    /// Reads the documents of a blob. A blob holds many documents, one after the other. Each one declares UTF-16, and the service
    /// writes UTF-8 all the same. Both encodings are read.
    ///
    /// If a document cannot be read, the iterator returns an error for it and continues with the next `<?xml`. The
    /// [limits](crate#limits) apply to each document. The blob may hold any number of documents. It is read once from front to
    /// back. [`FeedbackReader`](crate::FeedbackReader) reads a blob piece by piece.
    ///
    /// ```
    /// use nh_outcome::Feedback;
    ///
    /// let good = r#"<?xml version="1.0"?>
    ///     <PnsFeedback xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"/>"#;
    /// let blob = format!("{good}<?xml version=\"1.0\"?><PnsFeed{good}");
    /// let read: Vec<bool> = Feedback::documents(blob.as_bytes()).map(|document| document.is_ok()).collect();
    /// assert_eq!(read, [true, false, true]);
    /// ```
    pub fn documents(blob: &[u8]) -> Documents<'_> {
        Documents::new(blob)
    }
}

fn document(reader: &mut Reader<'_>) -> Result<Option<Feedback>, ParseError> {
    let Some(root) = reader.next_root()? else { return Ok(None) };
    if !root.is(CONNECT, "PnsFeedback") {
        return Err(reader.unexpected(&root, "PnsFeedback"));
    }
    let mut feedback = Feedback {
        feedback_time: None,
        notification_system_error: String::new(),
        platform: "".into(),
        pns_handle: None,
        registration_id: None,
        installation_id: None,
        notification_id: None,
        new_pns_handle: None,
    };
    while let Some(child) = reader.child(&root)? {
        match child.name_in(CONNECT) {
            "FeedbackTime" => feedback.feedback_time = reader.time(&child)?,
            "NotificationSystemError" => {
                feedback.notification_system_error = reader.string(&child)?.unwrap_or_default();
            }
            "Platform" => feedback.platform = (&*reader.text(&child)?.unwrap_or_default()).into(),
            "PnsHandle" => feedback.pns_handle = reader.string(&child)?,
            "RegistrationId" => feedback.registration_id = reader.string(&child)?,
            "InstallationId" => feedback.installation_id = reader.string(&child)?,
            "NotificationId" => feedback.notification_id = reader.string(&child)?,
            "NewPnsHandle" => feedback.new_pns_handle = reader.string(&child)?,
            _ => {}
        }
    }
    Ok(Some(feedback))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml;

    fn one(handle: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><PnsFeedback xmlns=\"{CONNECT}\"><FeedbackTime>2016-07-27T20:47:10Z</FeedbackTime>\
             <NotificationSystemError>BadChannel</NotificationSystemError><Platform>apple</Platform><PnsHandle>{handle}</PnsHandle></PnsFeedback>"
        )
    }

    fn handles(blob: &[u8]) -> Vec<Result<String, String>> {
        let handle =
            |f: Result<Feedback, ParseError>| f.map(|f| f.pns_handle.unwrap()).map_err(|e| e.to_string());
        Feedback::documents(blob).map(handle).collect()
    }

    #[test]
    fn debug_shows_no_handle() {
        let blob = one("C0FFEE");
        let text = format!("{:?}", Feedback::documents(blob.as_bytes()).next().unwrap().unwrap());
        assert!(text.contains("pns_handle: Some(6 characters)") && !text.contains("C0FFEE"), "{text}");
    }

    #[test]
    fn documents_follow_each_other_in_utf_8_and_utf_16() {
        let blob = format!("{}\r\n\u{feff}{}{}\n", one("a&amp;b"), one("é"), one("c"));
        let expected = [Ok("a&b".to_owned()), Ok("é".to_owned()), Ok("c".to_owned())];
        assert_eq!(handles(blob.as_bytes()), expected);
        let units = blob.encode_utf16();
        assert_eq!(handles(&units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn nothing_is_no_document() {
        assert_eq!(handles(b""), []);
        assert_eq!(handles(b" \r\n"), []);
    }

    #[test]
    fn an_error_says_where() {
        let first = one("a");
        let blob = format!("{first}<PnsFeedback");
        let read = handles(blob.as_bytes());
        assert_eq!(read.len(), 2);
        let error = read[1].clone().unwrap_err();
        let at: usize = error.strip_prefix("at byte ").unwrap().split(':').next().unwrap().parse().unwrap();
        assert!(at >= first.len(), "{error}");
        assert_eq!(handles(b"<Other/>").len(), 1);
        assert_eq!(handles(b"\xFF\xFE\x00").len(), 1);
    }

    #[test]
    fn a_bad_document_takes_no_other_with_it() {
        let cut_off = &one("cut off")[..100];
        let no_time = one("no time").replace("2016", "soon");
        let deep = format!("<?xml version='1.0'?>{}", "<a>".repeat(100));
        for bad in
            [cut_off, &no_time, &deep, "<?xml version='1.0'?><!DOCTYPE a><a/>", "<?xml version='1.0'?><a/>"]
        {
            let blob = format!("{}{bad}{}\n{}", one("1"), one("2"), one("3"));
            let read = handles(blob.as_bytes());
            let good: Vec<_> = read.iter().flatten().map(String::as_str).collect();
            assert_eq!((good, read.len(), read[1].is_err()), (vec!["1", "2", "3"], 4, true), "{bad}");
        }
    }

    /// The caller has the whole blob in memory: no part of it is too long.
    #[test]
    fn a_document_of_a_blob_may_have_any_length() {
        let long = "h".repeat(9 << 20);
        let read = handles((one("1") + &one(&long) + &one("2")).as_bytes());
        assert!(read == ["1", &long, "2"].map(|handle| Ok(handle.to_owned())));
    }

    #[test]
    fn documents_need_not_declare_themselves() {
        let bare = |handle: &str| one(handle).split_once("?>").unwrap().1.to_owned();
        let blob = format!("{}{}<?xml-stylesheet?>{}", bare("1"), bare("2"), bare("3"));
        assert_eq!(handles(blob.as_bytes()), ["1", "2", "3"].map(|handle| Ok(handle.to_owned())));
        let marked = format!("{}\u{feff}{}\u{feff}{}", bare("1"), bare("2"), bare("3"));
        assert_eq!(handles(marked.as_bytes()), ["1", "2", "3"].map(|handle| Ok(handle.to_owned())));
    }

    /// Bytes that are no text spoil their own document only.
    #[test]
    fn bytes_that_are_no_text_spoil_one_document() {
        let mut blob = one("1").into_bytes();
        blob.extend(one("a~b").into_bytes().into_iter().map(|byte| if byte == b'~' { 0xFF } else { byte }));
        blob.extend(one("3").bytes());
        let read = handles(&blob);
        assert_eq!((read[0].as_deref(), read[2].as_deref(), read.len()), (Ok("1"), Ok("3"), 3));
        assert!(read[1].as_ref().unwrap_err().ends_with("neither UTF-8 nor UTF-16"), "{read:?}");

        let units = |text: String| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let spoilt = [units(one("1")), units(one("a~b")), units(one("3"))].concat();
        let spoilt: Vec<u8> = spoilt
            .chunks(2)
            .flat_map(|pair| if pair == [b'~', 0] { [0, 0xD8] } else { [pair[0], pair[1]] })
            .collect();
        let read = handles(&spoilt);
        assert_eq!((read[0].as_deref(), read[2].as_deref(), read.len()), (Ok("1"), Ok("3"), 3));
        assert!(read[1].is_err());
    }

    #[test]
    fn limits_are_of_a_document_not_of_a_blob() {
        let empty = format!("<?xml version='1.0'?><PnsFeedback xmlns='{CONNECT}'/>");
        let blob = empty.repeat(1000) + &one("1").replace("<PnsHandle>", &"<a/>".repeat(xml::MAX_ELEMENTS));
        let read: Vec<bool> = Feedback::documents(blob.as_bytes()).map(|read| read.is_ok()).collect();
        assert_eq!((read.len(), read.iter().filter(|read| **read).count()), (1001, 1000));
        let elements = empty.matches('<').count() - 1;
        let many = empty.repeat(xml::MAX_ELEMENTS / elements + 1);
        assert!(Feedback::documents(many.as_bytes()).all(|read| read.is_ok()));
    }
}
