use std::fmt;

/// What is against a rule, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach(String);

impl Breach {
    pub(crate) fn new(words: impl Into<String>) -> Breach {
        Breach(words.into())
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
