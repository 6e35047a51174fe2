//! Shows requests and responses as HTTP/1.1 text, and requests as JSON, without signatures, keys and secret bodies. For transports.
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
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

/// The operation's request as it goes out. The body of a [confidential](Operation::confidential) operation is counted, not
/// shown.
///
/// It is written as text, or as JSON: `method`, `url`, `headers` (an object) and `body` (text). A body that is no UTF-8 is counted
/// in both.
///
/// ```
/// # use nh_core::{Audience, Hub, Notification, SendNotification, dump};
/// # let hub = Hub::from_connection_string(
/// #     "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0", "news")?;
/// let send = SendNotification::new(Notification::apple("{}")?, Audience::EVERYONE)?;
/// let request = hub.request(&send, std::time::SystemTime::now())?;
/// let shown = serde_json::to_value(dump::request(&send, &request))?;
/// assert_eq!((&shown["method"], &shown["body"]), (&"POST".into(), &"{}".into()));
/// assert_eq!(shown["url"], "https://contoso.servicebus.windows.net/news/messages?api-version=2020-06");
/// assert_eq!(shown["headers"]["servicebusnotification-format"], "apple");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn request<'a, T: Target, O: Operation<T> + ?Sized>(
    operation: &O,
    request: &'a Request<Bytes>,
) -> impl Display + Serialize + use<'a, T, O> {
    Sent { request, confidential: operation.confidential() }
}

struct Sent<'a> {
    request: &'a Request<Bytes>,
    confidential: bool,
}

impl Display for Sent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sent { request, confidential } = *self;
        let uri = request.uri();
        write!(f, "{} {} HTTP/1.1\r\n", request.method(), target(uri, confidential))?;
        if let Some(authority) = uri.authority() {
            write!(f, "host: {authority}\r\n")?;
        }
        headers(f, request.headers())?;
        if !request.headers().contains_key(header::CONTENT_LENGTH) && !request.body().is_empty() {
            write!(f, "content-length: {}\r\n", request.body().len())?;
        }
        f.write_str("\r\n")?;
        body(f, request.body(), confidential)
    }
}

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Sent { request, confidential } = *self;
        let uri = request.uri();
        let mut url = target(uri, confidential);
        if let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) {
            url.insert_str(0, &format!("{scheme}://{authority}"));
        }
        let mut headers = BTreeMap::new();
        for (name, value) in request.headers() {
            headers
                .entry(name.as_str())
                .and_modify(|before: &mut String| *before += ", ")
                .or_default()
                .push_str(&credential(name, value).unwrap_or_else(|| text_of(value)));
        }
        let body = match std::str::from_utf8(request.body()) {
            Ok(text) if !confidential => text.to_owned(),
            _ => counted(request.body(), confidential),
        };
        let mut shown = serializer.serialize_struct("Request", 4)?;
        shown.serialize_field("method", request.method().as_str())?;
        shown.serialize_field("url", &url)?;
        shown.serialize_field("headers", &headers)?;
        shown.serialize_field("body", &body)?;
        shown.end()
    }
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
        f.write_str("\r\n")?;
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
    match credential(name, value) {
        Some(shown) => f.write_str(&shown),
        None => text_of(value).chars().try_for_each(|c| shown(f, c)),
    }
}

fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// A header that lets its reader in, without what does.
fn credential(name: &HeaderName, value: &HeaderValue) -> Option<String> {
    if *name != header::AUTHORIZATION && *name != header::PROXY_AUTHORIZATION && !value.is_sensitive() {
        return None;
    }
    // Who signed what and until when helps; the signature would let the reader in.
    let text = text_of(value);
    let Some(("SharedAccessSignature", fields)) = text.split_once(' ') else {
        return Some("[redacted]".to_owned());
    };
    let fields = fields.split('&').map(|field| match field.starts_with("sig=") {
        true => "sig=[redacted]".to_owned(),
        false => field.escape_debug().to_string(),
    });
    Some(format!("SharedAccessSignature {}", fields.collect::<Vec<_>>().join("&")))
}

fn body(f: &mut fmt::Formatter<'_>, body: &Bytes, confidential: bool) -> fmt::Result {
    match std::str::from_utf8(body) {
        Ok(text) if !confidential => text
            .chars()
            .try_for_each(|c| if matches!(c, '\r' | '\n' | '\t') { f.write_char(c) } else { shown(f, c) }),
        _ => f.write_str(&counted(body, confidential)),
    }
}

/// What stands in place of a body that is not shown.
fn counted(body: &Bytes, confidential: bool) -> String {
    let kind = if confidential { "confidential, " } else { "" };
    format!("[{kind}{} bytes]", body.len())
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
    fn as_json_it_hides_the_same() {
        let device = DeviceHandle::browser(
            r#"{"endpoint":"https://push.example/1","p256dh":"BNcR","auth":"sesame"}"#.parse().unwrap(),
        )
        .unwrap();
        let send =
            SendDirect::new(Notification::browser("{\"title\":\"\u{9b}2J\"}\n").unwrap(), device).unwrap();
        let mut sent = crate::operations::test_support::request(&send).unwrap();
        let proxy = HeaderValue::from_static("Basic sesame");
        sent.headers_mut().insert(header::PROXY_AUTHORIZATION, proxy);
        let shown = serde_json::to_value(request(&send, &sent)).unwrap();
        let text = shown.to_string();
        assert!(!text.contains("sesame") && text.contains("sig=[redacted]&se=1700003600&skn=Full"), "{text}");
        assert_eq!(shown["headers"]["proxy-authorization"], "[redacted]");
        // The body is what goes out.
        assert_eq!(shown["body"], "{\"title\":\"\u{9b}2J\"}\n");
        let secret = GetJob::new("1").unwrap();
        let asked = Request::builder().uri("https://a.test/x").body(Bytes::from_static(b"sesame")).unwrap();
        let shown = serde_json::to_value(request(&secret, &asked)).unwrap();
        assert_eq!(
            (&shown["body"], &shown["url"]),
            (&"[confidential, 6 bytes]".into(), &"https://a.test/x".into())
        );
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
