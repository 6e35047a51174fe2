//! Reads and checks the notification that a send carries.

use crate::reply::Refusal;
use crate::template::Properties;
use crate::xml;
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use nh_core::{Format, Notification as Limits};
use nh_outcome::Platform;
use serde_json::Value;
use std::collections::BTreeMap;

/// A notification to deliver.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) content: Content,
    /// The body as it came.
    pub(crate) body: Bytes,
    /// The platform's headers.
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// For devices of a platform that are registered natively.
    Native(Platform, Bytes),
    /// For devices that registered a template.
    Template(Properties),
}

/// The service reads a format in any case, and no other word for the same platform.
fn format(word: &str) -> Option<Format> {
    word.parse::<Format>().ok().filter(|format| format.as_str().eq_ignore_ascii_case(word))
}

impl Notification {
    /// # Errors
    /// What the service would answer: 400 or 413.
    pub(crate) fn read(headers: &HeaderMap, body: Bytes) -> Result<Notification, Refusal> {
        if body.len() > Limits::MAX_BYTES {
            return Err(Refusal::too_large());
        }
        let format = text(headers, "servicebusnotification-format").and_then(format);
        let whole = body.clone();
        let Some(format) = format else {
            return Err(Refusal::bad_request(
                "The HTTP header \"ServiceBusNotification-Format\" has an invalid value.",
            ));
        };
        let content = match format {
            Format::Template => Content::Template(Properties::parse(&body).ok_or_else(|| {
                Refusal::bad_request("The template notification's body is no flat JSON object of strings.")
            })?),
            Format::Native(Platform::Windows) => {
                windows(headers, &body)?;
                Content::Native(Platform::Windows, body)
            }
            Format::Native(Platform::WindowsPhone) => {
                // Raw has no target, and may be anything.
                if headers.contains_key("x-windowsphone-target") {
                    root(&body, "windowsphone")?;
                }
                Content::Native(Platform::WindowsPhone, body)
            }
            Format::Native(platform) => {
                let Ok(Value::Object(object)) = serde_json::from_slice(&body) else {
                    return Err(Refusal::bad_request(format!(
                        "The body of the {platform} notification is no JSON object."
                    )));
                };
                if platform == Platform::FcmV1 {
                    fcm_v1(&object)?;
                }
                Content::Native(platform, body)
            }
        };
        let platform = headers.iter().filter(|(name, _)| is_platforms(name));
        let headers = platform
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        Ok(Notification { content, body: whole, headers: headers.collect() })
    }

    /// The format, as outcomes name it.
    pub(crate) fn platform(&self) -> Option<&Platform> {
        match &self.content {
            Content::Native(platform, _) => Some(platform),
            Content::Template(_) => None,
        }
    }
}

/// WNS wants to know what it gets; raw bytes travel as such.
fn windows(headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
    let kind = text(headers, "x-wns-type").unwrap_or_default().to_ascii_lowercase();
    match kind.strip_prefix("wns/") {
        Some(kind @ ("toast" | "tile" | "badge")) => {
            let root = root(body, "windows")?;
            if root == kind {
                return Ok(());
            }
            Err(Refusal::bad_request(format!(
                "The HTTP header \"X-WNS-Type\" says wns/{kind}, the body is a '{root}'."
            )))
        }
        Some("raw") => {
            let content_type = text(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
            // A batch has a content type of its own.
            if ["application/octet-stream", "multipart/"].iter().any(|kind| content_type.starts_with(kind)) {
                return Ok(());
            }
            Err(Refusal::bad_request(
                "A wns/raw notification needs the Content-Type application/octet-stream.",
            ))
        }
        _ => Err(Refusal::bad_request("The HTTP header \"X-WNS-Type\" has an invalid value.")),
    }
}

fn root<'a>(body: &'a Bytes, format: &str) -> Result<&'a str, Refusal> {
    let refuse = |why: &dyn std::fmt::Display| {
        Refusal::bad_request(format!("The body of the {format} notification is no XML: {why}"))
    };
    let text = std::str::from_utf8(body).map_err(|why| refuse(&why))?;
    xml::root(text).map_err(|why| refuse(&why))
}

/// `{"message": {..}}`; to whom it goes, the hub fills in.
fn fcm_v1(object: &serde_json::Map<String, Value>) -> Result<(), Refusal> {
    let Some(Value::Object(message)) = object.get("message") else {
        return Err(Refusal::bad_request("The body of the fcmv1 notification has no object 'message'."));
    };
    match ["token", "topic", "condition"].iter().find(|target| message.contains_key(**target)) {
        None => Ok(()),
        Some(target) => Err(Refusal::bad_request(format!(
            "The 'message' of the fcmv1 notification has a '{target}': the hub decides whom it goes to."
        ))),
    }
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_platforms(name: &HeaderName) -> bool {
    let name = name.as_str();
    ["apns-", "x-wns-", "x-windowsphone-", "x-notificationclass", "x-baidu-"]
        .iter()
        .any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &str)], body: &'static str) -> Result<Notification, Refusal> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Notification::read(&headers.collect(), Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn what_a_platform_cannot_take_is_refused() {
        const FORMAT: &str = "servicebusnotification-format";
        let octets = ("content-type", "application/octet-stream");
        for (headers, body, named) in [
            (&[(FORMAT, "fcm")][..], "{}", "ServiceBusNotification-Format"),
            (&[], "{}", "ServiceBusNotification-Format"),
            (&[(FORMAT, "apple")], "[]", "no JSON object"),
            (&[(FORMAT, "gcm")], "{", "no JSON object"),
            (&[(FORMAT, "fcmv1")], "{}", "'message'"),
            (&[(FORMAT, "fcmV1")], r#"{"message":{"token":"t"}}"#, "'token'"),
            (&[(FORMAT, "template")], r#"{"a":1}"#, "flat JSON object of strings"),
            (&[(FORMAT, "windows")], "<toast/>", "X-WNS-Type"),
            (&[(FORMAT, "windows"), ("x-wns-type", "wns/toast")], "<toast>", "no XML"),
            (&[(FORMAT, "windows"), ("x-wns-type", "wns/toast")], "<tile/>", "'tile'"),
            (&[(FORMAT, "windows"), ("x-wns-type", "wns/raw")], "x", "octet-stream"),
            (&[(FORMAT, "windowsphone"), ("x-windowsphone-target", "toast")], "x", "no XML"),
        ] {
            let detail = read(headers, body).unwrap_err().detail.unwrap();
            assert!(detail.contains(named), "{detail}");
        }
        for (headers, body) in [
            (&[(FORMAT, "fcmv1")][..], r#"{"message":{"data":{}}}"#),
            (&[(FORMAT, "windows"), ("x-wns-type", "wns/raw"), octets], "x"),
            (
                &[(FORMAT, "windows"), ("x-wns-type", "WNS/toast")],
                "<?xml version=\"1.0\" encoding=\"utf-16\"?><toast/>",
            ),
            (&[(FORMAT, "windowsphone"), ("x-notificationclass", "3")], "x"),
        ] {
            read(headers, body).unwrap();
        }
    }
}
