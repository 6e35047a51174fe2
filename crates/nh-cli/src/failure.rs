use nh_core::{BuildError, ServiceError};
use serde::Serialize;
use std::error::Error;
use std::fmt;
use std::io;
use std::iter;

/// Why the command did not do what was asked, and with what status it exits.
#[derive(Serialize)]
pub(crate) struct Failure {
    kind: Kind,
    exit_status: u8,
    message: String,
    /// The status of the service's answer, if there was one.
    http_status: Option<u16>,
    /// By which Azure support finds the request, if the service may have seen it.
    tracking_id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Refused,
    Usage,
    FateUnknown,
    Undelivered,
    Differs,
}

impl Failure {
    fn new(kind: Kind, message: impl Into<String>) -> Failure {
        let exit_status = match kind {
            Kind::Refused => 1,
            Kind::Usage => 2,
            Kind::FateUnknown => 3,
            Kind::Undelivered | Kind::Differs => 4,
        };
        Failure { kind, exit_status, message: message.into(), http_status: None, tracking_id: None }
    }

    /// Wrong usage: nothing was sent.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, message)
    }

    /// The service or the network said no, or the output could not be written.
    pub(crate) fn refused(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Refused, message)
    }

    /// It may have been sent.
    pub(crate) fn fate_unknown(message: impl Into<String>) -> Failure {
        Failure::new(Kind::FateUnknown, message)
    }

    /// A test send, or a diagnosis: it reached nobody, or failed.
    pub(crate) fn undelivered(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Undelivered, message)
    }

    /// A comparison: something is not as declared.
    pub(crate) fn differs(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Differs, message)
    }

    pub(crate) fn exit_status(&self) -> u8 {
        self.exit_status
    }

    /// Of what only reads: nothing may have been sent that matters.
    pub(crate) fn of_read(error: nh_hyper::Error) -> Failure {
        match Failure::from(error) {
            Failure { kind: Kind::FateUnknown, message, http_status, tracking_id, .. } => {
                Failure { http_status, tracking_id, ..Failure::refused(message) }
            }
            other => other,
        }
    }

    /// Of what could not be told after `done`: to say that it was refused would be wrong.
    pub(crate) fn after(self, done: impl fmt::Display) -> Failure {
        Failure::fate_unknown(format!("{done}, but {}", self.message))
    }

    /// The service answered that the thing is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.http_status == Some(404)
    }

    /// The service answered that it is there already.
    pub(crate) fn is_conflict(&self) -> bool {
        self.http_status == Some(409)
    }

    /// With what the answer to the request says besides.
    pub(crate) fn about(self, error: &nh_hyper::Error) -> Failure {
        Failure {
            http_status: error.status().map(|status| status.as_u16()),
            tracking_id: error.tracking_id().map(str::to_owned),
            ..self
        }
    }

    pub(crate) fn with_note(mut self, note: &str) -> Failure {
        self.message += note;
        self
    }

    pub(crate) fn with_message(self, message: String) -> Failure {
        Failure { message, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error and its causes in one line. No text repeats the text of its cause.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The error of a call, with what to do on a command line.
pub(crate) fn in_words(error: &nh_hyper::Error) -> String {
    let text = chain(error);
    match () {
        () if error.is_untrusted() => {
            text.replace("add that authority with add_root_pem", "name its certificate with --ca or NHUB_CA")
        }
        () if error.is_connect() && !text.contains("proxy") => {
            format!(
                "{text}; nothing was sent: look at the Endpoint of the connection string, and at the network"
            )
        }
        () if text.contains("the key lacks the right, ") => {
            format!("{text}; `nhub doctor` finds out which")
        }
        () if error.status().is_some_and(|status| status.is_redirection()) => {
            format!("{text}; the service never redirects: look at the Endpoint of the connection string")
        }
        // A wrong clock is named already.
        () if error.status().is_some_and(|status| status == 401) && !text.contains("clock") => {
            format!(
                "{text}; copy the connection string from the portal again: its key is wrong, or was changed"
            )
        }
        () => text,
    }
}

/// What went wrong with a file, in plain words.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not open it".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory; name a file".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a directory".to_owned(),
        io::ErrorKind::AlreadyExists => "a file is there, not a directory".to_owned(),
        io::ErrorKind::StorageFull => "no space is left on the disk".to_owned(),
        _ => chain(error),
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Failure {
        Failure::usage(chain(&error))
    }
}

impl From<nh_hyper::Error> for Failure {
    fn from(error: nh_hyper::Error) -> Failure {
        let text = in_words(&error);
        // A success that cannot be read was carried out.
        let carried_out = error.as_service().is_some_and(ServiceError::is_unreadable);
        let failure = match () {
            _ if error.is_build() => Failure::usage(text),
            _ if error.fate().is_unknown() || carried_out => Failure::fate_unknown(text),
            _ => Failure::refused(text),
        };
        failure.about(&error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::refused(chain(&error))
    }
}
