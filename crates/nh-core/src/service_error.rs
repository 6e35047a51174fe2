use crate::error_words::said;
use crate::retry_after::{RetryAfter, date};
use crate::round_time::RoundTime;
use crate::text::shown;
use crate::tracking::tracking_id;
use bytes::Bytes;
use http::{Response, StatusCode};
use nh_outcome::ErrorDocument;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// An error keeps at most this many bytes of a body.
const MAX_BODY_BYTES: usize = 1024;

/// The service refused the request, or it answered with content that cannot be read.
///
/// The error keeps the status, the code and the detail of the `<Error>` document, the tracking id for Azure support,
/// `Retry-After`, and the beginning of the body. The body can be anything: front ends and proxies answer with HTML, JSON or
/// nothing.
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
    arm_code: Option<String>,
    sub_code: Option<u32>,
    tracking_id: Option<String>,
    retry_after: Option<RetryAfter>,
    date: Option<OffsetDateTime>,
    body: String,
    unreadable: Option<Box<dyn Error + Send + Sync>>,
    missing: bool,
    /// The body is a document of the service that says nothing but the tracking id.
    silent: bool,
    /// What to do about it, if the operation knows.
    advice: Option<String>,
}

impl ServiceError {
    /// Returns the response if its status is a success. Every 2xx is a success, because the documentation and the recordings
    /// differ in the exact status.
    ///
    /// # Errors
    /// Fails for every other status. A redirect is an error too, because the signature is valid for one host only.
    pub fn check(response: Response<Bytes>) -> Result<Response<Bytes>, ServiceError> {
        if response.status().is_success() { Ok(response) } else { Err(ServiceError::new(&response, None)) }
    }

    /// Makes the error for a success whose content cannot be read. `why` is its [`source`](Error::source). Use it in an
    /// [`Operation`](crate::Operation) of your own.
    pub fn unreadable(
        response: &Response<Bytes>,
        why: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> ServiceError {
        ServiceError::new(response, Some(why.into()))
    }

    /// Makes the error for a 200 that holds an empty feed instead of a hub: the hub does not exist.
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
        let said = said(document, response.body());
        ServiceError(Box::new(Inner {
            status: response.status(),
            code: document.and_then(ErrorDocument::code),
            detail: document.and_then(ErrorDocument::detail).map(str::to_owned),
            message: said.message,
            arm_code: said.code,
            sub_code: document.and_then(ErrorDocument::sub_code),
            tracking_id: tracking_id(response.headers())
                .or_else(|| document.and_then(ErrorDocument::tracking_id).map(str::to_owned)),
            retry_after: RetryAfter::of(response.headers()),
            date: date(response.headers()),
            body: beginning(response.body()),
            unreadable,
            missing: false,
            silent: document.is_some_and(|document| document.message().is_empty()),
            advice: None,
        }))
    }

    /// With what to do about it.
    pub(crate) fn advised(mut self, advice: String) -> ServiceError {
        self.0.advice = Some(advice);
        self
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the number in the body's `<Code>`, if the body has one. It is usually the status again.
    pub fn code(&self) -> Option<u32> {
        self.0.code
    }

    /// Returns the more exact number that some details begin with: 40900 in `SubCode=40900. Conflict`.
    pub fn sub_code(&self) -> Option<u32> {
        self.0.sub_code
    }

    /// Returns the body's `<Detail>` unchanged. The service puts the tracking id and the time at its end.
    /// [`message`](ServiceError::message) returns it without them.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// Returns the message of the service: the `<Detail>` without the tracking id and the time, or the message of a JSON body
    /// (`{"error":{"message":".."}}`, azure-notificationhubs-dotnet, issue 196). Returns `None` if the body has neither.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Returns the word in the body of an error of Azure Resource Manager: `AuthorizationFailed`, `ResourceNotFound` and so on
    /// (`{"error":{"code":".."}}`, [common errors]). Returns `None` if the body has none, as those of the data plane.
    ///
    /// ```
    /// use nh_core::{ServiceError, bytes::Bytes, http::Response};
    ///
    /// let answer = Response::builder().status(404).body(Bytes::from(r#"{"error":{"code":"ResourceGroupNotFound","message":"No."}}"#))?;
    /// assert_eq!(ServiceError::check(answer).unwrap_err().arm_code(), Some("ResourceGroupNotFound"));
    /// # Ok::<(), http::Error>(())
    /// ```
    ///
    /// [common errors]: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
    pub fn arm_code(&self) -> Option<&str> {
        self.0.arm_code.as_deref()
    }

    /// Returns the id that Azure support asks for: the value of the `TrackingId` header, or the id in the body if there is no
    /// such header.
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// The wait that the service asks for with `Retry-After`, in whole seconds. A date is read against the answer's own `Date`.
    /// `None` if the answer has no `Retry-After`, or one that cannot be read: [`is_throttled`](ServiceError::is_throttled)
    /// knows that it is there. It is at most 136 years, so that you can add it to any time.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after?.wait()
    }

    /// Returns the time on the service's clock, in whole seconds: the answer's `Date`. Returns `None` if it is missing or cannot be
    /// read. A 401 may come from a clock that is wrong, because a token is valid for an hour only.
    ///
    /// ```
    /// use nh_core::{ServiceError, bytes::Bytes, http::Response};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let answer = Response::builder().status(401).header("Date", "Thu, 01 Jan 1970 00:01:00 GMT").body(Bytes::new())?;
    /// let error = ServiceError::check(answer).unwrap_err();
    /// assert_eq!(error.date(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn date(&self) -> Option<SystemTime> {
        self.0.date.map(SystemTime::from)
    }

    /// Returns the beginning of the body, at most 1024 bytes of it. Bytes that are not UTF-8 are replaced by `U+FFFD`. It can be
    /// empty.
    pub fn body(&self) -> &str {
        &self.0.body
    }

    fn is(&self, status: u16) -> bool {
        self.0.status.as_u16() == status
    }

    /// Returns true for 400: the request is malformed, or the hub refuses its `api-version`.
    pub fn is_bad_request(&self) -> bool {
        self.is(400)
    }

    /// Returns true for 401: the token is missing, malformed, expired or has a wrong signature. An old front end also answers
    /// 401 if the key lacks a right (recorded 2020, .NET SDK: `ManagementApi_FailsWithAuthorizationException`).
    pub fn is_unauthorized(&self) -> bool {
        self.is(401)
    }

    /// Returns true for 403 without `Retry-After`. It has these meanings, and the body is often empty:
    ///
    /// - The key lacks a right.
    /// - The hub's tier lacks the feature: telemetry, feedback, jobs and schedules need the Standard tier.
    /// - A quota is used up, for example the number of devices or hubs.
    /// - The hub is disabled.
    /// - The message is too large ([Send notification]; this crate refuses such a message before).
    ///
    /// Another attempt does not help. [The guide](crate::guide::traps#the-meanings-of-403) names the sources. A 403 with
    /// `Retry-After` is [`is_throttled`](ServiceError::is_throttled) instead.
    ///
    /// [Send notification]: https://learn.microsoft.com/rest/api/notificationhubs/send-notification
    pub fn is_forbidden(&self) -> bool {
        self.is(403) && self.0.retry_after.is_none()
    }

    /// Returns true for 429 and for 403 with `Retry-After`: the request came too fast. Nothing was done. Try again later. An
    /// `api-version` before 2020-06 uses 403 for it (azure-notificationhubs-dotnet, pull request 236).
    pub fn is_throttled(&self) -> bool {
        self.is(429) || self.is(403) && self.0.retry_after.is_some()
    }

    /// Returns true for 404: the hub, registration, installation or notification does not exist, or the service does not know it
    /// yet.
    ///
    /// Returns true also if a program reads a hub that does not exist: the service then answers 200 with an empty list (recorded
    /// 2020, .NET SDK: `ManagementApi_ShouldCreateGetOrDeleteHubOrRecieveConflictException`).
    pub fn is_not_found(&self) -> bool {
        self.is(404) || self.0.missing
    }

    /// Returns true for 409: a hub with this name exists already, or registrations are written too fast. See
    /// [the guide](crate::guide::traps#409-may-mean-too-fast).
    pub fn is_conflict(&self) -> bool {
        self.is(409)
    }

    /// Returns true for 410: the registration id can no longer be used. Create a new one with
    /// [`CreateRegistrationId`](crate::CreateRegistrationId).
    pub fn is_gone(&self) -> bool {
        self.is(410)
    }

    /// Returns true for 412: somebody else has changed the registration after its ETag was read.
    pub fn is_precondition_failed(&self) -> bool {
        self.is(412)
    }

    /// Returns true for 413: the notification is larger than the service accepts (64 KiB).
    pub fn is_payload_too_large(&self) -> bool {
        self.is(413)
    }

    /// Returns true for 408, 500, 503 and 504. The .NET SDK calls all four "server busy". The service may have carried out the
    /// request, or not. Only a 503 with `Retry-After` was certainly not carried out.
    pub fn is_server_busy(&self) -> bool {
        matches!(self.0.status.as_u16(), 408 | 500 | 503 | 504)
    }

    /// Returns true if the status is a success and the content cannot be read. The service has carried out the request.
    /// [`source`](Error::source) says why the content cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.0.unreadable.is_some()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service answered {}", self.0.status)?;
        if self.0.missing {
            f.write_str(" with an empty list: the hub does not exist")?;
        }
        if self.0.unreadable.is_some() {
            f.write_str(" with content that cannot be read")?;
        } else if let Some(message) = &self.0.message {
            write!(f, ": {}", shown(message, MAX_SHOWN_CHARS))?;
        } else if !self.0.missing && !self.0.silent && !self.0.body.trim().is_empty() {
            write!(f, " with the body {}", shown(self.0.body.trim(), MAX_SHOWN_CHARS))?;
        } else if self.is_forbidden() && self.0.advice.is_none() {
            f.write_str(
                ": the key lacks the right, the hub's tier lacks the feature, a quota is used up, or the hub is disabled",
            )?;
        } else if self.is(404) {
            f.write_str(": it does not exist, or the service does not know it yet")?;
        }
        if let Some(advice) = &self.0.advice {
            write!(f, "; {advice}")?;
        }
        match self.retry_after() {
            Some(Duration::ZERO) => f.write_str(" (try again now)")?,
            Some(wait) => write!(f, " (try again in {})", RoundTime(wait))?,
            None if self.is_throttled() => f.write_str(" (throttled)")?,
            None if self.0.retry_after.is_some() => f.write_str(" (try again later)")?,
            None => {}
        }
        if let Some(id) = &self.0.tracking_id {
            write!(f, " [tracking id {}]", shown(id, MAX_SHOWN_CHARS))?;
        }
        Ok(())
    }
}

/// Writes the status, the code, the message, the tracking id, the wait in seconds, and whether the request was throttled. Does
/// not write the body.
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
    /// Does not show the body: the body of a success may hold personal data.
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

/// The text of an error contains at most this many characters of the service's message.
const MAX_SHOWN_CHARS: usize = 300;

fn beginning(body: &Bytes) -> String {
    String::from_utf8_lossy(body.get(..MAX_BODY_BYTES).unwrap_or(body)).into_owned()
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
        for other in ["Wed, 21 Oct 2026 07:28:00 GMT", "soon", "1.5", ""] {
            let throttled = error(403, &[("Retry-After", other)], "");
            assert!(throttled.is_throttled() && !throttled.is_forbidden(), "{other}");
            assert_eq!(throttled.retry_after(), None);
            assert!(throttled.to_string().ends_with("(throttled)"), "{throttled}");
        }
    }

    #[test]
    fn a_wait_is_told_in_round_figures() {
        for (status, header, wait, told) in [
            (429, "0", Some(0), "(try again now)"),
            (429, "7", Some(7), "(try again in 7 s)"),
            (429, "31536000", Some(31_536_000), "(try again in 365 days)"),
            (429, "99999999999999999999", Some(u32::MAX.into()), "(try again in 49710 days)"),
            (503, "18446744073709551615", Some(u32::MAX.into()), "(try again in 49710 days)"),
            (503, "soon", None, "(try again later)"),
            (403, "soon", None, "(throttled)"),
        ] {
            let error = error(status, &[("Retry-After", header)], "");
            assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{header}");
            assert!(error.to_string().ends_with(told), "{error}");
        }
    }

    #[test]
    fn a_date_is_read_against_the_answers_own() {
        let now = ("Date", "Wed, 21 Oct 2026 07:27:30 GMT");
        for (until, wait) in [
            ("Wed, 21 Oct 2026 07:28:00 GMT", Some(30)),
            ("Thu, 22 Oct 2026 07:27:30 GMT", Some(86_400)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", Some(0)),
            ("Wed, 21 Oct 1026 07:27:00 GMT", None),
            ("tomorrow", None),
        ] {
            let throttled = error(429, &[("Retry-After", until), now], "");
            assert_eq!(throttled.retry_after(), wait.map(Duration::from_secs), "{until}");
        }
        let odd = error(429, &[("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"), ("Date", "today")], "");
        assert_eq!(odd.retry_after(), None);
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
                "502 Bad Gateway with the body <html>\\u{a}<h1>'Bad' gateway</h1>",
            ),
            (
                400,
                "<Error><Code>400</Code><Detail>'PushChannel' is\u{7} required.</Detail></Error>",
                "400 Bad Request: 'PushChannel' is\\u{7} required.",
            ),
            (
                403,
                "",
                "403 Forbidden: the key lacks the right, the hub's tier lacks the feature, a quota is used up, or the hub is disabled",
            ),
            (404, "", "404 Not Found: it does not exist, or the service does not know it yet"),
            // It says nothing but what every answer says.
            (
                404,
                "<Error><Code>404</Code><Detail>.TrackingId:1_G2,TimeStamp:11/26/2026 11:49:11 AM</Detail></Error>",
                "404 Not Found: it does not exist, or the service does not know it yet [tracking id 1]",
            ),
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
        assert!(ServiceError::check(response).unwrap_err().body().len() <= MAX_BODY_BYTES + 3);
    }
}
