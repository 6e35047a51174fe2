use crate::error::Error;
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// Why a bulk run ended before the end of its list. What had ended before stays as it is; all others were not sent.
#[derive(Debug)]
pub struct BulkError(Kind);

#[derive(Debug)]
enum Kind {
    Journal(io::Error),
    Input(io::Error),
    OtherRun { what: &'static str, earlier: String, now: String },
    OtherList { problem: String },
    Refused(Error),
    GaveUp(Option<Error>),
}

impl BulkError {
    pub(super) fn journal(why: io::Error) -> BulkError {
        BulkError(Kind::Journal(why))
    }

    pub(super) fn input(why: io::Error) -> BulkError {
        BulkError(Kind::Input(why))
    }

    pub(super) fn other_run(what: &'static str, earlier: String, now: String) -> BulkError {
        BulkError(Kind::OtherRun { what, earlier, now })
    }

    pub(super) fn other_list(problem: String) -> BulkError {
        BulkError(Kind::OtherList { problem })
    }

    pub(super) fn refused(why: Error) -> BulkError {
        BulkError(Kind::Refused(why))
    }

    pub(super) fn gave_up(last: Option<Error>) -> BulkError {
        BulkError(Kind::GaveUp(last))
    }

    /// Returns true if the journal belongs to a run with another notification, hub or list of recipients.
    pub fn is_other_run(&self) -> bool {
        matches!(self.0, Kind::OtherRun { .. } | Kind::OtherList { .. })
    }

    /// Returns true if the journal could not be read or written.
    pub fn is_journal(&self) -> bool {
        matches!(self.0, Kind::Journal(_))
    }

    /// Returns true if the stream of recipients gave an error.
    pub fn is_input(&self) -> bool {
        matches!(self.0, Kind::Input(_))
    }

    /// Returns the error of the request after which it made no sense to go on: the service refused the key or the hub, or no request
    /// came through.
    pub fn as_request(&self) -> Option<&Error> {
        match &self.0 {
            Kind::Refused(error) => Some(error),
            Kind::GaveUp(last) => last.as_ref(),
            _ => None,
        }
    }
}

impl fmt::Display for BulkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Journal(_) => f.write_str("the journal cannot be kept, so nothing more is sent"),
            Kind::Input(_) => f.write_str("the list of recipients cannot be read to its end"),
            Kind::OtherRun { what, earlier, now } => write!(
                f,
                "the journal belongs to another run: the {what} was {earlier} and is now {now}; \
                 use a new journal, or do the same as before"
            ),
            Kind::OtherList { problem } => write!(
                f,
                "the journal belongs to another list of recipients: {problem}; \
                 use a new journal, or give the same list in the same order"
            ),
            Kind::Refused(_) => f.write_str("the service refuses this for all recipients"),
            Kind::GaveUp(_) => f.write_str("no request comes through, so no more are made"),
        }
    }
}

impl StdError for BulkError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Kind::Journal(why) | Kind::Input(why) => Some(why),
            Kind::Refused(why) => Some(why),
            Kind::GaveUp(last) => last.as_ref().map(|why| why as _),
            Kind::OtherRun { .. } | Kind::OtherList { .. } => None,
        }
    }
}
