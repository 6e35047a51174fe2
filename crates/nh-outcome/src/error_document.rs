use crate::ParseError;
use crate::xml::{self, Reader};

/// The body of an error answer: `<Error><Code>404</Code><Detail>..</Detail></Error>`. Blob storage says `<Message>` instead, and its
/// code is a word ([status and error codes]).
///
/// ```
/// use nh_outcome::ErrorDocument;
///
/// let error = ErrorDocument::parse(b"<Error><Code>404</Code><Detail>Installation not found.\
///     TrackingId:7f195ef5-b950-46ab-bdaa-e07cd5a203cf_G3,TimeStamp:11/7/2018 12:18:37 AM</Detail></Error>")?;
/// assert_eq!(error.code(), Some(404));
/// assert_eq!(error.message(), "Installation not found");
/// assert_eq!(error.tracking_id(), Some("7f195ef5-b950-46ab-bdaa-e07cd5a203cf"));
/// # Ok::<(), nh_outcome::ParseError>(())
/// ```
///
/// [status and error codes]: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDocument {
    code: Option<u32>,
    detail: Option<String>,
}

const TRACKING_ID: &str = "TrackingId:";

/// Stands on a line of its own, after the message of blob storage.
const STORAGE_ID: &str = "\nRequestId:";

impl ErrorDocument {
    /// Reads the document. The code and the detail may be missing. A code that is not a number counts as missing.
    ///
    /// # Errors
    /// Fails if the text is not XML, is another document, or exceeds the [limits](crate#limits).
    pub fn parse(document: &[u8]) -> Result<ErrorDocument, ParseError> {
        let text = xml::decode(document)?;
        let mut reader = Reader::new(&text);
        let root = reader.root()?;
        if root.name() != "Error" {
            return Err(reader.unexpected(&root, "Error"));
        }
        let mut error = ErrorDocument { code: None, detail: None };
        while let Some(child) = reader.child(&root)? {
            match child.name() {
                "Code" => error.code = reader.text(&child)?.and_then(|code| code.trim().parse().ok()),
                // Blob storage says `Message`.
                "Detail" | "Message" => error.detail = reader.string(&child)?,
                _ => {}
            }
        }
        reader.end()?;
        Ok(error)
    }

    /// Returns the number in `<Code>`. It is usually the HTTP status.
    pub fn code(&self) -> Option<u32> {
        self.code
    }

    /// Returns the whole text of `<Detail>`, or of `<Message>`.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Returns the detail without the tracking id and the time at its end. It is empty if the detail has nothing else.
    pub fn message(&self) -> &str {
        let detail = self.detail.as_deref().unwrap_or_default();
        let Some((message, _)) = detail.rsplit_once(TRACKING_ID) else {
            return detail.split_once(STORAGE_ID).map_or(detail, |(message, _)| message).trim();
        };
        // The service adds one dot before the tracking id. The message may end with another dot.
        message.trim_end().strip_suffix('.').unwrap_or(message).trim()
    }

    /// Returns the tracking id in the detail, without the suffix of the gateway (`_G3`). Azure support asks for it.
    pub fn tracking_id(&self) -> Option<&str> {
        let detail = self.detail.as_deref()?;
        let (_, id) = detail.rsplit_once(TRACKING_ID)?;
        let id = id.split([',', ' ']).next().unwrap_or_default();
        let id = match id.rsplit_once("_G") {
            Some((id, gateway)) if !gateway.is_empty() && gateway.bytes().all(|b| b.is_ascii_digit()) => id,
            _ => id,
        };
        (!id.is_empty()).then_some(id)
    }

    /// Returns the more exact number that some details begin with: 40900 in `SubCode=40900. Conflict`.
    ///
    /// ```
    /// let error = nh_outcome::ErrorDocument::parse(b"<Error><Code>409</Code><Detail>SubCode=40900. Conflict</Detail></Error>")?;
    /// assert_eq!(error.sub_code(), Some(40900));
    /// # Ok::<(), nh_outcome::ParseError>(())
    /// ```
    pub fn sub_code(&self) -> Option<u32> {
        let rest = self.message().strip_prefix("SubCode=")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(detail: &str) -> ErrorDocument {
        ErrorDocument::parse(format!("<Error><Code>409</Code><Detail>{detail}</Detail></Error>").as_bytes())
            .unwrap()
    }

    #[test]
    fn details() {
        for (detail, message, id) in [
            (
                "SubCode=40900. Conflict.TrackingId:7c0e379b_G19,TimeStamp:7/2/2020 6:33:21 PM",
                "SubCode=40900. Conflict",
                Some("7c0e379b"),
            ),
            (".TrackingId:7c0e379b,TimeStamp:11/7/2018 12:18:37 AM", "", Some("7c0e379b")),
            ("Expecting 'P256DH'..TrackingId:7c0e379b,TimeStamp:t", "Expecting 'P256DH'.", Some("7c0e379b")),
            (
                "Unknown error has occured. TrackingId:9137ed07,TimeStamp:10/14/2022 4:10:33 PM +00:00",
                "Unknown error has occured",
                Some("9137ed07"),
            ),
            ("bad", "bad", None),
            ("The etag does not match.", "The etag does not match.", None),
            ("bad.TrackingId:", "bad", None),
            ("", "", None),
            ("tag 'né☃' invalid.TrackingId:a_Gb,TimeStamp:t", "tag 'né☃' invalid", Some("a_Gb")),
        ] {
            let error = parse(detail);
            assert_eq!((error.message(), error.tracking_id()), (message, id), "{detail}");
        }
        assert_eq!(parse("SubCode=40900. Conflict").sub_code(), Some(40900));
        assert_eq!(parse("Conflict").sub_code(), None);
    }

    #[test]
    fn everything_may_be_absent_and_a_namespace_present() {
        for document in [
            "<Error/>",
            "<Error xmlns='urn:x' xmlns:i='urn:y'><Code>many</Code></Error>",
            "<Error><Code/><Other/></Error>",
        ] {
            let error = ErrorDocument::parse(document.as_bytes()).unwrap();
            assert_eq!(
                (error.code(), error.detail(), error.message(), error.tracking_id()),
                (None, error.detail(), "", None)
            );
        }
        assert!(ErrorDocument::parse(b"<html/>").unwrap_err().to_string().contains("html"));
    }
}
