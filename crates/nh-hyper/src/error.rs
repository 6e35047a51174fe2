use crate::chain::chain;
use http::{StatusCode, Uri};
use nh_core::retry::Fate;
use nh_core::{BuildError, RoundTime, ServiceError};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed, and whether the request may have been carried out.
///
/// Its text is one line, says what failed, and holds no secret. [`source`](StdError::source) is the cause below it. No text
/// repeats the text of its source, so a printer of the whole chain says each thing once.
///
/// | question | answer |
/// |---|---|
/// | can I send it again? | [`fate`](Error::fate); it also has the wait that the service asked for |
/// | what did the service answer? | [`status`](Error::status); [`is_not_found`](Error::is_not_found); [`as_service`](Error::as_service): code, detail and so on |
/// | which argument is wrong? | [`as_build`](Error::as_build) |
/// | was there no connection, or no time? | [`is_connect`](Error::is_connect), [`is_timeout`](Error::is_timeout) |
///
/// ```
/// use nh_hyper::Client;
///
/// let error = Client::from_connection_string("Endpoint=sb://contoso", "news").unwrap_err();
/// assert!(error.is_build() && error.fate().is_final());
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
    /// The operation may be carried out twice without harm.
    harmless: bool,
    /// How many there were, and how long they took.
    attempts: (u32, Duration),
    /// The service refused the key, and there is no new one.
    not_renewed: Option<NotRenewed>,
}

#[derive(Debug)]
enum Kind {
    Build(BuildError),
    Configuration(String),
    Service {
        error: ServiceError,
        fate: Fate,
        clock: Option<Clock>,
    },
    #[cfg(feature = "entra")]
    Token {
        scope: String,
        source: BoxError,
    },
    HeldBack {
        host: String,
        wait: Duration,
    },
    Connect {
        host: String,
        problem: ConnectProblem,
        source: BoxError,
    },
    TimedOut {
        after: Duration,
    },
    NoTime,
    CrowdedOut {
        after: Duration,
    },
    TooLarge {
        limit: usize,
    },
    Broken {
        host: String,
        fate: Fate,
        source: BoxError,
    },
}

/// Why a key that was refused is still there.
#[derive(Debug)]
pub(crate) enum NotRenewed {
    Same,
    /// The time of the call ended before there was an answer.
    Late,
    Failed(Arc<Error>),
}

/// A part of the sentence of an error.
impl fmt::Display for NotRenewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRenewed::Same => f.write_str("Azure Resource Manager has no other key"),
            NotRenewed::Late => f.write_str("the key could not be renewed in the time that was left"),
            NotRenewed::Failed(error) => write!(f, "the key could not be renewed: {error}"),
        }
    }
}

/// How far this machine's clock is from the service's.
#[derive(Debug)]
struct Clock {
    apart: Duration,
    ahead: bool,
}

impl Clock {
    /// A token is valid for an hour, so a smaller difference does no harm.
    const HARMLESS: Duration = Duration::from_secs(300);

    /// Of an answer that came now, if it is a refusal that a wrong clock explains.
    fn wrong(error: &ServiceError, now: SystemTime) -> Option<Clock> {
        let service = error.date().filter(|_| error.is_unauthorized())?;
        let (apart, ahead) = match now.duration_since(service) {
            Ok(apart) => (apart, true),
            Err(before) => (before.duration(), false),
        };
        (apart > Clock::HARMLESS).then_some(Clock { apart, ahead })
    }
}

/// What is known of a connection that was not made.
#[derive(Debug, Default)]
pub(crate) struct ConnectProblem {
    /// A clause for people: why, and the way out.
    pub(crate) words: Option<String>,
    /// So many links of the source's chain say nothing else.
    pub(crate) said: usize,
    /// Another attempt would meet the same.
    pub(crate) lasting: bool,
    /// The certificate's authority is not trusted.
    pub(crate) untrusted: bool,
}

/// Is it there? A 404 is an answer to that.
pub(crate) fn found<T>(result: Result<T, Error>) -> Result<bool, Error> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

impl Error {
    fn of(kind: Kind) -> Error {
        Error(Box::new(Inner {
            kind,
            tracking_id: None,
            earlier_unknown: false,
            harmless: false,
            attempts: (0, Duration::ZERO),
            not_renewed: None,
        }))
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

    /// Of an operation that may be carried out twice.
    pub(crate) fn harmless(mut self, harmless: bool) -> Error {
        self.0.harmless = harmless;
        self
    }

    pub(crate) fn after_attempts(mut self, count: u32, time: Duration) -> Error {
        self.0.attempts = (count, time);
        self
    }

    pub(crate) fn not_renewed(mut self, why: Option<NotRenewed>) -> Error {
        self.0.not_renewed = why;
        self
    }

    /// The program's credential gave no token.
    #[cfg(feature = "entra")]
    pub(crate) fn token(scope: &str, source: BoxError) -> Error {
        Error::of(Kind::Token { scope: scope.to_owned(), source })
    }

    pub(crate) fn configuration(problem: impl Into<String>) -> Error {
        Error::of(Kind::Configuration(problem.into()))
    }

    pub(crate) fn of_service(error: ServiceError, fate: Fate, now: SystemTime) -> Error {
        let clock = Clock::wrong(&error, now);
        Error::of(Kind::Service { error, fate, clock })
    }

    /// The runtime dropped the task that carried the call.
    pub(crate) fn runtime_ended() -> Error {
        Error::configuration("the runtime ended before an answer came")
    }

    /// The service throttles the namespace, and there is no time to wait for the end of it.
    pub(crate) fn held_back(address: &Uri, wait: Duration) -> Error {
        let host = address.authority().map_or_else(String::new, ToString::to_string);
        Error::of(Kind::HeldBack { host, wait })
    }

    pub(crate) fn connect(host: impl Into<String>, problem: ConnectProblem, source: BoxError) -> Error {
        Error::of(Kind::Connect { host: host.into(), problem, source })
    }

    /// The time ran out before there was a connection.
    pub(crate) fn no_connection(host: &str, after: Duration) -> Error {
        Error::connect(host, ConnectProblem::default(), no_connection(after).into())
    }

    pub(crate) fn timed_out(after: Duration) -> Error {
        Error::of(Kind::TimedOut { after })
    }

    /// A timeout is set to zero.
    pub(crate) fn no_time() -> Error {
        Error::of(Kind::NoTime)
    }

    /// The request was not handed over in time.
    pub(crate) fn crowded_out(after: Duration) -> Error {
        Error::of(Kind::CrowdedOut { after })
    }

    pub(crate) fn too_large(limit: usize) -> Error {
        Error::of(Kind::TooLarge { limit })
    }

    pub(crate) fn broken(host: impl Into<String>, fate: Fate, source: BoxError) -> Error {
        Error::of(Kind::Broken { host: host.into(), fate, source })
    }

    /// Returns what is known about the request. It counts all attempts of the call: if an earlier one may have been carried out, the fate
    /// is unknown, whatever the last one says.
    ///
    /// - [`Fate::NotDone`]: it was certainly not carried out. You can send it again, after the wait that the service asked for.
    /// - [`Fate::Unknown`]: it may have been carried out. The connection broke, the time ran out, the answer was too large, or
    ///   the service answered 5xx or 408. If you repeat a send, it may arrive twice.
    /// - [`Fate::Final`]: the answer stands. Refused input, a 400 or a 404 are final. So is a 2xx answer that cannot be read: the
    ///   request was carried out.
    ///
    /// ```
    /// use nh_hyper::{Client, Error, Fate, Notification};
    ///
    /// /// What a queue worker does with a message after a failure.
    /// fn settle(error: &Error) -> &'static str {
    ///     match error.fate() {
    ///         Fate::NotDone { .. } => "put it back into the queue",
    ///         Fate::Unknown => "take it off the queue: it may have been sent",
    ///         _ => "take it off the queue: it can't be sent",
    ///     }
    /// }
    ///
    /// # demo::run!(|client, emulator| {
    /// # use nh_emulator::Fault;
    /// # let client = client.with_options(nh_hyper::CallOptions::new().retry(nh_hyper::RetryPolicy::NEVER));
    /// # emulator.add_fault(Fault::status(429).retry_after(1))?;
    /// let error = client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await.unwrap_err();
    /// assert_eq!(settle(&error), "put it back into the queue");
    /// # });
    /// ```
    #[doc(alias("is_throttled", "retry_after"))]
    pub fn fate(&self) -> Fate {
        if self.0.earlier_unknown && !self.was_carried_out() { Fate::Unknown } else { self.last_fate() }
    }

    fn last_fate(&self) -> Fate {
        match &self.0.kind {
            Kind::Build(_) | Kind::Configuration(_) => Fate::Final,
            Kind::Service { fate, .. } | Kind::Broken { fate, .. } => *fate,
            Kind::HeldBack { wait, .. } => Fate::NotDone { retry_after: Some(*wait) },
            #[cfg(feature = "entra")]
            Kind::Token { .. } => Fate::NotDone { retry_after: None },
            Kind::Connect { .. } | Kind::CrowdedOut { .. } | Kind::NoTime => {
                Fate::NotDone { retry_after: None }
            }
            Kind::TimedOut { .. } | Kind::TooLarge { .. } => Fate::Unknown,
        }
    }

    /// May the next look succeed where this one did not? A host that has never `answered` may not exist.
    pub(crate) fn may_pass(&self, answered: bool) -> bool {
        match self.last_fate() {
            _ if self.is_lasting() => false,
            Fate::Unknown => true,
            Fate::NotDone { .. } => answered || self.is_throttled() || self.as_service().is_some(),
            _ => false,
        }
    }

    /// Would another attempt fail in the same way?
    pub(crate) fn is_lasting(&self) -> bool {
        match &self.0.kind {
            Kind::Connect { problem, .. } => problem.lasting,
            Kind::TooLarge { .. } | Kind::NoTime => true,
            _ => false,
        }
    }

    /// Would every other call of the same kind meet the same? The key, the hub or the operation is wrong, and not what it is about.
    pub(crate) fn is_of_all(&self) -> bool {
        let by_service = |error: &ServiceError| {
            error.is_unauthorized() || error.is_forbidden() || error.is_not_found() || error.is_gone()
        };
        self.is_build() || self.is_lasting() || self.as_service().is_some_and(by_service)
    }

    /// Returns the id by which Azure support finds the request: the one in the service's answer, else the one that was sent with the
    /// latest attempt that the service may have seen. `None` if the service has seen none.
    ///
    /// ```
    /// # use nh_hyper::{Hub, Notification, Transport, nh_core::{bytes::Bytes, http::{Request, Response}}};
    /// # use http_body_util::Full;
    /// # let runtime = tokio::runtime::Runtime::new()?;
    /// # runtime.block_on(async {
    /// # let hub = Hub::from_connection_string(
    /// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
    /// # let breaks = tower::service_fn(|_: Request<Full<Bytes>>| std::future::ready(
    /// #     Err::<Response<Full<Bytes>>, _>(std::io::Error::other("the connection broke"))));
    /// # let client = Transport::builder().service(breaks).build()?.hub(hub);
    /// let error = client.send(Notification::apple("{}")?, "sports").await.unwrap_err();
    /// if error.fate().is_unknown() {
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
            #[cfg(feature = "entra")]
            Kind::Token { .. } => "token",
            Kind::HeldBack { .. } => "throttled",
            Kind::Connect { .. } => "connect",
            Kind::TimedOut { .. } | Kind::CrowdedOut { .. } | Kind::NoTime => "timeout",
            Kind::TooLarge { .. } => "too_large",
            Kind::Broken { .. } => "broken",
        })
    }

    /// Returns true if the call was refused before there was a request. Nothing was sent.
    pub fn is_build(&self) -> bool {
        self.as_build().is_some()
    }

    /// Returns the refusal, if the call was refused before there was a request.
    pub fn as_build(&self) -> Option<&BuildError> {
        match &self.0.kind {
            Kind::Build(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the service's answer, if it gave one: status, code, detail, tracking id.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let error = client.get_installation("unknown").await.unwrap_err();
    /// println!("{:?}", error.as_service().and_then(|answer| answer.message()));
    /// # assert!(error.as_service().is_some());
    /// # });
    /// ```
    pub fn as_service(&self) -> Option<&ServiceError> {
        match &self.0.kind {
            Kind::Service { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Returns the status of the service's answer, if it gave one. [`as_service`](Error::as_service) has the rest of the answer.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let error = client.get_installation("unknown").await.unwrap_err();
    /// assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    /// # });
    /// ```
    pub fn status(&self) -> Option<StatusCode> {
        self.as_service().map(ServiceError::status)
    }

    /// Returns true if the service answered that the thing is not there, like [`ServiceError::is_not_found`]: 404, or a hub that does
    /// not exist.
    ///
    /// ```
    /// # demo::run!(|client, emulator| {
    /// let error = client.get_installation("unknown").await.unwrap_err();
    /// assert!(error.is_not_found());
    /// # });
    /// ```
    pub fn is_not_found(&self) -> bool {
        self.as_service().is_some_and(ServiceError::is_not_found)
    }

    /// Returns true if the service throttled. Either it answered so, or it answered so to another call of the same namespace, and
    /// this call has no time to wait for the end of it. Nothing was done. [`fate`](Error::fate) has the wait.
    ///
    /// ```
    /// use nh_hyper::{CallOptions, Fate, Notification, RetryPolicy};
    /// use std::time::Duration;
    ///
    /// # demo::run!(|client, emulator| {
    /// # use nh_emulator::Fault;
    /// # emulator.add_fault(Fault::status(429).retry_after(60))?;
    /// let hurried = client.with_options(
    ///     CallOptions::new().retry(RetryPolicy::NEVER).overall_timeout(Duration::from_secs(5)));
    /// let refused = hurried.send(Notification::apple("{}")?, "sports").await.unwrap_err();
    /// assert!(refused.is_throttled() && refused.as_service().is_some());
    /// // The next call is not sent: the service asked for a minute.
    /// let held_back = hurried.send(Notification::apple("{}")?, "sports").await.unwrap_err();
    /// assert!(held_back.is_throttled() && held_back.as_service().is_none());
    /// assert!(matches!(held_back.fate(), Fate::NotDone { retry_after: Some(_) }));
    /// # });
    /// ```
    pub fn is_throttled(&self) -> bool {
        match &self.0.kind {
            Kind::HeldBack { .. } => true,
            // A 401 is not done if there may be a new key soon.
            Kind::Service { error, fate: Fate::NotDone { .. }, .. } => !error.is_unauthorized(),
            _ => false,
        }
    }

    /// Returns true if there was no connection, also because of TLS or a proxy. Nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(&self.0.kind, Kind::Connect { .. })
    }

    /// Returns true if the certificate of the other side is signed by an authority that is not trusted. The way out is
    /// [`add_root_pem`](crate::TransportBuilder::add_root_pem).
    pub fn is_untrusted(&self) -> bool {
        matches!(&self.0.kind, Kind::Connect { problem, .. } if problem.untrusted)
    }

    /// Returns true if the time ran out: no answer came in time, too many other requests were in flight, or a timeout is zero.
    pub fn is_timeout(&self) -> bool {
        matches!(&self.0.kind, Kind::TimedOut { .. } | Kind::CrowdedOut { .. } | Kind::NoTime)
    }

    /// Returns why there is no new key, if the service refused the key of a client of [`hub_by_entra`](crate::Transport::hub_by_entra), and
    /// Azure Resource Manager could not be asked for a new one.
    #[cfg(feature = "entra")]
    pub fn as_renewal(&self) -> Option<&Error> {
        match &self.0.not_renewed {
            Some(NotRenewed::Failed(error)) => Some(error),
            _ => None,
        }
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
            Kind::Service { error, clock: None, .. } => write!(f, "{error}"),
            Kind::Service { error, clock: Some(Clock { apart, ahead }), .. } => {
                let side = if *ahead { "ahead of" } else { "behind" };
                write!(
                    f,
                    "{error}; this machine's clock is {} {side} the service's: set it right",
                    RoundTime(*apart)
                )
            }
            #[cfg(feature = "entra")]
            Kind::Token { scope, .. } => write!(f, "the credential gave no access token for {scope}"),
            Kind::HeldBack { host, wait } => {
                write!(
                    f,
                    "the service throttles {host}: nothing is sent to it for another {}",
                    RoundTime(*wait)
                )
            }
            Kind::Connect { host, problem, .. } => {
                write!(f, "could not connect to {host}")?;
                problem.words.iter().try_for_each(|words| write!(f, ": {words}"))
            }
            Kind::TimedOut { after } => write!(f, "no answer within {}", RoundTime(*after)),
            Kind::NoTime => f.write_str("the call was given no time: its overall or attempt timeout is 0"),
            Kind::CrowdedOut { after } => {
                write!(f, "the request got no turn within {}: too many are in flight", RoundTime(*after))
            }
            Kind::TooLarge { limit } => {
                write!(f, "the answer is larger than {limit} bytes; max_response_size allows more")
            }
            Kind::Broken { host, fate: Fate::NotDone { .. }, .. } => {
                write!(f, "the request to {host} was not carried out")
            }
            Kind::Broken { host, .. } => write!(f, "no complete answer came from {host}"),
        }?;
        self.0.not_renewed.iter().try_for_each(|why| write!(f, "; {why}"))?;
        if let (attempts @ 2.., time) = self.0.attempts {
            write!(f, " ({attempts} attempts in {})", RoundTime(time))?;
        }
        // The service's own words may have it already.
        if let (None, Some(id)) = (self.as_service().and_then(ServiceError::tracking_id), &self.0.tracking_id)
        {
            write!(f, " [tracking id {id}]")?;
        }
        f.write_str(match self.last_fate() {
            _ if self.was_carried_out() => "; the request was carried out",
            _ if self.0.harmless => "",
            Fate::Unknown => "; the request may have been carried out",
            _ if self.0.earlier_unknown => "; an earlier attempt may have been carried out",
            _ => "",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            Kind::Build(error) => error.source(),
            Kind::Service { error, .. } => error.source(),
            Kind::Connect { problem, source, .. } => chain(&**source).nth(problem.said),
            #[cfg(feature = "entra")]
            Kind::Token { source, .. } => Some(&**source),
            Kind::Broken { source, .. } => Some(&**source),
            _ => None,
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Error {
        Error::of(Kind::Build(error))
    }
}

/// What is said of a connection that takes too long.
pub(crate) fn no_connection(after: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {}", RoundTime(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_do_harm_frightens() {
        let late = || Error::timed_out(Duration::from_secs(30));
        assert_eq!(late().to_string(), "no answer within 30 s; the request may have been carried out");
        let read = late().harmless(true).after_unknown();
        assert_eq!((read.to_string().as_str(), read.fate()), ("no answer within 30 s", Fate::Unknown));
        let refused = Error::no_connection("a:1", Duration::from_secs(2)).after_unknown();
        assert!(refused.fate().is_unknown());
        assert!(refused.to_string().ends_with("; an earlier attempt may have been carried out"), "{refused}");
    }

    #[test]
    fn attempts_are_counted() {
        let error = Error::timed_out(Duration::from_secs(1)).harmless(true);
        assert_eq!(error.to_string(), "no answer within 1 s");
        let error = error.after_attempts(3, Duration::from_millis(5100));
        assert_eq!(error.to_string(), "no answer within 1 s (3 attempts in 5.1 s)");
    }

    #[test]
    fn every_kind_tells_of_all_attempts() {
        let uri = Uri::from_static("https://a.test/news");
        let (now, second) = (SystemTime::UNIX_EPOCH, Duration::from_secs(1));
        let broken = |fate| Error::broken("a.test", fate, io::Error::other("reset").into());
        let answer = |status: u16| {
            let answer =
                http::Response::builder().status(status).header("Date", "Thu, 01 Jan 1970 01:00:00 GMT");
            let error = ServiceError::check(answer.body(bytes::Bytes::new()).unwrap()).unwrap_err();
            Error::of_service(error, Fate::Unknown, now)
        };
        for error in [
            answer(429),
            answer(503),
            answer(401),
            Error::held_back(&uri, second),
            Error::no_connection("a.test", second),
            Error::timed_out(second),
            Error::crowded_out(second),
            Error::too_large(5),
            broken(Fate::Unknown),
            broken(Fate::NotDone { retry_after: None }),
        ] {
            let once = error.after_attempts(1, second);
            assert!(!once.to_string().contains("attempt"), "{once}");
            let often = once.after_attempts(4, Duration::from_millis(7046)).tracked(Some("1-2".into()));
            let text = often.to_string();
            assert!(text.matches("(4 attempts in 7 s)").count() == 1 && !text.contains('\n'), "{text}");
        }
    }
}
