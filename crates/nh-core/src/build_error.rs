use nh_outcome::xml::IllegalChar;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;

/// The error of a request that could not be built. Nothing has been sent.
///
/// It has three parts: the thing that is wrong, the problem, and the remedy. Its text is one line with all three. It does not
/// contain a key or a token.
///
/// ```
/// let error = nh_core::Tag::new("breaking news").unwrap_err();
/// assert_eq!(error.subject(), "tag \"breaking news\"");
/// assert_eq!(error.problem(), "has ' ' at byte 8");
/// assert_eq!(error.remedy(), "use letters, digits and _ @ # . : - only");
/// assert_eq!(
///     error.to_string(),
///     "tag \"breaking news\": has ' ' at byte 8; use letters, digits and _ @ # . : - only",
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError(Box<Refusal>);

#[derive(Clone, PartialEq, Eq)]
struct Refusal {
    subject: Box<str>,
    problem: Box<str>,
    remedy: Box<str>,
    kind: Kind,
}

/// The kinds of error that a caller handles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Illegal,
    TooLarge,
    TooMany,
    Time,
}

impl BuildError {
    /// Makes an error from its three parts. Use it in an [`Operation`](crate::Operation) of your own.
    ///
    /// ```
    /// let error = nh_core::BuildError::new("user id", "is empty", "give the id of a user");
    /// assert_eq!(error.to_string(), "user id: is empty; give the id of a user");
    /// ```
    pub fn new(
        subject: impl fmt::Display,
        problem: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> BuildError {
        BuildError(Box::new(Refusal {
            subject: subject.to_string().into(),
            problem: problem.to_string().into(),
            remedy: remedy.to_string().into(),
            kind: Kind::Illegal,
        }))
    }

    pub(crate) fn of_size(mut self) -> BuildError {
        self.0.kind = Kind::TooLarge;
        self
    }

    pub(crate) fn of_count(mut self) -> BuildError {
        self.0.kind = Kind::TooMany;
        self
    }

    pub(crate) fn of_time(mut self) -> BuildError {
        self.0.kind = Kind::Time;
        self
    }

    /// Returns the thing that is wrong: `tag "breaking news"`.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Returns the problem: `has ' ' at byte 8`.
    pub fn problem(&self) -> &str {
        &self.0.problem
    }

    /// Returns the remedy: `use letters, digits and _ @ # . : - only`.
    pub fn remedy(&self) -> &str {
        &self.0.remedy
    }

    /// Returns true if a payload has more bytes than the service accepts.
    ///
    /// ```
    /// use nh_core::Notification;
    ///
    /// let error = Notification::windows_raw("x".repeat(Notification::MAX_BYTES + 1)).unwrap_err();
    /// assert!(error.is_too_large());
    /// ```
    pub fn is_too_large(&self) -> bool {
        self.0.kind == Kind::TooLarge
    }

    /// Returns true if a list is too long: the tags of an expression, the devices of a batch, the rules of a hub.
    ///
    /// ```
    /// use nh_core::Audience;
    ///
    /// let error = Audience::any_of((0..21).map(|i| format!("tag{i}"))).unwrap_err();
    /// assert!(error.is_too_many());
    /// ```
    pub fn is_too_many(&self) -> bool {
        self.0.kind == Kind::TooMany
    }

    /// Returns true if a time is wrong: a schedule is in the past or too far ahead, or a clock shows an impossible time.
    ///
    /// ```
    /// use nh_core::{Hub, Notification, ScheduleNotification};
    /// use std::time::{Duration, SystemTime};
    ///
    /// # let hub = Hub::from_connection_string(
    /// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
    /// let now = SystemTime::now();
    /// let late = ScheduleNotification::new(Notification::apple("{}")?, "sports", now - Duration::from_secs(1))?;
    /// assert!(hub.request(&late, now).unwrap_err().is_time());
    /// # Ok::<(), nh_core::BuildError>(())
    /// ```
    pub fn is_time(&self) -> bool {
        self.0.kind == Kind::Time
    }
}

/// A conversion that cannot fail has no error to convert. With this, one that can fail and one that cannot are given alike.
impl From<Infallible> for BuildError {
    fn from(never: Infallible) -> BuildError {
        match never {}
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { subject, problem, remedy, .. } = &*self.0;
        write!(f, "{subject}: {problem}; {remedy}")
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BuildError({:?})", self.to_string())
    }
}

/// Writes `subject`, `problem` and `remedy`.
impl Serialize for BuildError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("BuildError", 3)?;
        error.serialize_field("subject", self.subject())?;
        error.serialize_field("problem", self.problem())?;
        error.serialize_field("remedy", self.remedy())?;
        error.end()
    }
}

impl Error for BuildError {}

/// XML cannot hold a character of the text.
#[doc(hidden)]
impl From<IllegalChar> for BuildError {
    fn from(illegal: IllegalChar) -> BuildError {
        BuildError::new(&illegal.name, &illegal, "remove it")
    }
}
