use crate::error::Error;
use nh_core::nh_outcome::ParseError;
use std::error::Error as StdError;
use std::fmt;

/// Why a part of the feedback could not be read. What was read before stays read.
///
/// Its text is one line, and names the blob. [`source`](StdError::source) is the cause below it. No text holds a signature.
///
/// ```
/// use nh_hyper::FeedbackPosition;
///
/// # demo::run!(|client, emulator| {
/// # emulator.write_blob(&format!("feedback-{}/11262026", emulator.hub()), "<?xml version='1.0'?><PnsFeed");
/// let error = client.read_feedback(FeedbackPosition::START).next().await.expect("there is a blob").unwrap_err();
/// assert_eq!(error.to_string(), "a document of feedback in blob \"11262026\" cannot be read");
/// assert!(error.is_document() && !error.is_lasting());
/// # });
/// ```
#[derive(Debug)]
pub struct FeedbackError(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Position(Error),
    Container(Error),
    List(Error),
    Blob { blob: String, error: Error },
    Document { blob: String, error: ParseError },
}

impl FeedbackError {
    pub(super) fn position(error: Error) -> FeedbackError {
        FeedbackError(Box::new(Kind::Position(error)))
    }

    pub(super) fn container(error: Error) -> FeedbackError {
        FeedbackError(Box::new(Kind::Container(error)))
    }

    pub(super) fn list(error: Error) -> FeedbackError {
        FeedbackError(Box::new(Kind::List(error)))
    }

    pub(super) fn blob(blob: &str, error: Error) -> FeedbackError {
        FeedbackError(Box::new(Kind::Blob { blob: blob.to_owned(), error }))
    }

    pub(super) fn document(blob: &str, error: ParseError) -> FeedbackError {
        FeedbackError(Box::new(Kind::Document { blob: blob.to_owned(), error }))
    }

    /// Returns true if a document of a blob cannot be read. Only this document is lost.
    pub fn is_document(&self) -> bool {
        matches!(*self.0, Kind::Document { .. })
    }

    /// Returns the name of the blob, if it is a blob or a document in it that cannot be read.
    pub fn blob_name(&self) -> Option<&str> {
        match &*self.0 {
            Kind::Blob { blob, .. } | Kind::Document { blob, .. } => Some(blob),
            _ => None,
        }
    }

    /// Returns the error of the request, if one failed.
    pub fn as_request(&self) -> Option<&Error> {
        match &*self.0 {
            Kind::Position(error) | Kind::Container(error) | Kind::List(error) | Kind::Blob { error, .. } => {
                Some(error)
            }
            Kind::Document { .. } => None,
        }
    }

    /// Returns true if it makes no sense to go on: the key lacks a right, the hub is not of the Standard tier or does not exist, the
    /// container is not there, or the position is that of another hub. What concerns one blob or one document does not count.
    pub fn is_lasting(&self) -> bool {
        match &*self.0 {
            Kind::Position(_) => true,
            Kind::Container(error) | Kind::List(error) => error.is_of_all(),
            Kind::Blob { .. } | Kind::Document { .. } => false,
        }
    }
}

impl fmt::Display for FeedbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Position(_) => f.write_str("the feedback cannot be read from this position"),
            Kind::Container(_) => f.write_str("the hub does not say where its feedback is"),
            Kind::List(_) => f.write_str("the blobs of the feedback cannot be listed"),
            Kind::Blob { blob, .. } => write!(f, "the feedback in blob {blob:?} cannot be read"),
            Kind::Document { blob, .. } => {
                write!(f, "a document of feedback in blob {blob:?} cannot be read")
            }
        }
    }
}

impl StdError for FeedbackError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Kind::Position(error) | Kind::Container(error) | Kind::List(error) | Kind::Blob { error, .. } => {
                Some(error)
            }
            Kind::Document { error, .. } => Some(error),
        }
    }
}
