use crate::text::shown;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use nh_outcome::ErrorDocument;
use serde::Deserialize;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// A refusal before there was a request. Nothing has been sent.
///
/// It has three parts: what is wrong, why, and the way out. Its text is one line with all three. It repeats no key and no token.
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

/// The kinds of refusal that a caller handles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Illegal,
    TooLarge,
    TooMany,
    Time,
}

impl BuildError {
    /// An error about `subject`: what the `problem` is and what would be right (`remedy`). For operations that
    /// are written outside this crate.
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

    /// What is wrong: `tag "breaking news"`.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Why it is wrong: `has ' ' at byte 8`.
    pub fn problem(&self) -> &str {
        &self.0.problem
    }

    /// The way out: `use letters, digits and _ @ # . : - only`.
    pub fn remedy(&self) -> &str {
        &self.0.remedy
    }

    /// Returns true if a payload has more bytes than the service takes.
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

    /// Returns true if a time is the reason: a schedule that is in the past or too far ahead, or a clock that is far off.
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

/// How much of a body an error keeps.
const KEPT: usize = 1024;

/// An answer of the service that is not the one hoped for: a refusal, or a success whose content cannot be read.
///
/// It keeps what the answer said, so that nothing has to be looked up again: status, code and detail from the
/// `<Error>` document if there was one, the tracking id for Azure support, `Retry-After`, and the beginning of the
/// body. Bodies of front ends and proxies (HTML, JSON, nothing) are fine.
///
/// ```
/// use nh_core::{ServiceError, bytes::Bytes, http::Response};
///
/// let answer = Response::builder().status(403).header("Retry-After", "60").body(Bytes::new())?;
/// let error = ServiceError::check(answer).unwrap_err();
/// assert!(error.is_throttled() && !error.is_forbidden());
/// assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(60)));
/// # Ok::<(), http::Error>(())
/// ```
pub struct ServiceError(Box<Inner>);

struct Inner {
    status: StatusCode,
    code: Option<u32>,
    detail: Option<String>,
    message: Option<String>,
    sub_code: Option<u32>,
    tracking_id: Option<String>,
    retry_after: Option<RetryAfter>,
    body: String,
    unreadable: Option<Box<dyn Error + Send + Sync>>,
    missing: bool,
}

impl ServiceError {
    /// The response, if its status is a success (any 2xx: documentation and recordings differ in which one).
    ///
    /// # Errors
    /// The answer as an error, for every other status; redirects among them, as a signature is for one host.
    pub fn check(response: Response<Bytes>) -> Result<Response<Bytes>, ServiceError> {
        if response.status().is_success() { Ok(response) } else { Err(ServiceError::new(&response, None)) }
    }

    /// A success whose content could not be read, and why.
    pub fn unreadable(
        response: &Response<Bytes>,
        why: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> ServiceError {
        ServiceError::new(response, Some(why.into()))
    }

    /// A success that says by its content that there is nothing: a feed in the place of a hub.
    pub(crate) fn missing(response: &Response<Bytes>) -> ServiceError {
        let mut error = ServiceError::new(response, None);
        error.0.missing = true;
        error
    }

    fn new(response: &Response<Bytes>, unreadable: Option<Box<dyn Error + Send + Sync>>) -> ServiceError {
        let document = match unreadable {
            None => ErrorDocument::parse(response.body()).ok(),
            Some(_) => None,
        };
        let document = document.as_ref();
        ServiceError(Box::new(Inner {
            status: response.status(),
            code: document.and_then(ErrorDocument::code),
            detail: document.and_then(ErrorDocument::detail).map(str::to_owned),
            message: message(document, response.body()),
            sub_code: document.and_then(ErrorDocument::sub_code),
            tracking_id: tracking_id(response.headers())
                .or_else(|| document.and_then(ErrorDocument::tracking_id).map(str::to_owned)),
            retry_after: RetryAfter::of(response.headers()),
            body: beginning(response.body()),
            unreadable,
            missing: false,
        }))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The number in the body's `<Code>`, if there was one. It usually repeats the status.
    pub fn code(&self) -> Option<u32> {
        self.0.code
    }

    /// The finer number that some details begin with: 40900 in `SubCode=40900. Conflict`.
    pub fn sub_code(&self) -> Option<u32> {
        self.0.sub_code
    }

    /// The body's `<Detail>` as it came, with the tracking id and the time at its end.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The service's own words: the `<Detail>` without the tracking id and the time, or the message of a body in JSON
    /// (`{"error":{"message":".."}}`, azure-notificationhubs-dotnet, issue 196). `None` if the body has neither.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What Azure support asks for: the `TrackingId` header, else the id in the body.
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// The wait that the service asks for, in whole seconds. `None` also if it asks by a date or in words: a date would need a
    /// clock, and the service sends seconds. That it asks still counts: see [`is_throttled`](ServiceError::is_throttled).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after?.seconds()
    }

    /// The beginning of the body (at most 1024 bytes), with what is not UTF-8 replaced. May be empty.
    pub fn body(&self) -> &str {
        &self.0.body
    }

    fn is(&self, status: u16) -> bool {
        self.0.status.as_u16() == status
    }

    /// 400: the request was malformed, or the hub refuses its `api-version`.
    pub fn is_bad_request(&self) -> bool {
        self.is(400)
    }

    /// 401: the token is missing, malformed, expired or wrongly signed; on old front ends also a missing right.
    pub fn is_unauthorized(&self) -> bool {
        self.is(401)
    }

    /// 403 without `Retry-After`: the key lacks the right, the tier lacks the feature, a quota is full, or the hub
    /// is disabled.
    pub fn is_forbidden(&self) -> bool {
        self.is(403) && self.0.retry_after.is_none()
    }

    /// 429, or 403 with `Retry-After` (how `api-version`s before 2020-06 say it): nothing was done, try later.
    pub fn is_throttled(&self) -> bool {
        self.is(429) || self.is(403) && self.0.retry_after.is_some()
    }

    /// 404: the hub, registration, installation or notification does not exist (or is not known yet). Also the 200 with a
    /// list of nothing that the service answers when a hub is read that does not exist (recorded 2020, .NET SDK:
    /// `ManagementApi_ShouldCreateGetOrDeleteHubOrRecieveConflictException`).
    pub fn is_not_found(&self) -> bool {
        self.is(404) || self.0.missing
    }

    /// 409.
    pub fn is_conflict(&self) -> bool {
        self.is(409)
    }

    /// 410: the registration id can no longer be used; get a new one.
    pub fn is_gone(&self) -> bool {
        self.is(410)
    }

    /// 412: somebody else has changed it since the ETag was read.
    pub fn is_precondition_failed(&self) -> bool {
        self.is(412)
    }

    /// 413: the request body was over 64 KiB.
    pub fn is_payload_too_large(&self) -> bool {
        self.is(413)
    }

    /// 408, 500, 503, 504: the .NET SDK calls all four "server busy". Whether the request was carried out is not known.
    pub fn is_server_busy(&self) -> bool {
        matches!(self.0.status.as_u16(), 408 | 500 | 503 | 504)
    }

    /// A success whose content could not be read. The request was carried out; [`source`](Error::source) says why
    /// the answer is not understood.
    pub fn is_unreadable(&self) -> bool {
        self.0.unreadable.is_some()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service answered {}", self.0.status)?;
        if self.0.missing {
            f.write_str(" with an empty list: it does not exist")?;
        }
        if self.0.unreadable.is_some() {
            f.write_str(" with content that cannot be read")?;
        } else if let Some(message) = &self.0.message {
            write!(f, ": {}", shown(message, MAX_SHOWN))?;
        } else if !self.0.missing && !self.0.body.trim().is_empty() {
            write!(f, " and said {}", shown(self.0.body.trim(), MAX_SHOWN))?;
        } else if self.is_forbidden() {
            f.write_str(
                ": the key has no right to this, the hub's tier does not have it, a quota is used up, or the hub is disabled",
            )?;
        }
        match self.retry_after() {
            Some(wait) => write!(f, " (try again in {} s)", wait.as_secs())?,
            None if self.is_throttled() => f.write_str(" (throttled)")?,
            None => {}
        }
        if let Some(id) = &self.0.tracking_id {
            write!(f, " [tracking id {}]", shown(id, MAX_SHOWN))?;
        }
        Ok(())
    }
}

/// Writes what [`Display`](fmt::Display) says, part by part. The body is left out.
impl Serialize for ServiceError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("ServiceError", 6)?;
        error.serialize_field("status", &self.0.status.as_u16())?;
        error.serialize_field("code", &self.0.code)?;
        error.serialize_field("message", &self.0.message)?;
        error.serialize_field("tracking_id", &self.0.tracking_id)?;
        error.serialize_field("retry_after_seconds", &self.retry_after().map(|wait| wait.as_secs()))?;
        error.serialize_field("throttled", &self.is_throttled())?;
        error.end()
    }
}

impl fmt::Debug for ServiceError {
    /// Shows no body: that of a success may be anybody's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError")
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("tracking_id", &self.0.tracking_id)
            .field("retry_after", &self.retry_after())
            .field("unreadable", &self.0.unreadable)
            .finish_non_exhaustive()
    }
}

impl Error for ServiceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.unreadable.as_deref().map(|why| why as &(dyn Error + 'static))
    }
}

pub(crate) fn tracking_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("trackingid")?.to_str().ok()?.trim();
    let id = match id.rsplit_once("_G") {
        Some((id, gateway)) if !gateway.is_empty() && gateway.bytes().all(|b| b.is_ascii_digit()) => id,
        _ => id,
    };
    (!id.is_empty()).then(|| id.to_owned())
}

/// A `Retry-After`, whatever it says: that it is there tells a refusal for now from one for good.
#[derive(Clone, Copy)]
pub(crate) struct RetryAfter(Option<u64>);

impl RetryAfter {
    pub(crate) fn of(headers: &HeaderMap) -> Option<RetryAfter> {
        let value = headers.get(header::RETRY_AFTER)?;
        Some(RetryAfter(value.to_str().ok().and_then(|text| text.trim().parse().ok())))
    }

    /// The wait, if it is a number of seconds and no date.
    pub(crate) fn seconds(self) -> Option<Duration> {
        self.0.map(Duration::from_secs)
    }
}

/// At most so many characters of the service's words stand in an error's text.
const MAX_SHOWN: usize = 300;

fn message(document: Option<&ErrorDocument>, body: &[u8]) -> Option<String> {
    if let Some(document) = document {
        return Some(document.message()).filter(|message| !message.is_empty()).map(str::to_owned);
    }
    #[derive(Deserialize)]
    struct Document {
        error: Option<Said>,
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    #[derive(Deserialize)]
    struct Said {
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    let body = body.get(..body.len().min(MAX_JSON))?;
    let document: Document = serde_json::from_slice(body).ok()?;
    document.error.and_then(|error| error.message).or(document.message).filter(|message| !message.is_empty())
}

/// A larger body in JSON is no error document.
const MAX_JSON: usize = 64 * 1024;

fn beginning(body: &Bytes) -> String {
    String::from_utf8_lossy(&body[..body.len().min(KEPT)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&str, &str)], body: &'static str) -> ServiceError {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        ServiceError::check(response.body(Bytes::from_static(body.as_bytes())).unwrap()).unwrap_err()
    }

    #[test]
    fn keeps_what_the_answer_said() {
        let body = "<Error><Code>404</Code><Detail>Installation not found.\
            TrackingId:7f195ef5-b950-46ab-bdaa-e07cd5a203cf_G3,TimeStamp:11/7/2018 12:18:37 AM</Detail></Error>";
        let error = error(404, &[], body);
        assert!(error.is_not_found());
        assert_eq!(error.code(), Some(404));
        assert_eq!(error.message(), Some("Installation not found"));
        assert!(error.detail().unwrap().ends_with("TimeStamp:11/7/2018 12:18:37 AM"));
        assert_eq!(error.tracking_id(), Some("7f195ef5-b950-46ab-bdaa-e07cd5a203cf"));
        assert_eq!(
            error.to_string(),
            "the service answered 404 Not Found: Installation not found \
             [tracking id 7f195ef5-b950-46ab-bdaa-e07cd5a203cf]"
        );
    }

    #[test]
    fn the_header_names_the_tracking_id_first() {
        let body = "<Error><Code>400</Code><Detail>x.TrackingId:b,TimeStamp:t</Detail></Error>";
        assert_eq!(error(400, &[("TrackingId", "a_G19")], body).tracking_id(), Some("a"));
    }

    #[test]
    fn the_two_meanings_of_403() {
        assert!(error(403, &[], "").is_forbidden());
        assert!(!error(403, &[], "").is_throttled());
        let throttled = error(403, &[("Retry-After", "10")], "");
        assert!(throttled.is_throttled() && !throttled.is_forbidden());
        assert!(error(429, &[], "").is_throttled());
        for other in ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "1.5", "", "99999999999999999999"] {
            let throttled = error(403, &[("Retry-After", other)], "");
            assert!(throttled.is_throttled() && !throttled.is_forbidden(), "{other}");
            assert_eq!(throttled.retry_after(), None);
            assert!(throttled.to_string().ends_with("(throttled)"), "{throttled}");
        }
    }

    #[test]
    fn any_body_will_do() {
        for body in ["", "<html><br></html>", "{\"error\":1}", "\u{0}", "<Error>"] {
            let error = error(502, &[("Retry-After", "soon")], body);
            assert_eq!((error.code(), error.message(), error.retry_after()), (None, None, None));
            assert_eq!(error.body(), body);
        }
        assert_eq!(error(503, &[("Retry-After", "-5")], "").retry_after(), None);
    }

    #[test]
    fn what_the_body_says_is_shown_whatever_it_is_written_in() {
        let json = r#"{"error":{"code":"BadRequest","message":"The APNS certificate has expired"}}"#;
        for (status, body, says) in [
            (400, json, "400 Bad Request: The APNS certificate has expired"),
            (
                502,
                "<html>\n<h1>'Bad' gateway</h1>",
                "502 Bad Gateway and said <html>\\u{a}<h1>'Bad' gateway</h1>",
            ),
            (
                400,
                "<Error><Code>400</Code><Detail>'PushChannel' is\u{7} required.</Detail></Error>",
                "400 Bad Request: 'PushChannel' is\\u{7} required.",
            ),
            (
                403,
                "",
                "403 Forbidden: the key has no right to this, the hub's tier does not have it, a quota is used up, or the hub is disabled",
            ),
            (404, "", "404 Not Found"),
        ] {
            assert_eq!(error(status, &[], body).to_string(), format!("the service answered {says}"));
        }
        let long = error(500, &[], "x".repeat(2000).leak()).to_string();
        assert!(long.len() < 400 && long.ends_with('…'), "{long}");
    }

    #[test]
    fn a_redirect_is_an_error() {
        assert_eq!(error(302, &[("Location", "/elsewhere")], "").status(), 302);
    }

    #[test]
    fn the_kept_body_is_bounded_and_cut_anywhere() {
        let body = Bytes::from("é".repeat(2000));
        let response = Response::builder().status(500).body(body).unwrap();
        assert!(ServiceError::check(response).unwrap_err().body().len() <= KEPT + 3);
    }
}
