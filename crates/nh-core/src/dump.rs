//! Shows requests and responses as HTTP/1.1 text, without signatures, keys and secret bodies. For transports.
//!
//! ```
//! use nh_core::{Audience, Hub, Notification, SendNotification, dump};
//!
//! # let hub = Hub::from_connection_string(
//! #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
//! let send = SendNotification::new(Notification::apple("{}")?, Audience::EVERYONE)?;
//! let request = hub.request(&send, std::time::SystemTime::now())?;
//! let text = dump::request(&send, &request).to_string();
//! assert!(text.starts_with("POST /news/messages?api-version=2020-06 HTTP/1.1\r\nhost: contoso.servicebus.windows.net\r\n"));
//! assert!(text.contains("&sig=[redacted]&"));
//! # Ok::<(), nh_core::BuildError>(())
//! ```

use crate::{Operation, Target};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header};
use std::fmt::{self, Display, Write as _};

/// The operation's request as it goes out. The body of a [confidential](Operation::confidential) operation is counted, not
/// shown.
pub fn request<'a, T: Target, O: Operation<T> + ?Sized>(
    operation: &O,
    request: &'a Request<Bytes>,
) -> impl Display + use<'a, T, O> {
    let confidential = operation.confidential();
    Message(move |f: &mut fmt::Formatter<'_>| {
        let uri = request.uri();
        write!(f, "{} {} HTTP/1.1\r\n", request.method(), target(uri, confidential))?;
        if let Some(authority) = uri.authority() {
            write!(f, "host: {authority}\r\n")?;
        }
        headers(f, request.headers())?;
        if !request.headers().contains_key(header::CONTENT_LENGTH) && !request.body().is_empty() {
            write!(f, "content-length: {}\r\n", request.body().len())?;
        }
        body(f, request.body(), confidential)
    })
}

/// The answer to the operation as it came in. The body is counted, not shown, if the operation is
/// [confidential](Operation::confidential).
pub fn response<'a, T: Target, O: Operation<T> + ?Sized>(
    operation: &O,
    response: &'a Response<Bytes>,
) -> impl Display + use<'a, T, O> {
    let confidential = operation.confidential();
    Message(move |f: &mut fmt::Formatter<'_>| {
        write!(f, "HTTP/1.1 {}\r\n", response.status())?;
        headers(f, response.headers())?;
        body(f, response.body(), confidential)
    })
}

/// A filter repeats the handle that it asks for, a browser's keys among it. The query of a blob container has its signature.
fn target(uri: &Uri, confidential: bool) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let shown = |field: &str| match field.split_once('=') {
        Some(("$filter", _)) if confidential => "$filter=[redacted]".to_owned(),
        Some((name, _)) if name.eq_ignore_ascii_case("sig") => format!("{name}=[redacted]"),
        _ => field.to_owned(),
    };
    format!("{}?{}", uri.path(), query.split('&').map(shown).collect::<Vec<_>>().join("&"))
}

struct Message<F>(F);

impl<F: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> Display for Message<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

fn headers(f: &mut fmt::Formatter<'_>, headers: &HeaderMap) -> fmt::Result {
    for (name, value) in headers {
        write!(f, "{name}: ")?;
        header_value(f, name, value)?;
        f.write_str("\r\n")?;
    }
    Ok(())
}

fn header_value(f: &mut fmt::Formatter<'_>, name: &HeaderName, value: &HeaderValue) -> fmt::Result {
    let text = String::from_utf8_lossy(value.as_bytes());
    if *name == header::AUTHORIZATION || *name == header::PROXY_AUTHORIZATION || value.is_sensitive() {
        // Who signed what and until when helps; the signature would let the reader in.
        return match text.split_once(' ') {
            Some(("SharedAccessSignature", fields)) => {
                f.write_str("SharedAccessSignature ")?;
                fields.split('&').enumerate().try_for_each(|(i, field)| {
                    let field = if field.starts_with("sig=") { "sig=[redacted]" } else { field };
                    write!(f, "{}{}", if i == 0 { "" } else { "&" }, field.escape_debug())
                })
            }
            _ => f.write_str("[redacted]"),
        };
    }
    text.chars().try_for_each(|c| shown(f, c))
}

fn body(f: &mut fmt::Formatter<'_>, body: &Bytes, confidential: bool) -> fmt::Result {
    f.write_str("\r\n")?;
    match std::str::from_utf8(body) {
        _ if confidential => write!(f, "[confidential, {} bytes]", body.len()),
        Ok(text) => text
            .chars()
            .try_for_each(|c| if matches!(c, '\r' | '\n' | '\t') { f.write_char(c) } else { shown(f, c) }),
        Err(_) => write!(f, "[{} bytes]", body.len()),
    }
}

/// Control characters could drive the reader's terminal.
fn shown(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if c.is_control() { write!(f, "{}", c.escape_unicode()) } else { f.write_char(c) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceHandle, GetJob, ListRegistrationsByHandle, Notification, PnsHandle, SendDirect};

    #[test]
    fn shows_who_signed_and_not_the_signature() {
        let device = DeviceHandle::browser(
            r#"{"endpoint":"https://push.example/1","p256dh":"BNcR","auth":"sesame"}"#.parse().unwrap(),
        )
        .unwrap();
        let send =
            SendDirect::new(Notification::browser("{\"title\":\"☃\u{9b}2J\"}\n").unwrap(), device).unwrap();
        let sent = crate::operations::test_support::request(&send).unwrap();
        let signature = sent.headers()["authorization"]
            .to_str()
            .unwrap()
            .split("sig=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap();
        let text = request(&send, &sent).to_string();
        assert!(!text.contains(signature) && !text.contains("sesame"), "{text}");
        assert!(text.contains("sig=[redacted]&se=1700003600&skn=Full\r\n"), "{text}");
        assert!(text.contains("\r\nservicebusnotification-format: browser\r\n"), "{text}");
        assert!(text.contains("\r\ncontent-length: 20\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\n{\"title\":\"☃\\u{9b}2J\"}\n"), "{text}");
    }

    /// Shows its bodies.
    fn open() -> SendDirect {
        SendDirect::new(Notification::apple("{}").unwrap(), DeviceHandle::new("ab12").unwrap()).unwrap()
    }

    #[test]
    fn other_credentials_are_left_out_whole() {
        for (name, value) in [("authorization", "Bearer sesame"), ("proxy-authorization", "Basic sesame")] {
            let request_ = Request::builder().header(name, value).body(Bytes::new()).unwrap();
            assert!(!request(&open(), &request_).to_string().contains("sesame"));
        }
    }

    #[test]
    fn responses_and_bodies() {
        let answer = |body: &'static [u8]| {
            Response::builder().status(201).header("trackingid", "t").body(Bytes::from_static(body)).unwrap()
        };
        assert_eq!(
            response(&open(), &answer(b"a\x07b")).to_string(),
            "HTTP/1.1 201 Created\r\ntrackingid: t\r\n\r\na\\u{7}b"
        );
        assert!(
            response(&GetJob::new("1").unwrap(), &answer(b"sesame"))
                .to_string()
                .ends_with("[confidential, 6 bytes]")
        );
        assert!(response(&open(), &answer(b"\xff\xfe")).to_string().ends_with("[2 bytes]"));
    }

    #[test]
    fn a_filter_is_not_shown() {
        let browser = PnsHandle::browser(
            r#"{"endpoint":"https://push.example/1","p256dh":"BNcR","auth":"sesame"}"#.parse().unwrap(),
        )
        .unwrap();
        let list = ListRegistrationsByHandle::new(browser).top(2);
        let asked = crate::operations::test_support::request(&list).unwrap();
        let line = request(&list, &asked).to_string();
        let line = line.lines().next().unwrap();
        assert_eq!(line, "GET /news/registrations?api-version=2020-06&$filter=[redacted]&$top=2 HTTP/1.1");
    }
}
