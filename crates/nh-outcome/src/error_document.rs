use crate::ParseError;
use crate::xml::{self, Reader};

/// How the service says no: `<Error><Code>404</Code><Detail>..</Detail></Error>`.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDocument {
    code: Option<u32>,
    detail: Option<String>,
}

const TRACKING_ID: &str = "TrackingId:";

impl ErrorDocument {
    /// Reads the document. A code or detail that is missing or no number is absent.
    ///
    /// # Errors
    /// What is no XML or another document, and more than the [limits](crate#limits).
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
                "Detail" => error.detail = reader.string(&child)?,
                _ => {}
            }
        }
        reader.end()?;
        Ok(error)
    }

    /// The number in `<Code>`; it usually repeats the HTTP status.
    pub fn code(&self) -> Option<u32> {
        self.code
    }

    /// The whole of `<Detail>`.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The detail without the tracking id and time that end it. May be empty: some errors say nothing else.
    pub fn message(&self) -> &str {
        let detail = self.detail.as_deref().unwrap_or_default();
        let Some(at) = detail.rfind(TRACKING_ID) else { return detail.trim() };
        let message = &detail[..at];
        // One dot joins the message and what follows; the message may have one of its own.
        message.trim_end().strip_suffix('.').unwrap_or(message).trim()
    }

    /// The id in the detail, without the suffix of the gateway (`_G3`).
    pub fn tracking_id(&self) -> Option<&str> {
        let detail = self.detail.as_deref()?;
        let id = &detail[detail.rfind(TRACKING_ID)? + TRACKING_ID.len()..];
        let id = id.split([',', ' ']).next().unwrap_or_default();
        let id = match id.rsplit_once("_G") {
            Some((id, gateway)) if !gateway.is_empty() && gateway.bytes().all(|b| b.is_ascii_digit()) => id,
            _ => id,
        };
        (!id.is_empty()).then_some(id)
    }

    /// The finer number that some details begin with: 40900 in `SubCode=40900. Conflict`.
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
