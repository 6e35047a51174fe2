//! Fuzz targets: what HTTP brings.

use super::{Asked, handle_filter as filter, multipart as mixed, operation, read_send, sas};
use crate::fuzzing::{NOW, arguments, text};
use crate::model::contract::CONTRACTS;
use crate::model::registration::Registration;
use crate::namespace::data::{Change, KeptSend};
use crate::rules::access_rule::{AccessRule, Claim};
use crate::rules::format::Format;
use crate::rules::{header, size};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use nh_core::TagExpression;

/// The type of a body on the first line, and the body: the parts stand in it one after the other, without the boundary.
pub fn multipart(bytes: &[u8]) {
    let [content_type, body] = arguments(bytes);
    let Some(boundary) = mixed::boundary(&text(content_type)) else { return };
    let Some(parts) = mixed::parts(body, &boundary) else { return };
    let all: usize = parts.iter().map(|part| part.body.len()).sum();
    assert!(all <= body.len(), "more than there is");
    let delimiter = format!("\n--{boundary}");
    for part in parts {
        let _ = part.name();
        let inside = part.body.windows(delimiter.len()).any(|window| window == delimiter.as_bytes());
        assert!(!inside, "a part goes on after its end");
    }
}

/// An `Authorization` header, a host and a path on lines of their own: nobody is let in without the key.
pub fn sas_header(bytes: &[u8]) {
    let [authorization, host, path] = arguments(bytes).map(text);
    let rules = [
        AccessRule::new(AccessRule::FULL, &Claim::ALL, ["made-up key".to_owned(), "another".to_owned()]),
        AccessRule::new("Keyless", &Claim::ALL, [String::new(), String::new()]),
    ];
    for claim in Claim::ALL {
        assert!(sas::check(&rules, Some(&authorization), &host, &path, claim, NOW).is_err(), "let in");
    }
}

/// A `$filter`: it names a handle, and the device that has the handle fits.
pub fn handle_filter(bytes: &[u8]) {
    let Some(filter) = filter::parse(&text(bytes)) else { return };
    let handle = filter.handle();
    for contract in &CONTRACTS {
        let _ = filter.fits(&Registration::of_handle(contract, handle));
    }
    let alone = format!("ChannelUri eq '{}'", handle.replace('\'', "''"));
    assert_eq!(filter::parse(&alone).expect("a filter").handle(), handle);
}

/// A method and a target: an operation that is found is one of this method.
pub fn request_target(bytes: &[u8]) {
    let line = text(bytes);
    let (method, target) = line.split_once(' ').unwrap_or(("GET", &line));
    let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
    let asked = Asked {
        method,
        host: String::new(),
        authority: String::new(),
        path_and_query: target.to_owned(),
        headers: HeaderMap::new(),
    };
    for name in ["$filter", "$top", "api-version", "direct"] {
        let _ = (asked.query(name), asked.number(name, 1).is_ok());
    }
    if let Ok(found) = operation::find(&asked) {
        assert!(operation::names().contains(&found.operation.name));
        assert!(!found.operation.is_of_a_hub() || !found.hub_name.is_empty());
    }
}

/// Headers on lines of their own, an empty line and a body: a send, as it is judged. What is taken is within the limits, carries only
/// headers for its push service, and is the same when a store gives it back.
pub fn service_send(bytes: &[u8]) {
    let break_at = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(break_at);
    let body = Bytes::copy_from_slice(body.get(2..).unwrap_or_default());
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    let asked = Asked {
        method: Method::POST,
        host: String::new(),
        authority: String::new(),
        path_and_query: "/h/messages".to_owned(),
        headers,
    };
    let _ = asked.condition().is_ok();
    let audience = read_send::audience(&asked);
    if let Ok(Some(expression)) = &audience {
        let written = expression.to_string();
        assert_eq!(TagExpression::parse(&written).as_ref(), Ok(expression), "{written}");
    }
    for read in [read_send::notification, read_send::part] {
        let Ok(notification) = read(&asked, body.clone()) else { continue };
        let _ = read_send::ignored(&asked, &notification);
        assert!(notification.body == body && body.len() <= size::BODY);
        assert_eq!(Format::read(Some(notification.format().word())), Ok(notification.format()));
        for name in notification.headers.keys() {
            assert!(header::is_forwarded(notification.platform(), name), "{name}");
            assert!(asked.headers.contains_key(name) || name.starts_with("apns-"), "{name}");
        }
        if let Ok(handle) = read_send::handle(&asked, &notification) {
            assert!(!handle.trim().is_empty() && notification.platform().is_some());
        }
        if let Ok(audience) = &audience {
            let send = KeptSend { hub: "h".to_owned(), at: NOW, notification, audience: audience.clone() };
            let Change::Scheduled { send: Some(kept), .. } = Change::scheduled("id", &send) else {
                unreachable!("a send that waits");
            };
            assert_eq!(KeptSend::read(&kept), Some(send));
        }
    }
}
