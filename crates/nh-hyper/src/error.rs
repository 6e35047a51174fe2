use nh_core::retry::Fate;
use nh_core::{BuildError, ServiceError};
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Why a call did not give what was asked for, and whether it may have been carried out all the same.
///
/// Its text is one line and holds no secret. Predicates instead of variants, so that reasons can be added.
///
/// ```
/// use nh_core::Hub;
/// use nh_hyper::Client;
///
/// let error = Client::from_connection_string("Endpoint=sb://contoso", "news").unwrap_err();
/// assert!(error.is_build() && !error.fate_unknown());
/// ```
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Build(BuildError),
    Configuration(String),
    Service { error: ServiceError, fate: Fate },
    Connect { host: String, source: Box<dyn StdError + Send + Sync> },
    TimedOut { after: Duration },
    CrowdedOut { after: Duration },
    TooLarge { limit: usize },
    Broken { fate: Fate, source: Box<dyn StdError + Send + Sync> },
}

/// Is it there? A 404 is an answer to that.
pub(crate) fn found<T>(result: Result<T, Error>) -> Result<bool, Error> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.as_service().is_some_and(ServiceError::is_not_found) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Error {
    pub(crate) fn configuration(problem: impl Into<String>) -> Error {
        Error(Box::new(Kind::Configuration(problem.into())))
    }

    pub(crate) fn of_service(error: ServiceError, fate: Fate) -> Error {
        Error(Box::new(Kind::Service { error, fate }))
    }

    pub(crate) fn connect(host: impl Into<String>, source: Box<dyn StdError + Send + Sync>) -> Error {
        Error(Box::new(Kind::Connect { host: host.into(), source }))
    }

    pub(crate) fn timed_out(after: Duration) -> Error {
        Error(Box::new(Kind::TimedOut { after }))
    }

    /// Too many others were in flight.
    pub(crate) fn crowded_out(after: Duration) -> Error {
        Error(Box::new(Kind::CrowdedOut { after }))
    }

    pub(crate) fn too_large(limit: usize) -> Error {
        Error(Box::new(Kind::TooLarge { limit }))
    }

    pub(crate) fn broken(fate: Fate, source: Box<dyn StdError + Send + Sync>) -> Error {
        Error(Box::new(Kind::Broken { fate, source }))
    }

    /// What is known of the call.
    pub(crate) fn fate(&self) -> Fate {
        match &*self.0 {
            Kind::Build(_) | Kind::Configuration(_) => Fate::Final,
            Kind::Service { fate, .. } | Kind::Broken { fate, .. } => *fate,
            Kind::Connect { .. } | Kind::CrowdedOut { .. } => Fate::NotDone { retry_after: None },
            Kind::TimedOut { .. } | Kind::TooLarge { .. } => Fate::Unknown,
        }
    }

    /// May the next look succeed where this one did not? A host that has never `answered` may not exist.
    pub(crate) fn may_pass(&self, answered: bool) -> bool {
        match self.fate() {
            Fate::Unknown => !matches!(&*self.0, Kind::TooLarge { .. }),
            Fate::NotDone { .. } => answered || self.as_service().is_some(),
            _ => false,
        }
    }

    /// A word for it, as OpenTelemetry's `error.type`.
    pub(crate) fn kind(&self) -> &'static str {
        match &*self.0 {
            Kind::Build(_) => "refused",
            Kind::Configuration(_) => "configuration",
            Kind::Service { .. } => "service",
            Kind::Connect { .. } => "connect",
            Kind::TimedOut { .. } | Kind::CrowdedOut { .. } => "timeout",
            Kind::TooLarge { .. } => "too_large",
            Kind::Broken { .. } => "broken",
        }
    }

    /// Refused before there was a request: nothing was sent.
    pub fn is_build(&self) -> bool {
        self.as_build().is_some()
    }

    /// The refusal, if it is one.
    pub fn as_build(&self) -> Option<&BuildError> {
        match &*self.0 {
            Kind::Build(error) => Some(error),
            _ => None,
        }
    }

    /// The service's answer, if it gave one.
    pub fn as_service(&self) -> Option<&ServiceError> {
        match &*self.0 {
            Kind::Service { error, .. } => Some(error),
            _ => None,
        }
    }

    /// No connection was made, TLS included: nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(&*self.0, Kind::Connect { .. })
    }

    /// No answer came in time, or too many other requests were in flight all the time.
    pub fn is_timeout(&self) -> bool {
        matches!(&*self.0, Kind::TimedOut { .. } | Kind::CrowdedOut { .. })
    }

    /// May the request have been carried out? True when the connection broke, the time ran out, the answer was too large,
    /// or the service answered 5xx or 408. A caller who repeats a send then may send it twice.
    pub fn fate_unknown(&self) -> bool {
        self.fate() == Fate::Unknown
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Build(error) => write!(f, "{error}"),
            Kind::Configuration(problem) => f.write_str(problem),
            Kind::Service { error, .. } => write!(f, "{error}"),
            Kind::Connect { host, source } => write!(f, "could not connect to {host}: {}", Causes(&**source)),
            Kind::TimedOut { after } => write!(f, "no answer within {after:?}"),
            Kind::CrowdedOut { after } => {
                write!(f, "too many requests were in flight for {after:?}: nothing was sent")
            }
            Kind::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
            Kind::Broken { source, .. } => write!(f, "the exchange broke off: {}", Causes(&**source)),
        }?;
        if self.fate_unknown() { f.write_str("; the request may have been carried out") } else { Ok(()) }
    }
}

/// An error and its causes, each said once.
struct Causes<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
            next = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Kind::Build(error) => Some(error),
            Kind::Service { error, .. } => Some(error),
            Kind::Connect { source, .. } | Kind::Broken { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Error {
        Error(Box::new(Kind::Build(error)))
    }
}
