//! A send as HTTP carries it: most of it stands in headers.

use super::asked::Asked;
use super::error_answer::ErrorAnswer;
use crate::model::notification::{Content, Notification};
use crate::rules::format::Format;
use crate::rules::{self, header as rule};
use bytes::Bytes;
use http::header;
use nh_core::TagExpression;
use nh_outcome::Platform;
use std::collections::BTreeMap;

const FORMAT: &str = "servicebusnotification-format";
const TAGS: &str = "servicebusnotification-tags";
const HANDLE: &str = "ServiceBusNotification-DeviceHandle";
const APNS_EXPIRY: &str = "servicebusnotification-apns-expiry";
const APNS_PRIORITY: &str = "x-apns-priority";

/// What the service reads of a send, besides what goes to the push service.
const READ: [&str; 9] = [
    FORMAT,
    TAGS,
    "servicebusnotification-devicehandle",
    "servicebusnotification-scheduletime",
    APNS_EXPIRY,
    APNS_PRIORITY,
    "p256dh",
    "auth",
    // The Java and JavaScript SDKs give every request an id of their own.
    "trackingid",
];

/// The notification of a request, from its headers and body.
///
/// # Errors
/// What the service would answer: 400 or 413.
pub(super) fn notification(asked: &Asked, body: Bytes) -> Result<Notification, ErrorAnswer> {
    let format = Format::read(asked.header(FORMAT).as_deref())?;
    let content_type = asked.header(header::CONTENT_TYPE.as_str());
    rules::content_type::check_notification(content_type.as_deref(), &format, &headers(asked))?;
    part(asked, body)
}

/// The part of a batch. What its own type says does not count: the reference page sends WNS as JSON.
///
/// # Errors
/// As [`notification`].
pub(super) fn part(asked: &Asked, body: Bytes) -> Result<Notification, ErrorAnswer> {
    let format = Format::read(asked.header(FORMAT).as_deref())?;
    let mut headers = headers(asked);
    // What is for templates of every platform may reach Apple's.
    if matches!(format.platform(), None | Some(Platform::Apple)) {
        let (expiry, priority) = (asked.header(APNS_EXPIRY), asked.header(APNS_PRIORITY));
        rule::add_apple(&mut headers, expiry.as_deref(), priority.as_deref())?;
    }
    Ok(Notification::new(format, headers, body)?)
}

/// The tags header as an expression; `None` is everyone.
///
/// # Errors
/// 400: it is none.
pub(super) fn audience(asked: &Asked) -> Result<Option<TagExpression>, ErrorAnswer> {
    let Some(value) = asked.header(TAGS) else { return Ok(None) };
    TagExpression::parse(&value)
        .map(Some)
        .map_err(|why| ErrorAnswer::bad_request(format!("{} ({why})", rules::tag::invalid(&value))))
}

/// The handle of a direct send.
///
/// # Errors
/// 400: it is missing, or the keys of a browser are, or the notification is for templates.
pub(super) fn handle(asked: &Asked, notification: &Notification) -> Result<String, ErrorAnswer> {
    let needed = |name: &str| {
        let given = asked.header(&name.to_ascii_lowercase()).filter(|value| !value.trim().is_empty());
        given.ok_or_else(|| rule::missing(name))
    };
    let handle = needed(HANDLE)?;
    if let Content::Template(_) = notification.content {
        return Err(ErrorAnswer::bad_request("A template notification cannot be sent to a device handle."));
    }
    if notification.platform() == Some(&Platform::Browser) {
        needed("P256DH")?;
        needed("Auth")?;
    }
    Ok(handle.into_owned())
}

/// Headers that look as if they were for the service or a push service, and have no effect.
pub(super) fn ignored(asked: &Asked, notification: &Notification) -> Vec<String> {
    let begins =
        ["servicebusnotification-", "x-wns-", "x-apns-", "apns-", "x-windowsphone-", "x-notificationclass"];
    let names = asked.headers.keys().map(http::HeaderName::as_str);
    let meant = names.filter(|name| begins.iter().any(|begin| name.starts_with(begin)));
    let of_apple = [APNS_EXPIRY, APNS_PRIORITY];
    let for_apple = matches!(notification.platform(), None | Some(Platform::Apple));
    let is_read = |name: &str| READ.contains(&name) && (for_apple || !of_apple.contains(&name));
    let unread = meant.filter(|name| !is_read(name) && !notification.headers.contains_key(*name));
    let unread = unread.map(|name| format!("The service ignores the header '{name}' of this notification."));
    unread.chain(without_direct(asked)).collect()
}

/// Who names a device and forgets `direct` sends to all whom the tags match; without tags, to everyone.
fn without_direct(asked: &Asked) -> Option<String> {
    let is_meant =
        asked.header("servicebusnotification-devicehandle").is_some() && asked.query("direct").is_none();
    is_meant.then(|| {
        format!("The service ignores the header '{HANDLE}' without 'direct' in the query: this is no send to one device.")
    })
}

/// As text, by lower-case names.
fn headers(asked: &Asked) -> BTreeMap<String, String> {
    let text = |name: &http::HeaderName| asked.header(name.as_str()).unwrap_or_default().into_owned();
    asked.headers.keys().map(|name| (name.to_string(), text(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    const JSON: (&str, &str) = ("content-type", "application/json;charset=utf-8");
    const XML: (&str, &str) = ("content-type", "application/xml");

    fn read(headers: &[(&'static str, &str)], body: &'static str) -> Result<Notification, ErrorAnswer> {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse().unwrap(), http::HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        let (method, headers) = (Method::POST, headers.collect());
        let asked = Asked {
            method,
            host: String::new(),
            authority: String::new(),
            path_and_query: String::new(),
            headers,
        };
        notification(&asked, Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn each_rule_is_asked() {
        for (headers, body, named) in [
            (&[(FORMAT, "fcm"), JSON][..], "{}", "'fcm'"),
            (&[JSON], "{}", "'ServiceBusNotification-Format' is missing"),
            (&[(FORMAT, "apple")], "{}", "'Content-Type' is missing"),
            (&[(FORMAT, "apple"), XML], "{}", "'application/xml'"),
            (&[(FORMAT, "apple"), JSON], "[]", "payload is invalid"),
            (&[(FORMAT, "template"), JSON], r#"{"a":1}"#, "flat JSON object of strings"),
            (&[(FORMAT, "windows"), XML], "<toast/>", "'X-WNS-Type' is missing"),
            (
                &[(FORMAT, "windows"), XML, ("x-wns-type", "wns/raw")],
                "x",
                "must be 'application/octet-stream'",
            ),
            (
                &[(FORMAT, "apple"), JSON, ("servicebusnotification-apns-expiry", "soon")],
                "{}",
                "'ServiceBusNotification-Apns-Expiry'",
            ),
        ] {
            let detail = read(headers, body).unwrap_err().detail.unwrap();
            assert!(detail.contains(named), "{detail}");
        }
        // A header that is no ASCII is wrong, and not missing; one that stands twice is a list.
        for (headers, named) in [
            (&[(FORMAT, "äpple"), JSON][..], "'ServiceBusNotification-Format' has an invalid value: 'äpple'"),
            (&[(FORMAT, "apple"), (FORMAT, "apple"), JSON], "invalid value: 'apple, apple'"),
            (
                &[(FORMAT, "apple"), JSON, ("servicebusnotification-apns-expiry", "mañana")],
                "'ServiceBusNotification-Apns-Expiry' has an invalid value: 'mañana'",
            ),
            // Headers for Apple go with a template as well.
            (
                &[(FORMAT, "template"), JSON, ("servicebusnotification-apns-expiry", "soon")],
                "'ServiceBusNotification-Apns-Expiry'",
            ),
            (&[(FORMAT, "template"), JSON, ("apns-priority", "high")], "'apns-priority'"),
            // Of MPNS, only what is raw may have any type.
            (
                &[(FORMAT, "windowsphone"), JSON, ("x-windowsphone-target", "toast")],
                "'Content-Type' has an invalid value",
            ),
        ] {
            let detail = read(headers, r#"{"a":"b"}"#).unwrap_err().detail.unwrap();
            assert!(detail.contains(named), "{detail}");
        }
        let template = [(FORMAT, "template"), JSON, ("x-apns-priority", "5"), ("x-wns-tag", "t")];
        let headers = read(&template, r#"{"a":"b"}"#).unwrap().headers;
        assert_eq!((&*headers["apns-priority"], &*headers["x-wns-tag"]), ("5", "t"));
        let phone = [(FORMAT, "windowsphone"), ("content-type", "text/xml"), ("x-notificationclass", "3")];
        assert_eq!(read(&phone, "x").unwrap().headers["x-notificationclass"], "3");
        let apple = [(FORMAT, "apple"), JSON, ("x-apns-priority", "5"), ("x-wns-tag", "no")];
        let headers = read(&apple, "{}").unwrap().headers;
        assert_eq!(headers.into_iter().collect::<Vec<_>>(), [("apns-priority".to_owned(), "5".to_owned())]);
    }
}
