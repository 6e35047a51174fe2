use std::fmt;

/// The error of a document that cannot be read. It says what is wrong and where.
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

/// The text of a problem has at most this many characters. The rest is cut.
const MAX_CHARS: usize = 300;

impl ParseError {
    pub(crate) fn new(position: u64, problem: impl Into<String>) -> ParseError {
        // The problem can quote the document: any characters, at any length.
        let problem = problem.into();
        let mut rest = problem.chars().map(|c| if c.is_control() { ' ' } else { c });
        let mut problem: String = rest.by_ref().take(MAX_CHARS).collect();
        if rest.next().is_some() {
            problem.push('…');
        }
        ParseError { position, problem: problem.into() }
    }

    /// Returns the same error for a longer text in which `before` bytes come before the document.
    pub(crate) fn after(self, before: u64) -> ParseError {
        ParseError { position: self.position + before, ..self }
    }

    /// Returns the byte at which the reader stopped. It is counted in the document as UTF-8, without a byte order mark.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorDocument;

    #[test]
    fn it_is_one_short_line_whatever_the_document_holds() {
        let long = "p\u{85}".repeat(100_000);
        for document in
            [format!("<{long}:a/>"), format!("<Error><{long}></b></Error>"), format!("<a b='&{long};'/>")]
        {
            let error = ErrorDocument::parse(document.as_bytes()).unwrap_err().to_string();
            assert!(error.chars().count() < MAX_CHARS + 40, "{} characters", error.chars().count());
            assert!(!error.contains(char::is_control), "{error:?}");
        }
        let problem = "é".repeat(MAX_CHARS);
        assert_eq!(ParseError::new(7, problem.as_str()).to_string(), format!("at byte 7: {problem}"));
        assert_eq!(ParseError::new(7, format!("{problem}é")).to_string(), format!("at byte 7: {problem}…"));
    }

    #[test]
    fn it_can_be_sent_to_another_thread() {
        fn check<T: std::error::Error + Send + Sync + 'static>() {}
        check::<ParseError>();
    }
}
