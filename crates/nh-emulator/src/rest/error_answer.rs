use super::reply;
use crate::breach::Breach;
use crate::model::ids::guid;
use crate::model::refusal::{Reason, Refusal};
use crate::xml;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use time::OffsetDateTime;
use time::macros::format_description;

/// An answer other than success.
#[derive(Debug)]
pub(crate) struct ErrorAnswer {
    pub(crate) status: StatusCode,
    /// `None`: no body.
    pub(crate) detail: Option<String>,
    /// Seconds after which to try again.
    pub(crate) retry_after: Option<u64>,
    /// The methods that the path takes.
    pub(crate) allow: Option<String>,
}

impl From<Breach> for ErrorAnswer {
    fn from(breach: Breach) -> ErrorAnswer {
        ErrorAnswer::bad_request(breach.to_string())
    }
}

impl From<Refusal> for ErrorAnswer {
    fn from(Refusal { reason, words }: Refusal) -> ErrorAnswer {
        let status = match reason {
            Reason::Invalid => StatusCode::BAD_REQUEST,
            Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Reason::NotFound => StatusCode::NOT_FOUND,
            Reason::Exists => StatusCode::CONFLICT,
            Reason::Changed => StatusCode::PRECONDITION_FAILED,
            Reason::Gone => StatusCode::GONE,
            Reason::Forbidden => StatusCode::FORBIDDEN,
            Reason::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Reason::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let retry_after = match reason {
            Reason::Throttled { seconds } => Some(seconds),
            _ => None,
        };
        ErrorAnswer { status, detail: words, retry_after, allow: None }
    }
}

impl ErrorAnswer {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> ErrorAnswer {
        ErrorAnswer { status, detail: Some(detail.into()), retry_after: None, allow: None }
    }

    /// 403 without a body, as the current gateway answers who lacks a right (recorded).
    pub(crate) fn forbidden() -> ErrorAnswer {
        ErrorAnswer { detail: None, ..ErrorAnswer::new(StatusCode::FORBIDDEN, "") }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> ErrorAnswer {
        ErrorAnswer::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> ErrorAnswer {
        ErrorAnswer::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn method_not_allowed(methods: &[&str]) -> ErrorAnswer {
        let refusal =
            ErrorAnswer::new(StatusCode::METHOD_NOT_ALLOWED, "The specified HTTP verb is not valid.");
        ErrorAnswer { allow: Some(methods.join(", ")), ..refusal }
    }

    /// Before api-version 2020-06 too many sends are forbidden, and not yet 429 (reference page).
    pub(crate) fn for_version(mut self, api_version: &str) -> ErrorAnswer {
        if self.status == StatusCode::TOO_MANY_REQUESTS && api_version < "2020-06" {
            self.status = StatusCode::FORBIDDEN;
        }
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let tracking_id = guid();
        let body = self.detail.map(|detail| {
            let detail = xml::legal(&detail);
            let detail = quick_xml::escape::escape(&*detail);
            let time = time_stamp(OffsetDateTime::now_utc());
            format!(
                "<Error><Code>{}</Code><Detail>{detail}.TrackingId:{tracking_id},TimeStamp:{time}</Detail></Error>",
                self.status.as_u16()
            )
        });
        let mut response = reply::response(self.status, &tracking_id, body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(Ok(methods)) = self.allow.map(HeaderValue::try_from) {
            response.headers_mut().insert(header::ALLOW, methods);
        }
        response
    }
}

/// `10/14/2022 4:10:33 PM +00:00`
fn time_stamp(now: OffsetDateTime) -> String {
    let format = format_description!(
        "[month padding:none]/[day padding:none]/[year] [hour repr:12 padding:none]:[minute]:[second] [period case:upper] +00:00"
    );
    now.format(format).expect("the system's time has a month and an hour")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_time_is_written_as_recorded() {
        assert_eq!(time_stamp(datetime!(2022-10-14 16:10:33 UTC)), "10/14/2022 4:10:33 PM +00:00");
        assert_eq!(time_stamp(datetime!(2018-01-07 00:18:37 UTC)), "1/7/2018 12:18:37 AM +00:00");
    }

    #[tokio::test]
    async fn an_error_is_always_xml() {
        let response = ErrorAnswer::bad_request("a\0b\u{1}<").into_response();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("<Detail>a\u{fffd}b\u{fffd}&lt;.TrackingId:"), "{text}");
    }

    #[test]
    fn before_2020_06_too_many_sends_are_forbidden() {
        let throttled = || ErrorAnswer::from(Refusal::new(Reason::Throttled { seconds: 7 }, ""));
        for (version, status) in [("2015-01", 403), ("2020-06", 429), ("2023-10-01-preview", 429)] {
            let answer = throttled().for_version(version);
            assert_eq!((answer.status.as_u16(), answer.retry_after), (status, Some(7)), "{version}");
        }
    }
}
