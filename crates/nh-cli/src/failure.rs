use nh_core::BuildError;
use std::fmt;
use std::io;

/// Why the command did not do what was asked, and with what status it exits.
pub(crate) enum Failure {
    /// Wrong usage: nothing was sent.
    Usage(String),
    /// The service or the network said no.
    Refused(String),
    /// It may have been sent.
    FateUnknown(String),
}

impl Failure {
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Failure::Refused(_) => 1,
            Failure::Usage(_) => 2,
            Failure::FateUnknown(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Failure::Usage(text) | Failure::Refused(text) | Failure::FateUnknown(text)) = self;
        f.write_str(text)
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl From<nh_hyper::Error> for Failure {
    fn from(error: nh_hyper::Error) -> Failure {
        let text = error.to_string();
        match () {
            _ if error.is_build() => Failure::Usage(text),
            _ if error.fate().is_unknown() => Failure::FateUnknown(text),
            _ => Failure::Refused(text),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Refused(error.to_string())
    }
}
