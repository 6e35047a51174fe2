use nh_core::retry::Fate;
use nh_core::{BuildError, ServiceError};
use std::error::Error as StdError;
use std::fmt;
use std::io;
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
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    /// The last attempt's, if one was sent.
    tracking_id: Option<String>,
    /// An earlier attempt may have been carried out.
    earlier_unknown: bool,
}

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
    fn of(kind: Kind) -> Error {
        Error(Box::new(Inner { kind, tracking_id: None, earlier_unknown: false }))
    }

    /// With the id that the last attempt was sent under.
    pub(crate) fn tracked(mut self, tracking_id: &str) -> Error {
        self.0.tracking_id = Some(tracking_id.to_owned());
        self
    }

    /// After an attempt that may have been carried out.
    pub(crate) fn after_unknown(mut self) -> Error {
        self.0.earlier_unknown = true;
        self
    }

    pub(crate) fn configuration(problem: impl Into<String>) -> Error {
        Error::of(Kind::Configuration(problem.into()))
    }

    pub(crate) fn of_service(error: ServiceError, fate: Fate) -> Error {
        Error::of(Kind::Service { error, fate })
    }

    pub(crate) fn connect(host: impl Into<String>, source: Box<dyn StdError + Send + Sync>) -> Error {
        Error::of(Kind::Connect { host: host.into(), source })
    }

    /// The time ran out before there was a connection.
    pub(crate) fn no_connection(host: &str, after: Duration) -> Error {
        let source = io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {after:?}"));
        Error::connect(host, source.into())
    }

    pub(crate) fn timed_out(after: Duration) -> Error {
        Error::of(Kind::TimedOut { after })
    }

    /// Too many others were in flight.
    pub(crate) fn crowded_out(after: Duration) -> Error {
        Error::of(Kind::CrowdedOut { after })
    }

    pub(crate) fn too_large(limit: usize) -> Error {
        Error::of(Kind::TooLarge { limit })
    }

    pub(crate) fn broken(fate: Fate, source: Box<dyn StdError + Send + Sync>) -> Error {
        Error::of(Kind::Broken { fate, source })
    }

    /// What is known of the call.
    pub(crate) fn fate(&self) -> Fate {
        if self.0.earlier_unknown { Fate::Unknown } else { self.last_fate() }
    }

    fn last_fate(&self) -> Fate {
        match &self.0.kind {
            Kind::Build(_) | Kind::Configuration(_) => Fate::Final,
            Kind::Service { fate, .. } | Kind::Broken { fate, .. } => *fate,
            Kind::Connect { .. } | Kind::CrowdedOut { .. } => Fate::NotDone { retry_after: None },
            Kind::TimedOut { .. } | Kind::TooLarge { .. } => Fate::Unknown,
        }
    }

    /// May the next look succeed where this one did not? A host that has never `answered` may not exist.
    pub(crate) fn may_pass(&self, answered: bool) -> bool {
        match self.last_fate() {
            _ if self.is_lasting() => false,
            Fate::Unknown => true,
            Fate::NotDone { .. } => answered || self.as_service().is_some(),
            _ => false,
        }
    }

    /// Would the same come of another attempt? An answer that is too large stays so, and so does a certificate that nobody trusts
    /// or a proxy that is set up wrongly.
    pub(crate) fn is_lasting(&self) -> bool {
        match &self.0.kind {
            Kind::TooLarge { .. } => true,
            Kind::Connect { source, .. } => is_lasting(&**source),
            _ => false,
        }
    }

    /// The id under which the last attempt was sent, which the service's support asks for; `None` if none was sent.
    ///
    /// ```
    /// use nh_hyper::Client;
    ///
    /// let error = Client::from_connection_string("Endpoint=sb://contoso", "news").unwrap_err();
    /// assert_eq!(error.tracking_id(), None);
    /// ```
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// A word for it, as OpenTelemetry's `error.type`.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.0.kind {
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
        match &self.0.kind {
            Kind::Build(error) => Some(error),
            _ => None,
        }
    }

    /// The service's answer, if it gave one.
    pub fn as_service(&self) -> Option<&ServiceError> {
        match &self.0.kind {
            Kind::Service { error, .. } => Some(error),
            _ => None,
        }
    }

    /// No connection was made, TLS included: nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(&self.0.kind, Kind::Connect { .. })
    }

    /// No answer came in time, or too many other requests were in flight all the time.
    pub fn is_timeout(&self) -> bool {
        matches!(&self.0.kind, Kind::TimedOut { .. } | Kind::CrowdedOut { .. })
    }

    /// May the request have been carried out? True when, in this or an earlier attempt, the connection broke, the time ran out,
    /// the answer was too large or could not be understood, or the service answered 5xx or 408. A caller who repeats a send then
    /// may send it twice.
    pub fn fate_unknown(&self) -> bool {
        self.fate() == Fate::Unknown
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Build(error) => write!(f, "{error}"),
            Kind::Configuration(problem) => f.write_str(problem),
            Kind::Service { error, .. } => write!(f, "{error}"),
            Kind::Connect { host, source } => write!(f, "could not connect to {host}: {}", Causes(&**source)),
            Kind::TimedOut { after } => write!(f, "no answer within {after:?}"),
            Kind::CrowdedOut { after } => {
                write!(
                    f,
                    "no turn within {after:?}, as too many requests were in flight: nothing of it was sent"
                )
            }
            Kind::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
            Kind::Broken { source, .. } => write!(f, "the exchange broke off: {}", Causes(&**source)),
        }?;
        if self.fate_unknown() {
            f.write_str("; the request may have been carried out")?;
        }
        match (&self.0.kind, &self.0.tracking_id) {
            // The service's own words have it already.
            (Kind::Service { .. }, _) | (_, None) => Ok(()),
            (_, Some(id)) => write!(f, " (tracking id {id})"),
        }
    }
}

fn is_lasting(error: &(dyn StdError + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>();
    // What an io::Error holds is not among its causes.
    let held = io.and_then(io::Error::get_ref).map(|held| held as &(dyn StdError + 'static));
    error.is::<rustls::Error>()
        || io.is_some_and(|io| io.kind() == io::ErrorKind::Unsupported)
        || held.or(error.source()).is_some_and(is_lasting)
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
        match &self.0.kind {
            Kind::Build(error) => Some(error),
            Kind::Service { error, .. } => Some(error),
            Kind::Connect { source, .. } | Kind::Broken { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Error {
        Error::of(Kind::Build(error))
    }
}
