//! The notification that a send carries.

use crate::reply::Refusal;
use crate::rules::format::Format;
use crate::rules::{self, Breach, size};
use crate::template::Properties;
use bytes::Bytes;
use http::{HeaderMap, header};
use nh_outcome::Platform;
use std::collections::BTreeMap;

const FORMAT: &str = "servicebusnotification-format";
const WNS_TYPE: &str = "x-wns-type";

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
    Native(Platform),
    /// For devices that registered a template.
    Template(Properties),
}

impl Notification {
    /// The body of a send.
    ///
    /// # Errors
    /// What the service would answer: 400 or 413.
    pub(crate) fn read(headers: &HeaderMap, body: Bytes) -> Result<Notification, Refusal> {
        let format = Format::read(text(headers, FORMAT))?;
        let content_type = text(headers, header::CONTENT_TYPE.as_str());
        rules::content_type::check_notification(content_type, &format, text(headers, WNS_TYPE))?;
        Notification::part(headers, body)
    }

    /// The part of a batch. What its own type says does not count: the reference page sends WNS as JSON.
    ///
    /// # Errors
    /// As [`read`](Notification::read).
    pub(crate) fn part(headers: &HeaderMap, body: Bytes) -> Result<Notification, Refusal> {
        if body.len() > size::BODY {
            return Err(Refusal::too_large());
        }
        let given = |name: &str| text(headers, name);
        let format = Format::read(given(FORMAT))?;
        let wns_type = given(WNS_TYPE);
        // Of MPNS, what has no target is raw.
        let raw_phone = given("x-windowsphone-target").is_none();
        rules::payload::check(&format, wns_type, raw_phone, &body)?;
        let platform = format.platform();
        let is_forwarded = |name: &str| rules::header::is_forwarded(platform, name);
        let mut forwarded: BTreeMap<String, String> = headers
            .iter()
            .filter(|(name, _)| is_forwarded(name.as_str()))
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
            .collect();
        if platform == Some(&Platform::Apple) {
            let expiry = given("servicebusnotification-apns-expiry");
            rules::header::add_apple(&mut forwarded, expiry, given("x-apns-priority"))?;
        }
        let content = match format {
            Format::Native(platform) => Content::Native(platform),
            Format::Template => {
                let properties = Properties::parse(&body);
                Content::Template(properties.ok_or_else(|| {
                    Breach::new(
                        "The supplied notification payload is invalid: it is no flat JSON object of strings",
                    )
                })?)
            }
        };
        Ok(Notification { content, body, headers: forwarded })
    }

    /// The format, as outcomes name it.
    pub(crate) fn platform(&self) -> Option<&Platform> {
        match &self.content {
            Content::Native(platform) => Some(platform),
            Content::Template(_) => None,
        }
    }
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: (&str, &str) = ("content-type", "application/json;charset=utf-8");
    const XML: (&str, &str) = ("content-type", "application/xml");

    fn read(headers: &[(&'static str, &str)], body: &'static str) -> Result<Notification, Refusal> {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Notification::read(&headers.collect(), Bytes::from_static(body.as_bytes()))
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
        let phone = [(FORMAT, "windowsphone"), ("content-type", "text/xml"), ("x-notificationclass", "3")];
        assert_eq!(read(&phone, "x").unwrap().headers["x-notificationclass"], "3");
        let apple = [(FORMAT, "apple"), JSON, ("x-apns-priority", "5"), ("x-wns-tag", "no")];
        let headers = read(&apple, "{}").unwrap().headers;
        assert_eq!(headers.into_iter().collect::<Vec<_>>(), [("apns-priority".to_owned(), "5".to_owned())]);
    }
}
