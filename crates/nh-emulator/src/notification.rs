//! Reads and checks the notification that a send carries.

use crate::reply::Refusal;
use crate::template::Properties;
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use nh_core::{Format, Notification as Limits};
use nh_outcome::Platform;
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

impl Notification {
    /// # Errors
    /// What the service would answer: 400 or 413.
    pub(crate) fn read(headers: &HeaderMap, body: Bytes) -> Result<Notification, Refusal> {
        if body.len() > Limits::LONGEST_BODY {
            return Err(Refusal::too_large());
        }
        let format =
            text(headers, "servicebusnotification-format").and_then(|word| word.parse::<Format>().ok());
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
            Format::Windows => {
                wns(headers)?;
                Content::Native(Platform::Windows, body)
            }
            Format::WindowsPhone => Content::Native(Platform::WindowsPhone, body),
            _ => {
                if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() {
                    return Err(Refusal::bad_request(format!(
                        "The body of the {format} notification is not valid JSON."
                    )));
                }
                Content::Native(format.as_str().into(), body)
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
fn wns(headers: &HeaderMap) -> Result<(), Refusal> {
    let raw = match text(headers, "x-wns-type").map(str::to_ascii_lowercase).as_deref() {
        Some("wns/toast" | "wns/tile" | "wns/badge") => false,
        Some("wns/raw") => true,
        _ => return Err(Refusal::bad_request("The HTTP header \"X-WNS-Type\" has an invalid value.")),
    };
    let content_type = text(headers, "content-type").unwrap_or_default();
    let bytes = content_type.to_ascii_lowercase().starts_with("application/octet-stream");
    // A batch has a content type of its own.
    if raw && !bytes && !content_type.to_ascii_lowercase().starts_with("multipart/") {
        return Err(Refusal::bad_request(
            "A wns/raw notification needs the Content-Type application/octet-stream.",
        ));
    }
    Ok(())
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
