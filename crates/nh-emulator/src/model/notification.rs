//! The notification that a send carries.

use super::refusal::Refusal;
use crate::breach::Breach;
use crate::rules::format::Format;
use crate::rules::{self, size};
use crate::template::properties::Properties;
use bytes::Bytes;
use nh_outcome::Platform;
use std::collections::BTreeMap;

/// A notification to deliver.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notification {
    pub(crate) content: Content,
    /// The body as it came.
    pub(crate) body: Bytes,
    /// The headers that go to the push service with it, in lower case.
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// For devices of a platform that are registered natively.
    Native(Platform),
    /// For devices that registered a template.
    Template(Properties),
}

impl Notification {
    /// Of the headers, in lower case, those that reach the push service are kept.
    ///
    /// # Errors
    /// A payload or a header that the hub refuses.
    pub(crate) fn new(
        format: Format,
        mut headers: BTreeMap<String, String>,
        body: Bytes,
    ) -> Result<Notification, Refusal> {
        if body.len() > size::BODY {
            return Err(Refusal::too_large(size::BODY));
        }
        let wns_type = headers.get("x-wns-type").map(String::as_str);
        let raw_phone = rules::header::is_raw_for_phones(&headers);
        rules::payload::check(&format, wns_type, raw_phone, &body)?;
        let platform = format.platform();
        headers.retain(|name, _| rules::header::is_forwarded(platform, name));
        if matches!(platform, None | Some(Platform::Apple)) {
            rules::header::check_apple(&headers)?;
        }
        let content = match format {
            Format::Native(platform) => Content::Native(platform),
            Format::Template => {
                let words =
                    "The supplied notification payload is invalid: it is no flat JSON object of strings";
                Content::Template(Properties::parse(&body).ok_or_else(|| Breach::new(words))?)
            }
        };
        Ok(Notification { content, body, headers })
    }

    /// The format, as outcomes name it.
    pub(crate) fn platform(&self) -> Option<&Platform> {
        match &self.content {
            Content::Native(platform) => Some(platform),
            Content::Template(_) => None,
        }
    }

    pub(crate) fn format(&self) -> Format {
        match &self.content {
            Content::Native(platform) => Format::Native(platform.clone()),
            Content::Template(_) => Format::Template,
        }
    }
}
