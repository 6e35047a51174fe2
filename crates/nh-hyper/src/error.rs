use crate::carrier::BoxError;
use crate::failure::chain;
use nh_core::retry::Fate;
use nh_core::{BuildError, ServiceError};
use std::borrow::Cow;
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
    /// Of the latest attempt that the service may have seen.
    tracking_id: Option<String>,
    /// An earlier attempt may have been carried out.
    earlier_unknown: bool,
}

#[derive(Debug)]
enum Kind {
    Build(BuildError),
    Configuration(String),
    Service { error: ServiceError, fate: Fate },
    Connect { host: String, lasting: bool, source: BoxError },
    TimedOut { after: Duration },
    CrowdedOut { after: Duration },
    TooLarge { limit: usize },
    Broken { fate: Fate, source: BoxError },
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

    /// With the id that a request was sent under.
    pub(crate) fn tracked(mut self, tracking_id: Option<String>) -> Error {
        self.0.tracking_id = tracking_id;
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

    /// `lasting`: another attempt would come to the same.
    pub(crate) fn connect(host: impl Into<String>, lasting: bool, source: BoxError) -> Error {
        Error::of(Kind::Connect { host: host.into(), lasting, source })
    }

    /// The time ran out before there was a connection.
    pub(crate) fn no_connection(host: &str, after: Duration) -> Error {
        let source = io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {after:?}"));
        Error::connect(host, false, source.into())
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

    pub(crate) fn broken(fate: Fate, source: BoxError) -> Error {
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

    /// Would the same come of another attempt? An answer that is too large or makes no sense stays so, and so does a certificate
    /// that nobody trusts or a proxy that is set up wrongly.
    pub(crate) fn is_lasting(&self) -> bool {
        self.was_carried_out()
            || matches!(&self.0.kind, Kind::Connect { lasting: true, .. } | Kind::TooLarge { .. })
    }

    /// What Azure support finds the request by: the id in the service's answer, else the one that went out with the latest
    /// attempt that the service may have seen. `None` if it has seen none.
    ///
    /// ```
    /// # use nh_hyper::Client;
    /// # use nh_core::{Notification, http::{Request, Response}, bytes::Bytes};
    /// # use http_body_util::Full;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let hub = nh_core::Hub::from_connection_string(
    /// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
    /// # let breaks = tower::service_fn(|_: Request<Full<Bytes>>| std::future::ready(
    /// #     Err::<Response<Full<Bytes>>, _>(std::io::Error::other("the connection broke"))));
    /// # let client = Client::from_service(hub, breaks)?;
    /// let error = client.send(Notification::apple("{}")?, "sports").await.unwrap_err();
    /// if error.fate_unknown() {
    ///     println!("ask support for {}", error.tracking_id().expect("it was sent"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tracking_id(&self) -> Option<&str> {
        self.as_service().and_then(ServiceError::tracking_id).or(self.0.tracking_id.as_deref())
    }

    /// A word for it, as OpenTelemetry's `error.type`.
    pub(crate) fn kind(&self) -> Cow<'static, str> {
        Cow::Borrowed(match &self.0.kind {
            Kind::Build(_) => "refused",
            Kind::Configuration(_) => "configuration",
            Kind::Service { error, .. } if error.is_unreadable() => "unreadable",
            Kind::Service { error, .. } => return error.status().as_str().to_owned().into(),
            Kind::Connect { .. } => "connect",
            Kind::TimedOut { .. } | Kind::CrowdedOut { .. } => "timeout",
            Kind::TooLarge { .. } => "too_large",
            Kind::Broken { .. } => "broken",
        })
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

    /// The service answered that it is done (any 2xx), and the rest of the answer could not be understood.
    fn was_carried_out(&self) -> bool {
        self.as_service().is_some_and(ServiceError::is_unreadable)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Build(error) => write!(f, "{error}"),
            Kind::Configuration(problem) => f.write_str(problem),
            Kind::Service { error, .. } => write!(f, "{error}"),
            Kind::Connect { host, source, .. } => {
                write!(f, "could not connect to {host}: {}", Causes(&**source))
            }
            Kind::TimedOut { after } => write!(f, "no answer within {after:?}"),
            Kind::CrowdedOut { after } => {
                write!(f, "no turn within {after:?}, as too many requests were in flight")
            }
            Kind::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
            Kind::Broken { source, .. } => write!(f, "the exchange broke off: {}", Causes(&**source)),
        }?;
        // The service's own words may have it already.
        if let (None, Some(id)) = (self.as_service().and_then(ServiceError::tracking_id), &self.0.tracking_id)
        {
            write!(f, " [tracking id {id}]")?;
        }
        f.write_str(match self.last_fate() {
            _ if self.was_carried_out() => "; the request was carried out",
            Fate::Unknown => "; the request may have been carried out",
            _ if self.0.earlier_unknown => "; an earlier attempt may have been carried out",
            _ => "",
        })
    }
}

/// An error and its causes, each said once.
struct Causes<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = String::new();
        for cause in chain(self.0) {
            let text = cause.to_string();
            if !said.contains(&text) {
                write!(f, "{}{text}", if said.is_empty() { "" } else { ": " })?;
                said = text;
            }
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
