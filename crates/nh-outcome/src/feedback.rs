use crate::hidden::Hidden;
use crate::xml::{self, CONNECT, Reader};
use crate::{ParseError, Platform};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::iter::FusedIterator;
use time::OffsetDateTime;

/// A device that a push service has reported as gone ([Get PNS feedback]). Hubs of the Standard tier collect them in blobs.
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
    /// When it was reported.
    #[serde(with = "time::serde::rfc3339::option")]
    pub feedback_time: Option<OffsetDateTime>,
    /// What is wrong: `ExpiredChannel` or `BadChannel`.
    pub notification_system_error: String,
    /// The device's platform.
    pub platform: Platform,
    /// The handle that is gone.
    pub pns_handle: Option<String>,
    /// The registration that had it.
    pub registration_id: Option<String>,
    /// The installation that had it.
    pub installation_id: Option<String>,
    /// The notification that could not be delivered.
    pub notification_id: Option<String>,
    /// The handle that took its place.
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
    /// The documents of a blob, one after the other. A blob concatenates them, each declaring UTF-16 whatever it is written in;
    /// UTF-8 and UTF-16 are read.
    ///
    /// A document that cannot be read is an error in its place, and the iterator goes on with the next `<?xml`. A document
    /// has at most the limits of [`xml`]; a blob may be of any size, and is read once from front to back.
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
        match xml::decode_any_size(blob) {
            Ok(text) => Documents { text, at: 0, end: 0, error: None },
            Err(error) => Documents { text: Cow::Borrowed(""), at: 0, end: 0, error: Some(error) },
        }
    }
}

/// The documents of a feedback blob; see [`Feedback::documents`].
#[derive(Clone, Debug)]
pub struct Documents<'a> {
    text: Cow<'a, str>,
    at: usize,
    /// Where the next `<?xml` stands after `at`: a document that is broken reaches so far.
    end: usize,
    error: Option<ParseError>,
}

impl Iterator for Documents<'_> {
    type Item = Result<Feedback, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        while self.at < self.text.len() {
            if self.at == self.end {
                self.end = next_declaration(&self.text, self.at);
            }
            let mut reader = Reader::within(&self.text[self.at..self.end]);
            match document(&mut reader) {
                Ok(Some(feedback)) => {
                    let read = usize::try_from(reader.position()).unwrap_or(usize::MAX);
                    self.at = self.at.saturating_add(read).min(self.end);
                    return Some(Ok(feedback));
                }
                Ok(None) => self.at = self.end,
                Err(error) => {
                    let error = error.after(self.at as u64);
                    self.at = self.end;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl FusedIterator for Documents<'_> {}

/// Where the document after the one at `at` declares itself. XML has this word nowhere else but in comments and CDATA, which
/// the service does not send.
fn next_declaration(text: &str, at: usize) -> usize {
    const DECLARATION: &str = "<?xml";
    let is_declaration = |found: &usize| {
        text[found + DECLARATION.len()..].starts_with(|next: char| next.is_ascii_whitespace())
    };
    let mut all = text[at..].match_indices(DECLARATION).map(|(found, _)| at + found);
    all.find(|found| *found > at && is_declaration(found)).unwrap_or(text.len())
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
                feedback.notification_system_error = reader.text(&child)?.unwrap_or_default();
            }
            "Platform" => feedback.platform = reader.text(&child)?.unwrap_or_default().as_str().into(),
            "PnsHandle" => feedback.pns_handle = reader.text(&child)?,
            "RegistrationId" => feedback.registration_id = reader.text(&child)?,
            "InstallationId" => feedback.installation_id = reader.text(&child)?,
            "NotificationId" => feedback.notification_id = reader.text(&child)?,
            "NewPnsHandle" => feedback.new_pns_handle = reader.text(&child)?,
            _ => {}
        }
    }
    Ok(Some(feedback))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_document_has_the_limit_of_bytes_that_a_blob_has_not() {
        let long = one(&"h".repeat(xml::MOST_BYTES));
        let read = handles((one("1") + &long + &one("2")).as_bytes());
        assert!(read[1].as_ref().unwrap_err().contains("more than"), "{:?}", read[1]);
        assert_eq!((read.len(), &read[0], &read[2]), (3, &Ok("1".to_owned()), &Ok("2".to_owned())));
    }

    #[test]
    fn documents_need_not_declare_themselves() {
        let bare = |handle: &str| one(handle).split_once("?>").unwrap().1.to_owned();
        let blob = format!("{}{}<?xml-stylesheet?>{}", bare("1"), bare("2"), bare("3"));
        assert_eq!(handles(blob.as_bytes()), ["1", "2", "3"].map(|handle| Ok(handle.to_owned())));
    }

    #[test]
    fn limits_are_of_a_document_not_of_a_blob() {
        let blob = one(&"h".repeat(2000)).repeat(5000);
        assert!(blob.len() > xml::MOST_BYTES);
        assert_eq!(Feedback::documents(blob.as_bytes()).filter(Result::is_ok).count(), 5000);
    }
}
