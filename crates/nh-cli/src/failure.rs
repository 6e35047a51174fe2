use nh_core::{BuildError, ServiceError};
use std::error::Error;
use std::fmt;
use std::io;
use std::iter;

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

impl Failure {
    /// Of what only reads: nothing may have been sent that matters.
    pub(crate) fn of_read(error: nh_hyper::Error) -> Failure {
        match Failure::from(error) {
            Failure::FateUnknown(text) => Failure::Refused(text),
            other => other,
        }
    }
}

/// An error and its causes in one line. No text repeats the text of its cause.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Failure {
        Failure::Usage(chain(&error))
    }
}

impl From<nh_hyper::Error> for Failure {
    fn from(error: nh_hyper::Error) -> Failure {
        let text = chain(&error);
        // A success that cannot be read was carried out.
        let carried_out = error.as_service().is_some_and(ServiceError::is_unreadable);
        match () {
            _ if error.is_build() => Failure::Usage(text),
            _ if error.fate().is_unknown() || carried_out => Failure::FateUnknown(text),
            _ if error.is_untrusted() => Failure::Refused(format!("{text}; on the command line: --ca FILE")),
            _ => Failure::Refused(text),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Refused(chain(&error))
    }
}
