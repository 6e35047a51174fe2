use std::fmt;

/// Why a document could not be read, and where.
///
/// ```
/// use nh_outcome::NotificationOutcome;
///
/// let error = NotificationOutcome::parse(b"this is not XML").unwrap_err();
/// assert_eq!(error.to_string(), "at byte 0: text before the first element");
/// assert_eq!(error.position(), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    position: u64,
    problem: Box<str>,
}

impl ParseError {
    pub(crate) fn new(position: u64, problem: impl Into<String>) -> ParseError {
        // What is quoted from the document may hold anything.
        let problem: String = problem.into().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        ParseError { position, problem: problem.into() }
    }

    /// The same error in a longer text, of which `before` bytes come first.
    pub(crate) fn after(self, before: u64) -> ParseError {
        ParseError { position: self.position + before, ..self }
    }

    /// The byte at which reading stopped, counted in the document as UTF-8 without a byte order mark.
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.position, self.problem)
    }
}

impl std::error::Error for ParseError {}
