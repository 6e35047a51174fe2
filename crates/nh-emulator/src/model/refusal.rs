use crate::breach::Breach;

/// Why the hub does not do what it is asked, in the service's words where they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    /// `None`: the service gives no reason.
    pub(crate) words: Option<String>,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It breaks a rule.
    Invalid,
    TooLarge,
    NotFound,
    /// A hub of that name is there already.
    Exists,
    /// It has changed since the caller read it.
    Changed,
    /// The device is dead, and its registration's id is not used again.
    Gone,
    /// The hub is disabled, or the tier does not have it.
    Forbidden,
    /// Too many in a minute: try again after so many seconds.
    Throttled {
        seconds: u64,
    },
    /// The emulator itself cannot do it.
    Broken,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, words: impl Into<String>) -> Refusal {
        Refusal { reason, words: Some(words.into()) }
    }

    pub(crate) fn invalid(words: impl Into<String>) -> Refusal {
        Refusal::new(Reason::Invalid, words)
    }

    pub(crate) fn not_found(words: impl Into<String>) -> Refusal {
        Refusal::new(Reason::NotFound, words)
    }

    /// The words of the service for a hub that is not there.
    pub(crate) fn no_such_hub() -> Refusal {
        Refusal::not_found("No service is hosted at the specified address.")
    }

    /// More bytes than `most`.
    pub(crate) fn too_large(most: usize) -> Refusal {
        let kilobytes = most / 1024;
        Refusal::new(
            Reason::TooLarge,
            format!("SubCode=41300. The request body is larger than {kilobytes} KB."),
        )
    }
}

impl From<Breach> for Refusal {
    fn from(breach: Breach) -> Refusal {
        Refusal::invalid(breach.to_string())
    }
}
