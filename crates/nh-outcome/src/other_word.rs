use std::fmt;

/// A word of the service that this version does not know. It is kept unchanged.
///
/// A program cannot make one itself. It reads a word with `From<&str>`, which finds the known words first. So a known word is
/// never an `OtherWord`.
///
/// ```
/// use nh_outcome::Platform;
///
/// let Platform::Other(word) = Platform::from("pigeon") else { panic!("this word is known") };
/// assert_eq!(word.as_str(), "pigeon");
/// assert!(!matches!(Platform::from("apple"), Platform::Other(_)));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OtherWord(Box<str>);

impl OtherWord {
    /// Returns the word as the service wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Used by [`words`](crate::words) only, after it has not found a known word.
    #[doc(hidden)]
    pub fn unknown(word: &str) -> OtherWord {
        OtherWord(word.into())
    }
}

impl fmt::Debug for OtherWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for OtherWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
